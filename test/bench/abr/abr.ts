/** What a bad uplink leaves of a push, on the real path: `scripts/bench abr`. The same links as `network` simulates. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { noUplinkBecause } from '../../support/uplink/namespaces.js'
import { type Bench, type Outcome, type Settings, type Surroundings, scoped, type Table } from '../bench.js'
import type { Bounds, Mode } from '../network/contender.js'
import { type Measures, measure } from '../network/measures.js'
import { boundsFor, chosenTraces, named } from '../network/network.js'
import { traces } from '../network/trace.js'
import { UsageError } from '../options.js'
import { figure } from '../print.js'
import { foreignControllers } from './foreign/foreign.js'
import type { Likeness } from './likeness.js'
import { makeMarkedClip } from './marked-clip.js'
import { plot } from './plot.js'
import { type PushPlan, push, type RealTrace } from './push.js'

/** The footage with numbered pictures. */
const markedOf = async (
  t: Teardown,
  clip: string | undefined,
  bounds: Bounds,
): Promise<Pick<PushPlan, 'clip'> & { readonly marked?: number }> => {
  if (clip === undefined) return { clip }
  const file = join(await tempDir(t), 'marked.mp4')
  return { clip: file, marked: await makeMarkedClip(clip, file, bounds) }
}

/** Debian's opencv-doc: people who walk across a square. */
const usualClip = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'
const controllers = ['box', 'fixed', ...Object.keys(foreignControllers)].map((name) => ({ name }))
const modes = [{ name: 'RTC' }, { name: 'HD' }] as const
const usualTraces: readonly string[] = [
  ...['att-lte-driving', 'verizon-evdo-driving', 'drop', 'step', 'ramp', 'outages', 'sawtooth', 'competing'],
]
const changed = 1006

const competing: RealTrace = {
  name: 'competing',
  seconds: 60,
  // Another flow has a right to half of it.
  capacity: (atMs) => (atMs % 30_000 < 15_000 ? 2_400 : 1_200),
  others: {
    kbps: 2_400,
    spans: [
      [15_000, 30_000],
      [45_000, 60_000],
    ],
  },
}

interface Sample {
  readonly mode: Mode
  readonly trace: string
  readonly controller: string
  readonly round: number
  readonly measures: Measures
  readonly likeness: Likeness | undefined
  /** times beyond 500 ms without a picture, and their sum */
  readonly stalls: { readonly count: number; readonly seconds: number }
  readonly codes: readonly number[]
  readonly sessions: number
  /** packets that found the link's queue full */
  readonly overflowed: number
}

const stallMs = 500

const stallsOf = (arrivals: readonly number[], endMs: number): Sample['stalls'] => {
  const times = [0, ...arrivals, endMs]
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
  const long = gaps.filter((ms) => ms > stallMs)
  return { count: long.length, seconds: long.reduce((sum, ms) => sum + ms, 0) / 1000 }
}

export const abr: Bench = {
  name: 'abr',
  summary: 'the box on recorded and made links, real TCP and encoder over an emulated uplink; needs root',
  seconds: { default: 60, help: 'of each trace' },
  rounds: 1,
  sizes: '360x640@15/1200,540x960@30/1800',
  run: (settings, around) => scoped((t) => compare(t, settings, around)),
}

const compare = async (
  t: Teardown,
  { seconds, rounds, streams, only, plots }: Settings,
  { say }: Surroundings,
): Promise<Outcome> => {
  const because = noUplinkBecause()
  if (because !== undefined) throw new UsageError(`abr ${because}`)
  const made = [...traces(), competing]
  const asked = chosenTraces(only.trace, made).filter(
    ({ name }) => only.trace !== undefined || usualTraces.includes(name),
  )
  const samples: Sample[] = []
  for (const { name: mode } of named(modes, only.mode ?? 'RTC', 'mode')) {
    const stream = mode === 'RTC' ? streams[0] : streams.at(-1)
    if (!stream) throw new UsageError('--size names no picture')
    const clip = stream.clip ?? (existsSync(usualClip) ? usualClip : undefined)
    const usual = boundsFor(mode, stream)
    const footage = await markedOf(t, clip, usual)
    for (let round = 1; round <= rounds; round++)
      for (const trace of asked)
        for (const { name: controller } of named(controllers, only.controller, 'controller')) {
          const bounds = controller === 'fixed' ? { ...usual, minKbps: usual.maxKbps } : usual
          say(`${controller} on ${trace.name}, ${mode}, round ${round} of ${rounds}`)
          const foreign = controller in foreignControllers ? { foreign: controller } : {}
          const pushed = await scoped((run) => push(run, { trace, bounds, seconds, ...footage, ...foreign }))
          const { watched, codes, link, sessions } = pushed
          const measures = {
            ...measure(watched),
            changesPerMinute: (codes.filter(({ code }) => code === changed).length * 60) / seconds,
          }
          const pictures = watched.arrivals.filter(({ frame }) => frame.track === 'video')
          samples.push({
            mode,
            trace: trace.name,
            controller,
            round,
            measures,
            likeness: pushed.likeness,
            stalls: stallsOf(
              pictures.map(({ atMs }) => atMs),
              watched.endMs,
            ),
            codes: codes.map(({ code }) => code),
            sessions,
            overflowed: (link.at(-1)?.overflowed ?? 0) - (link[0]?.overflowed ?? 0),
          })
          if (plots !== undefined)
            await writeFile(
              join(plots, `${trace.name}-${mode}-${controller}-${round}.svg`),
              plot(`${controller} on ${trace.name}, ${mode}`, watched),
            )
        }
  }
  return {
    results: samples,
    tables: (['RTC', 'HD'] as const).flatMap((mode) => table(samples, mode)),
    aims: [],
    nonsense: samples
      .filter(({ measures }) => !(measures.deliveredKbps > 0) || !Number.isFinite(measures.delay.p95))
      .map(({ trace, controller }) => `${controller} on ${trace}: nothing arrived`),
  }
}

const table = (all: readonly Sample[], mode: Mode): Table[] => {
  const samples = all.filter((sample) => sample.mode === mode)
  if (samples.length === 0) return []
  return [
    {
      title: `${mode}, real TCP over the emulated uplink`,
      columns: [
        ...[
          'trace, controller',
          'kbit/s',
          'used %',
          'SSIM',
          'arrived',
          'delay p50',
          'p95',
          'max',
          'self p95',
        ],
        ...['stalls', 'stalled s', 'sound gaps s', 'dropped', 'changes/min', 'sessions'],
      ],
      rows: samples.map(({ trace, controller, measures, likeness, stalls, sessions }) => [
        `${trace}, ${controller}`,
        figure(measures.deliveredKbps),
        figure(measures.used * 100),
        likeness ? likeness.ssim.toFixed(3) : '',
        likeness ? likeness.arrivedSsim.toFixed(3) : '',
        figure(measures.delay.p50),
        figure(measures.delay.p95),
        figure(measures.delay.max),
        figure(measures.selfInflictedMs),
        String(stalls.count),
        figure(stalls.seconds),
        figure(measures.audioGapSeconds),
        String(measures.droppedFrames),
        figure(measures.changesPerMinute),
        String(sessions),
      ]),
      notes: [
        'delay: from the encoder to the arrival of the whole picture, ms; self: above that of a sender that knows the link',
        'stalls: more than 500 ms without a picture; sound gaps: beyond 500 ms where the link carried 64 kbit/s',
        'the delay of a session after the first counts from its own quickest frame, which is too little where it began late',
        'SSIM: of every picture that was filmed with what the viewer saw for it; arrived: of those that arrived only',
      ],
    },
  ]
}
