/**
 * Rate controllers on the same links, in virtual time: `scripts/bench network`. Nothing is measured on a real
 * network here; the same figures come out on every machine.
 */
import { readFileSync } from 'node:fs'
import { type Aim, aim, type Bench, type Table } from '../bench.js'
import { UsageError } from '../options.js'
import { figure } from '../print.js'
import type { Stream } from '../publishers/publisher.js'
import type { CongestionName } from './congestion-control.js'
import type { Bounds, Contender, Mode } from './contender.js'
import { belacoder } from './contenders/belacoder.js'
import { box } from './contenders/box.js'
import { fixed } from './contenders/fixed.js'
import { moblin } from './contenders/moblin.js'
import { obs } from './contenders/obs.js'
import type { Measures } from './measures.js'
import { simulate } from './simulate.js'
import { readTrace, type Trace, traces } from './trace.js'

const contenders: readonly Contender[] = [box, obs, belacoder, moblin, fixed]
const modes: readonly Mode[] = ['RTC', 'HD']
const kernels: readonly CongestionName[] = ['bbr', 'cubic']

export const boundsFor = (mode: Mode, { width, height, fps, videoKbps }: Stream): Bounds => ({
  mode,
  minKbps: mode === 'RTC' ? 200 : 300,
  maxKbps: videoKbps,
  audioKbps: 64,
  width,
  height,
  fps,
})

interface Sample {
  readonly mode: Mode
  readonly kernel: CongestionName
  readonly trace: string
  readonly heldOut: boolean
  readonly controller: string
  readonly round: number
  readonly measures: Measures
}

export const named = <Item extends { readonly name: string }>(
  items: readonly Item[],
  name: string | undefined,
  option: string,
): readonly Item[] => {
  if (name === undefined) return items
  const found = items.filter((item) => item.name === name)
  if (found.length > 0) return found
  throw new UsageError(`--${option}: no ${name}; there are ${items.map((item) => item.name).join(', ')}`)
}

/** By name or as a file; all of `made` when nothing is asked for. @throws UsageError */
export const chosenTraces = (
  asked: string | undefined,
  made: readonly Trace[] = traces(),
): readonly Trace[] => {
  if (asked === undefined || !asked.endsWith('.csv')) return named(made, asked, 'trace')
  try {
    readFileSync(asked)
  } catch {
    throw new UsageError(`--trace: ${asked} can't be read`)
  }
  try {
    return [readTrace(asked)]
  } catch (error) {
    throw new UsageError(`--trace: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

export const network: Bench = {
  name: 'network',
  summary: 'rate controllers on recorded and made links, simulated',
  seconds: { default: 180, help: 'of each trace at most' },
  rounds: 1,
  sizes: '360x640@15/1200,540x960@30/1800',
  run: async ({ seconds, rounds, streams, only }, { say }) => {
    const asked = {
      traces: chosenTraces(only.trace),
      contenders: named(contenders, only.controller, 'controller'),
      modes: named(
        modes.map((name) => ({ name })),
        only.mode,
        'mode',
      ).map(({ name }) => name),
    }
    const samples: Sample[] = []
    for (const mode of asked.modes) {
      const stream = mode === 'RTC' ? streams[0] : streams.at(-1)
      if (!stream) throw new UsageError('--size names no picture')
      say(`${mode}: ${asked.traces.length} traces, ${asked.contenders.length} controllers`)
      for (const kernel of kernels)
        for (const trace of asked.traces)
          for (const contender of asked.contenders)
            for (let round = 1; round <= rounds; round++)
              samples.push({
                mode,
                kernel,
                trace: trace.name,
                heldOut: trace.heldOut ?? false,
                controller: contender.name,
                round,
                measures: simulate({
                  trace,
                  contender,
                  bounds: boundsFor(mode, stream),
                  congestion: kernel,
                  seconds: Math.min(seconds, trace.seconds),
                  seed: round * 10,
                }).measures,
              })
    }
    return {
      results: samples,
      tables: [...asked.modes.map((mode) => traceTable(samples, mode)), summaryTable(samples)],
      aims: aims(samples),
      nonsense: samples
        .filter(({ measures }) => !(measures.deliveredKbps > 0) || !Number.isFinite(measures.delay.p95))
        .map(({ trace, controller }) => `${controller} on ${trace}: nothing arrived`),
    }
  },
}

const meanOf = (samples: readonly Sample[], value: (measures: Measures) => number): number =>
  mean(samples.map(({ measures }) => value(measures)))

const columns = [
  'used %',
  'quality',
  'delay p50',
  'p95',
  'max',
  'self p95',
  'frozen s',
  'sound gaps s',
] as const

const cells = (samples: readonly Sample[]): string[] => {
  const of = (value: (measures: Measures) => number): string => figure(meanOf(samples, value))
  return [
    of(({ used }) => used * 100),
    of(({ quality }) => quality),
    of(({ delay }) => delay.p50),
    of(({ delay }) => delay.p95),
    of(({ delay }) => delay.max),
    of(({ selfInflictedMs }) => selfInflictedMs),
    of(({ frozenSeconds }) => frozenSeconds),
    of(({ audioGapSeconds }) => audioGapSeconds),
  ]
}

const unique = <Item>(items: readonly Item[]): Item[] => [...new Set(items)]

const traceTable = (all: readonly Sample[], mode: Mode): Table => {
  const samples = all.filter((sample) => sample.mode === mode && sample.kernel === 'bbr')
  return {
    title: `${mode}, BBR in the kernel`,
    columns: ['trace, controller', 'kbit/s', ...columns, 'dropped', 'changes/min', 'react s', 'restore s'],
    rows: unique(samples.map(({ trace }) => trace)).flatMap((trace) =>
      unique(samples.map(({ controller }) => controller)).map((controller) => {
        const own = samples.filter((sample) => sample.trace === trace && sample.controller === controller)
        const of = (value: (measures: Measures) => number): string => figure(meanOf(own, value))
        return [
          `${trace}${own[0]?.heldOut ? '*' : ''}, ${controller}`,
          of(({ deliveredKbps }) => deliveredKbps),
          ...cells(own),
          of(({ droppedFrames }) => droppedFrames),
          of(({ changesPerMinute }) => changesPerMinute),
          of(({ reactMs }) => reactMs / 1000),
          of(({ restoreMs }) => restoreMs / 1000),
        ]
      }),
    ),
    notes: [
      'delays in ms, from capture to arrival of the whole picture; self: above that of a sender that knows the link',
      'frozen: beyond 300 ms without a picture; sound gaps: beyond 500 ms where the link carried 64 kbit/s',
      'react: from a drop until nothing on its way is older than 500 ms; restore: until 90 % of the restored link is used',
      'an asterisk: no figure of this trace was seen before the controller was finished',
    ],
  }
}

const summaryTable = (samples: readonly Sample[]): Table => ({
  title: 'All traces, means',
  columns: ['mode, kernel, traces, controller', ...columns],
  rows: unique(samples.map(({ mode }) => mode)).flatMap((mode) =>
    kernels.flatMap((kernel) =>
      [false, true].flatMap((heldOut) =>
        unique(samples.map(({ controller }) => controller)).flatMap((controller) => {
          const own = samples.filter(
            (sample) =>
              sample.mode === mode &&
              sample.kernel === kernel &&
              sample.heldOut === heldOut &&
              sample.controller === controller,
          )
          if (own.length === 0) return []
          return [[`${mode}, ${kernel}, ${heldOut ? 'unseen' : 'seen'}, ${controller}`, ...cells(own)]]
        }),
      ),
    ),
  ),
})

/** Against whoever delivers the best quality of the others, by mode and kernel, over all traces. */
const aims = (samples: readonly Sample[]): Aim[] =>
  unique(samples.map(({ mode }) => mode)).flatMap((mode) =>
    kernels.flatMap((kernel) => {
      const of = (controller: string, value: (measures: Measures) => number): number =>
        meanOf(
          samples.filter(
            (each) => each.mode === mode && each.kernel === kernel && each.controller === controller,
          ),
          value,
        )
      const others = contenders.filter(
        ({ name }) => name !== box.name && samples.some(({ controller }) => controller === name),
      )
      if (others.length === 0 || !samples.some(({ controller }) => controller === box.name)) return []
      const quality = (name: string): number => of(name, (measures) => measures.quality)
      const best = others.reduce((first, next) => (quality(next.name) > quality(first.name) ? next : first))
      const delay = (name: string): number => of(name, ({ selfInflictedMs }) => selfInflictedMs)
      return [
        aim(
          `${mode}, ${kernel}: quality short of ${best.name}'s`,
          quality(best.name) - quality(box.name),
          0,
          '',
        ),
        aim(
          `${mode}, ${kernel}: self-inflicted p95, half ${best.name}'s`,
          delay(box.name),
          delay(best.name) / 2,
          'ms',
        ),
      ]
    }),
  )
