/**
 * CPU time of the whole process tree per encoded frame, in a steady window. Two push side by side in the same window,
 * so that whatever else happens on the machine happens to both: differences of a few thousandths of a core can be
 * seen, which one after the other they can't. gst-launch beside itself tells how far two equal things differ. The
 * server is a process of its own and not counted.
 */
import { type Aim, aim, type Bench, scoped, type Table } from './bench.js'
import { pass } from './clock.js'
import { figure, signed, spreadText } from './print.js'
import { type TreeCpu, treeCpu } from './processes.js'
import { box } from './publishers/box.js'
import { ffmpeg } from './publishers/ffmpeg.js'
import { gstLaunch } from './publishers/gst-launch.js'
import type { Contender, Stream } from './publishers/publisher.js'
import { type SessionReport, startReceiver } from './receiver.js'
import { settingDifferences, unequalEncoding } from './sameness.js'
import { type Spread, spread } from './statistics.js'

interface Use {
  readonly cpuMs: number
  /** of the process at the top of the tree: the daemon, for the box */
  readonly topCpuMs: number
  readonly frames: number
  readonly msPerFrame: number
  readonly percentOfCore: number
}

interface Sample {
  readonly round: number
  readonly wallMs: number
  readonly first: Use
  readonly second: Use
  /** first divided by second, CPU time per frame */
  readonly ratio: number
  /** first less second */
  readonly extraPercentOfCore: number
  /** everything else on the machine meanwhile, the server of the bench included */
  readonly othersPercentOfCore: number
}

/** 128, RTMP's own default, would make the baseline dearer than it has to be. */
const chunkSize = 4096
const plain = gstLaunch(chunkSize)
const pairs: readonly (readonly [first: Contender, second: Contender])[] = [
  [box, plain],
  [box, ffmpeg],
  [plain, plain],
]
const settleMs = 5_000
/** Fewer frames than this share of what was asked for: the machine could not keep up. */
const leastFrames = 0.9

const use = (before: TreeCpu, after: TreeCpu, report: SessionReport): Use => {
  const frames = report.messages.filter(
    ({ kind, role, atMs }) =>
      kind === 'video' && role === 'frame' && atMs > before.atMs && atMs <= after.atMs,
  ).length
  const cpuMs = after.cpuMs - before.cpuMs
  return {
    cpuMs,
    topCpuMs: (after.processes[0]?.cpuMs ?? 0) - (before.processes[0]?.cpuMs ?? 0),
    frames,
    msPerFrame: cpuMs / frames,
    percentOfCore: (cpuMs / (after.atMs - before.atMs)) * 100,
  }
}

interface Measured {
  readonly sample: Sample
  readonly reports: readonly [SessionReport, SessionReport]
}

const measure = (
  [first, second]: readonly [Contender, Contender],
  stream: Stream,
  round: number,
  seconds: number,
): Promise<Measured> =>
  scoped(async (t) => {
    const receiver = await startReceiver(t)
    const [one, two] = await Promise.all([
      first.start(t, receiver.url('first'), stream),
      second.start(t, receiver.url('second'), stream),
    ])
    await Promise.all([receiver.firstKeyframe('first'), receiver.firstKeyframe('second')])
    await pass(settleMs)
    const before = [treeCpu(one.pid), treeCpu(two.pid)] as const
    await pass(seconds * 1000)
    const after = [treeCpu(one.pid), treeCpu(two.pid)] as const
    await Promise.all([one.stop(), two.stop()])
    const reports = [await receiver.report('first'), await receiver.report('second')] as const
    const [own, other] = [use(before[0], after[0], reports[0]), use(before[1], after[1], reports[1])]
    const wallMs = after[0].atMs - before[0].atMs
    const machineMs = after[0].machineMs - before[0].machineMs
    const sample = {
      round,
      wallMs,
      first: own,
      second: other,
      ratio: own.msPerFrame / other.msPerFrame,
      extraPercentOfCore: own.percentOfCore - other.percentOfCore,
      // The kernel counts the machine in ticks and processes exactly: the difference may fall below zero.
      othersPercentOfCore: Math.max(0, ((machineMs - own.cpuMs - other.cpuMs) / wallMs) * 100),
    }
    return { sample, reports }
  })

interface PairResult {
  readonly first: string
  readonly second: string
  readonly samples: readonly Sample[]
  readonly ratio: Spread
  readonly extraPercentOfCore: Spread
  /** x264 settings of the first (of the second) that differ; undefined when they are not known */
  readonly differences: readonly string[] | undefined
}

interface PictureResult {
  readonly picture: string
  readonly stream: Stream
  readonly pairs: readonly PairResult[]
}

const pictureName = ({ width, height, fps, videoKbps, clip }: Stream): string =>
  `${width}x${height}@${fps}, ${videoKbps} kbit/s, ${clip === undefined ? 'test picture' : (clip.split('/').at(-1) ?? '')}`

const useCells = (uses: readonly Use[], isBox: boolean): string[] => {
  const of = (value: (use: Use) => number): Spread => spread(uses.map(value))
  const daemon = of(({ topCpuMs, cpuMs, percentOfCore }) => (topCpuMs / cpuMs) * percentOfCore)
  return [
    spreadText(of(({ msPerFrame }) => msPerFrame)),
    spreadText(of(({ percentOfCore }) => percentOfCore)),
    isBox ? figure(daemon.median) : '',
  ]
}

const rowsOf = ({ first, second, samples, ratio, extraPercentOfCore }: PairResult): string[][] => [
  [
    first,
    ...useCells(
      samples.map((sample) => sample.first),
      first === box.name,
    ),
    spreadText(ratio),
    spreadText(extraPercentOfCore, signed),
    spreadText(spread(samples.map(({ othersPercentOfCore }) => othersPercentOfCore))),
  ],
  [
    `  beside ${second}`,
    ...useCells(
      samples.map((sample) => sample.second),
      false,
    ),
  ],
]

const tableOf = ({ picture, pairs: results }: PictureResult): Table => {
  const foreign = results.find(({ second }) => second === ffmpeg.name)
  return {
    title: `CPU, ${picture}`,
    columns: [
      '',
      'ms per frame',
      '% of a core',
      'daemon',
      'ratio',
      'extra, % of a core',
      'others, % of a core',
    ],
    rows: results.flatMap(rowsOf),
    notes: [
      'medians over the rounds (smallest to largest); ratio and extra are taken in each round, first against second',
      `x264 settings of the box (of ffmpeg) that differ: ${foreign?.differences ? foreign.differences.join(', ') || 'none' : 'not known'}`,
    ],
  }
}

const aimsOf = ({ picture, stream, pairs: results }: PictureResult): Aim[] => {
  const result = results.find(({ first, second }) => first === box.name && second === plain.name)
  if (!result) return []
  return [
    ...(stream.width === 1280 && stream.fps === 30
      ? [aim(`${picture}: CPU per frame against gst-launch`, result.ratio.median, 1.05, 'times')]
      : []),
    aim(`${picture}: extra over gst-launch`, result.extraPercentOfCore.median, 1.5, '% of a core'),
  ]
}

export const cpu: Bench = {
  name: 'cpu',
  summary: 'user and system time per encoded frame, daemon included, in steady state',
  seconds: { default: 15, help: 'the measured window; 5 s before it are left out' },
  rounds: 3,
  sizes: '640x360@15/1000,1280x720@30/2500',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results: PictureResult[] = []
    const nonsense: string[] = []
    const measureAll = async (stream: Stream, picture: string): Promise<PairResult[]> => {
      const measured = pairs.map((): Measured[] => [])
      for (let round = 1; round <= rounds; round++)
        for (const [index, pair] of pairs.entries()) {
          const each = await measure(pair, stream, round, seconds)
          measured[index]?.push(each)
          const names = pair.map(({ name }) => name).join(' beside ')
          const { first, second, extraPercentOfCore } = each.sample
          say(`${picture}, round ${round}, ${names}: ${signed(extraPercentOfCore)} % of a core`)
          if (Math.min(first.frames, second.frames) < stream.fps * seconds * leastFrames)
            nonsense.push(
              `${picture}, round ${round}, ${names}: only ${first.frames} and ${second.frames} frames came; this machine can't keep up`,
            )
        }
      return pairs.map(([first, second], index) => {
        const own = measured[index] ?? []
        const samples = own.map(({ sample }) => sample)
        if (first === box && second === plain)
          nonsense.push(...new Set(own.flatMap(({ reports }) => unequalEncoding(...reports))))
        return {
          first: first.name,
          second: second.name,
          samples,
          ratio: spread(samples.map(({ ratio }) => ratio)),
          extraPercentOfCore: spread(samples.map(({ extraPercentOfCore }) => extraPercentOfCore)),
          differences: own
            .map(({ reports }) => settingDifferences(...reports))
            .find((known) => known !== undefined),
        }
      })
    }
    for (const stream of streams) {
      const picture = pictureName(stream)
      results.push({ picture, stream, pairs: await measureAll(stream, picture) })
    }
    return { results, tables: results.map(tableOf), aims: results.flatMap(aimsOf), nonsense }
  },
}
