/** What the viewers had of a push, and what the link would have allowed. */
import { type Delays, delays, quantile } from '../statistics.js'
import type { Bounds } from './contender.js'
import type { Frame, Sender } from './sender.js'
import type { Trace } from './trace.js'

export interface Arrival {
  readonly frame: Frame
  readonly atMs: number
}

export interface Moment {
  readonly atMs: number
  readonly capacityKbps: number
  readonly targetKbps: number
  readonly size: string
  readonly encodedKbps: number
  /** age of the oldest frame that has not arrived */
  readonly delayMs: number
  readonly connected: boolean
}

export interface Measures {
  /** payload of pictures that could be shown, and of sound */
  readonly deliveredKbps: number
  /** the same ÷ what the link or the maximum allowed */
  readonly used: number
  /** stands in for SSIM: log2(1 + kbit/s ÷ 100) of the shown pictures, averaged over all time; a picture that stands counts nothing */
  readonly quality: number
  /** from capture to arrival of shown pictures, ms */
  readonly delay: Delays
  /** p95 above that of a sender that knows the link, ms */
  readonly selfInflictedMs: number
  /** time beyond 300 ms in which no new picture came */
  readonly frozenSeconds: number
  /** time beyond 500 ms in which no new sound came, where the link carried 64 kbit/s */
  readonly audioGapSeconds: number
  readonly droppedFrames: number
  /** of 10 % and more */
  readonly changesPerMinute: number
  /** from a drop until all that is on its way is younger than 500 ms for good, ms; the slowest */
  readonly reactMs: number
  /** from a restored link until 90 % of it is used, ms; the slowest */
  readonly restoreMs: number
}

export interface Watched {
  readonly trace: Trace
  readonly bounds: Bounds
  readonly endMs: number
  readonly sender: Pick<Sender, 'dropped'>
  readonly arrivals: readonly Arrival[]
  readonly moments: readonly Moment[]
}

/** A picture that stands longer than this is seen to stand; players hold at least this much sound. */
const patienceMs = { video: 300, audio: 500 } as const

export const measure = (watched: Watched): Measures => {
  const { trace, bounds, endMs, sender, arrivals, moments } = watched
  const shown = shownPictures(arrivals)
  const sound = arrivals.filter(({ frame }) => frame.track === 'audio')
  const bits = [...shown, ...sound].reduce((sum, { frame }) => sum + frame.bytes * 8, 0)
  const deliveredKbps = bits / endMs
  const allowed = moments.reduce(
    (sum, { capacityKbps }) => sum + Math.min(capacityKbps, bounds.maxKbps + bounds.audioKbps),
    0,
  )
  const delay = delays(shown.map(({ frame, atMs }) => atMs - frame.capturedMs))
  const best = shown.map(({ frame }) => bestDelayMs(trace, frame.capturedMs))
  return {
    deliveredKbps,
    used: deliveredKbps / (allowed / moments.length),
    quality: quality(shown, endMs),
    delay,
    selfInflictedMs: delay.p95 - quantile(best, 0.95),
    frozenSeconds:
      gaps(shown, endMs, patienceMs.video).reduce((sum, [from, to]) => sum + to - from, 0) / 1000,
    audioGapSeconds:
      gaps(sound, endMs, patienceMs.audio)
        .filter(([from, to]) => carried(moments, from - patienceMs.audio, to) >= 64)
        .reduce((sum, [from, to]) => sum + to - from, 0) / 1000,
    droppedFrames: sender.dropped,
    changesPerMinute: (changes(moments) * 60_000) / endMs,
    reactMs: Math.max(0, ...(trace.dropsAt ?? []).map((at) => settledAfter(moments, at))),
    restoreMs: Math.max(0, ...(trace.restoredAt ?? []).map((at) => usedAfter(watched, shown, sound, at))),
  }
}

const quality = (shown: readonly Arrival[], endMs: number): number => {
  const seconds = Math.floor(endMs / 1000)
  const bits = new Array<number>(seconds).fill(0)
  for (const { frame, atMs } of shown) {
    const second = Math.floor(atMs / 1000)
    if (second < seconds) bits[second] = (bits[second] ?? 0) + frame.bytes * 8
  }
  const stood = gaps(shown, endMs, patienceMs.video)
  const moving = (second: number): number =>
    stood.reduce((share, [from, to]) => share - overlapMs(from, to, second * 1000) / 1000, 1)
  return bits.reduce((sum, each, second) => sum + Math.log2(1 + each / 100_000) * moving(second), 0) / seconds
}

/** How much of a span lies within the second from `startMs`. */
const overlapMs = (fromMs: number, toMs: number, startMs: number): number =>
  Math.max(0, Math.min(toMs, startMs + 1000) - Math.max(fromMs, startMs))

/** A picture can be shown when it is a keyframe or the one before it was shown. */
const shownPictures = (arrivals: readonly Arrival[]): Arrival[] => {
  let last = Number.NaN
  return arrivals.filter(({ frame }) => {
    if (frame.track !== 'video' || !(frame.keyframe || frame.number === last + 1)) return false
    last = frame.number
    return true
  })
}

/** Times without an arrival, beyond what is borne with. */
const gaps = (
  arrivals: readonly Arrival[],
  endMs: number,
  patience: number,
): (readonly [from: number, to: number])[] => {
  const times = [0, ...arrivals.map(({ atMs }) => atMs), endMs]
  return times
    .slice(1)
    .map((to, index) => [(times[index] ?? 0) + patience, to] as const)
    .filter(([from, to]) => to > from)
}

/** The worst 500 ms of the link in a span, kbit/s; 0 while there was no server. */
const carried = (moments: readonly Moment[], fromMs: number, toMs: number): number => {
  const within = moments.filter(({ atMs }) => atMs >= fromMs - 500 && atMs <= toMs)
  const means = within.map((_, index) => {
    const span = within.slice(index, index + 5)
    return (
      span.reduce((sum, { capacityKbps, connected }) => sum + (connected ? capacityKbps : 0), 0) / span.length
    )
  })
  return Math.min(Number.POSITIVE_INFINITY, ...means)
}

const packetBits = 1500 * 8
const roundTripHalfMs = 25

/** When a packet would have arrived that found nothing before it. */
const bestDelayMs = (trace: Trace, fromMs: number): number => {
  let bits = 0
  for (let atMs = fromMs; atMs < fromMs + 60_000; atMs += 5) {
    bits += trace.capacity(atMs) * 5
    if (bits >= packetBits) return atMs - fromMs + roundTripHalfMs
  }
  return 60_000
}

const changes = (moments: readonly Moment[]): number => {
  let last = moments[0]?.targetKbps ?? 0
  return moments.filter(({ targetKbps }) => {
    if (Math.abs(targetKbps - last) < last * 0.1) return false
    last = targetKbps
    return true
  }).length
}

const youngMs = 500
/** Old again after this is another matter than the drop. */
const aftermathMs = 15_000

/** Until everything that is on its way has been young ever since. */
const settledAfter = (moments: readonly Moment[], atMs: number): number => {
  const old = moments.findLast(
    (moment) => moment.atMs > atMs && moment.atMs < atMs + aftermathMs && moment.delayMs >= youngMs,
  )
  return old ? old.atMs - atMs + 100 : 0
}

const usedAfter = (
  { trace, bounds, endMs }: Watched,
  shown: readonly Arrival[],
  sound: readonly Arrival[],
  atMs: number,
): number => {
  const all = [...shown, ...sound].filter((arrival) => arrival.atMs >= atMs)
  const span = 2000
  for (let to = atMs + 100; to <= endMs; to += 100) {
    const bits = all
      .filter((arrival) => arrival.atMs > to - span && arrival.atMs <= to)
      .reduce((sum, { frame }) => sum + frame.bytes * 8, 0)
    const allowed = Math.min(trace.capacity(to), bounds.maxKbps + bounds.audioKbps)
    if (bits / Math.min(span, to - atMs) >= 0.9 * allowed && to - atMs >= span / 2) return to - atMs
  }
  return Number.POSITIVE_INFINITY
}
