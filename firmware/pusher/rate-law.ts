/**
 * How the target follows the link. A queue that stands or grows: at once down to what was carried, less what it
 * takes to empty the queue. A link whose queue empties between keyframes: up, the faster the emptier. Pure.
 */
import {
  bestKbps,
  carriedKbps,
  type Link,
  type LinkMemory,
  meanExcessMs,
  standingMs,
} from './link-estimate.js'

/** How much delay a mode takes for how much picture (spec 5.1, 10.3). */
export interface Temper {
  /** mean queue that is aimed at, keyframes included, ms */
  readonly aimMs: number
  /** a queue that stands above this is congestion */
  readonly standingMs: number
  /** a queue that grows above this is congestion at once */
  readonly growingMs: number
  /** time to empty a queue */
  readonly drainMs: number
  /** share of what the link carried that is used once the queue is empty */
  readonly keep: number
  /** a queue above this that would not be empty within `dropDrainMs` is given up, up to the next keyframe */
  readonly dropMs: number
  readonly dropDrainMs: number
  /** how much of what is carried may be ahead of our queue: while one is emptied, and otherwise, ms */
  readonly aheadMs: number
  readonly openAheadMs: number
  /** growth per second on a link that is empty, and on one that is nearly full */
  readonly growth: number
  readonly nearGrowth: number
}

export const tempers: Readonly<Record<'call' | 'broadcast', Temper>> = {
  call: {
    aimMs: 170,
    standingMs: 175,
    growingMs: 500,
    drainMs: 1150,
    keep: 0.97,
    dropMs: 460,
    dropDrainMs: 1100,
    aheadMs: 100,
    openAheadMs: 60,
    growth: 0.4,
    nearGrowth: 0.05,
  },
  broadcast: {
    aimMs: 130,
    standingMs: 165,
    growingMs: 550,
    drainMs: 2000,
    keep: 0.97,
    dropMs: 420,
    dropDrainMs: 1200,
    aheadMs: 130,
    openAheadMs: 80,
    growth: 0.5,
    nearGrowth: 0.055,
  },
}

export interface RateBounds {
  readonly minKbps: number
  readonly maxKbps: number
  /** sound, and what RTMP adds, that the link carries beside the picture */
  readonly besideKbps: number
  /** distance of keyframes: a queue is judged over a whole one */
  readonly gopMs: number
}

/** `open`: the link takes what it gets. `draining`: a queue is being emptied since then. */
type Phase = { readonly at: 'open' | 'draining'; readonly sinceMs: number }

export interface RateMemory {
  /** for the picture, not rounded; 0 before the first decision */
  readonly kbps: number
  readonly phase: Phase
  /** picture rate for when the queue is empty: what size and frame rate go by */
  readonly sustainedKbps: number
  /** most that may be below our own queue, in the sink, the kernel and on the way */
  readonly windowBytes: number
  /** picture rate that the link carried well, kept from session to session; 0: not known */
  readonly goodKbps: number
  /** how long that has been averaged, s */
  readonly goodSeconds: number
  /** picture rate before the last cut, for the way back */
  readonly formerKbps: number
  readonly formerMs: number
  readonly atMs: number
  readonly droppedMs: number
}

const widestBytes = 262_144
const narrowestBytes = 4_096
const windowGrowth = 1.15

export const newRateMemory: RateMemory = {
  kbps: 0,
  phase: { at: 'open', sinceMs: 0 },
  sustainedKbps: 0,
  windowBytes: widestBytes,
  goodKbps: 0,
  goodSeconds: 0,
  formerKbps: 0,
  formerMs: 0,
  atMs: 0,
  droppedMs: Number.NEGATIVE_INFINITY,
}

export type RateReason =
  | 'start'
  | 'limits'
  | 'link-slow'
  | 'link-stalled'
  | 'link-free'
  | 'scene-easy'
  | 'steady'

export interface RateChoice {
  readonly memory: RateMemory
  readonly reason: RateReason
  /** what waits shall be given up, up to the next keyframe */
  readonly drop: boolean
}

/** Share of what was carried well with which a later session begins. */
const againShare = 0.85
const stalledAfterMs = 300
/** After a cut the encoder needs this long: a keyframe that is asked for earlier has the old size. */
const encoderSettlesMs = 300
const dropEveryMs = 1_000
/** Below this share of the target the scene is easy: nothing would prove that the link carries more. */
const easyShare = 0.6
const easyDecayPerSecond = 0.05
const easyRoomKbps = 300
const goodAverageSeconds = 3
/** A rate that was left not long ago is found again sooner than a new one. */
const formerForMs = 15_000
const returnFactor = 2.5
const formerShare = 0.9
const seenShare = 0.85

/** Where a session begins: never with more than the link was seen to carry. */
export const beginRate = (memory: RateMemory, atMs: number, bounds: RateBounds): RateMemory => {
  const known = memory.goodKbps > 0
  // Of a link that nobody knows, what was asked for is expected; a slower one is found within a second or two.
  const kbps = known ? Math.min(memory.kbps, memory.goodKbps * againShare) : bounds.maxKbps
  const begun = bounded(kbps, bounds)
  return {
    ...memory,
    kbps: begun,
    sustainedKbps: begun,
    phase: { at: 'open', sinceMs: atMs },
    windowBytes: widestBytes,
    atMs,
  }
}

/** @param links the readings of this session, the newest last; `link` is made of the newest. */
export const followRate = (
  memory: RateMemory,
  now: {
    readonly atMs: number
    readonly link: Link
    readonly links: LinkMemory
    readonly encodedKbps: number
    readonly rttMs: number
    readonly minRttMs: number
  },
  bounds: RateBounds,
  temper: Temper,
): RateChoice => {
  const { link, links } = now
  const stalled = link.stalledMs > stalledAfterMs + now.minRttMs
  // A keyframe makes the queue jump once; a link that got slow makes it grow and grow.
  const [second = 0, first = 0] = [links.readings.at(-3)?.excessMs, links.readings.at(-2)?.excessMs]
  const growing = link.excessMs > temper.growingMs && link.excessMs > first && first > second
  const stands = standingMs(links, 500) > temper.standingMs
  if (stalled || growing || stands) return cut(memory, now, bounds, temper, stalled, growing)
  return memory.phase.at === 'draining'
    ? resume(memory, now, bounds, temper)
    : probe(memory, now, bounds, temper)
}

type Now = Parameters<typeof followRate>[1]

const cut = (
  memory: RateMemory,
  now: Now,
  bounds: RateBounds,
  temper: Temper,
  stalled: boolean,
  growing: boolean,
): RateChoice => {
  const { atMs, link, links } = now
  const carried = carriedKbps(links, stalled || growing ? 400 : 800)
  const drainKbps = (link.excessBytes * 8) / temper.drainMs
  const wanted = Math.max(carried * 0.4, carried - drainKbps) - bounds.besideKbps
  const kbps = bounded(Math.min(memory.kbps, wanted), bounds)
  const sustained = bounded(Math.min(memory.sustainedKbps, carried * temper.keep - bounds.besideKbps), bounds)
  const first = memory.phase.at === 'open'
  const sinceMs = first ? atMs : memory.phase.sinceMs
  const emptyAfterMs = (link.excessBytes * 8) / Math.max(1, carried - kbps - bounds.besideKbps)
  const drop =
    link.excessMs > temper.dropMs &&
    emptyAfterMs > temper.dropDrainMs &&
    atMs - sinceMs >= encoderSettlesMs &&
    atMs - memory.droppedMs >= dropEveryMs
  // A link that stands still says nothing about what it carries when it moves again.
  const goodKbps = stalled ? memory.goodKbps : Math.min(memory.goodKbps, carried * temper.keep)
  return {
    memory: {
      kbps,
      sustainedKbps: stalled ? memory.sustainedKbps : sustained,
      windowBytes: stalled ? memory.windowBytes : drainingWindow(memory, now, carried, temper),
      phase: { at: 'draining', sinceMs },
      goodKbps,
      goodSeconds: memory.goodSeconds,
      formerKbps: first ? memory.kbps : memory.formerKbps,
      formerMs: first ? atMs : memory.formerMs,
      atMs,
      droppedMs: drop ? atMs : memory.droppedMs,
    },
    reason: stalled ? 'link-stalled' : 'link-slow',
    drop,
  }
}

/** The queue is empty: on with what went out while it was emptied. */
const resume = (memory: RateMemory, { atMs, links }: Now, bounds: RateBounds, temper: Temper): RateChoice => {
  const carried = carriedKbps(links, 1000) * temper.keep - bounds.besideKbps
  // What was given up not long ago and is carried again need not be found anew.
  const sinceCutMs = atMs - memory.phase.sinceMs
  const seen = bestKbps(links, Math.min(1000, sinceCutMs - 300), 300) * seenShare - bounds.besideKbps
  const former = atMs - memory.formerMs < formerForMs ? memory.formerKbps * formerShare : 0
  const kbps = bounded(Math.max(memory.kbps, carried, Math.min(former, seen)), bounds)
  const phase: Phase = { at: 'open', sinceMs: atMs }
  return { memory: { ...memory, kbps, sustainedKbps: kbps, phase, atMs }, reason: 'link-free', drop: false }
}

const probe = (memory: RateMemory, now: Now, bounds: RateBounds, temper: Temper): RateChoice => {
  const seconds = Math.min(1, Math.max(0, (now.atMs - memory.atMs) / 1000))
  const windowMs = Math.min(bounds.gopMs, now.atMs - memory.phase.sinceMs)
  const room = Math.max(-0.5, 1 - meanExcessMs(now.links, windowMs) / temper.aimMs)
  const easy = now.encodedKbps < memory.kbps * easyShare
  const returning =
    room > 0.7 && now.atMs - memory.formerMs < formerForMs && memory.kbps < memory.formerKbps * 0.85
  const pace = returning
    ? temper.growth * returnFactor
    : room > 0.5 || (room > 0 && wayIsEmpty(now))
      ? temper.growth
      : temper.nearGrowth
  const changed =
    room > 0 && easy
      ? Math.max(
          Math.min(memory.kbps, now.encodedKbps / easyShare + easyRoomKbps),
          memory.kbps * (1 - easyDecayPerSecond * seconds),
        )
      : memory.kbps * (1 + room * pace * seconds)
  const kbps = bounded(changed, bounds)
  // Of the first seconds the plain mean: a session that was short knows as much as it saw.
  const goodSeconds = Math.min(goodAverageSeconds, memory.goodSeconds + seconds)
  const goodKbps = goodSeconds > 0 ? memory.goodKbps + ((kbps - memory.goodKbps) * seconds) / goodSeconds : 0
  return {
    memory: {
      ...memory,
      kbps,
      sustainedKbps: kbps,
      windowBytes: openWindow(memory, now, temper),
      goodKbps,
      goodSeconds,
      atMs: now.atMs,
    },
    reason: room > 0 ? (easy ? 'scene-easy' : kbps > memory.kbps ? 'link-free' : 'steady') : 'link-slow',
    drop: false,
  }
}

/**
 * What the link needs to stay busy and little more. When packets do not wait on the way, the window itself may be
 * what holds them back: it must not take its own limit for the link's.
 */
const drainingWindow = (memory: RateMemory, now: Now, carried: number, temper: Temper): number => {
  const needed = (carried * (now.minRttMs + temper.aheadMs)) / 8
  const wayIsFree = now.rttMs < now.minRttMs + temper.aheadMs / 2
  const wider = wayIsFree ? memory.windowBytes * windowGrowth : 0
  return Math.min(widestBytes, Math.max(narrowestBytes, needed, wider))
}

/** Packets do not wait on the way: what waits, waits for TCP to find out how fast it may go. */
const wayIsEmpty = ({ rttMs, minRttMs }: Now): boolean => rttMs > 0 && rttMs < minRttMs * 1.1 + 10

/** Room for a keyframe at the best rate seen of late: it may go as fast as the link takes it. */
const openWindow = (memory: RateMemory, { links, minRttMs, atMs }: Now, temper: Temper): number => {
  const best = Math.max(memory.kbps * 1.2, carriedKbps(links, 300), carriedKbps(links, 1000))
  const wanted = Math.max(16_384, (best * (minRttMs + temper.openAheadMs)) / 8)
  return atMs - memory.phase.sinceMs < 500
    ? Math.max(memory.windowBytes, wanted)
    : Math.min(widestBytes, wanted)
}

export const bounded = (kbps: number, { minKbps, maxKbps }: RateBounds): number =>
  Math.min(maxKbps, Math.max(minKbps, kbps))
