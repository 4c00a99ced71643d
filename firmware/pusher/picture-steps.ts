/**
 * Size and frame rate of the picture for a target (spec 5.3), and for a machine that is too slow. Down at once, up
 * after ten seconds of headroom; never above what was asked for. Pure.
 */
import type { Relief } from './board-relief.js'
import type { Cause } from './events.js'
import { ladder, type Size } from './geometry.js'

export interface PictureStep extends Size {
  readonly fps: number
  /** `least`: the encoder's quickest preset */
  readonly effort: 'normal' | 'least'
  /** how much a machine that is too slow is helped; 0: not at all */
  readonly helped: number
  /** why the board wants so much help; absent: it is the pictures that are late, or none is given */
  readonly spared?: Cause
}

export interface StepLimits extends Size {
  readonly fps: number
  readonly maxKbps: number
  /** RTC gives up size at once, broadcasts keep it longer */
  readonly temper: 'call' | 'broadcast'
  /** help that the board wants at least */
  readonly spare?: Relief | undefined
}

export interface StepMemory {
  /** how many steps under the full size */
  readonly down: number
  readonly slowFps: boolean
  /** since when the target would allow a step up, or want one down; null: it does not */
  readonly roomSinceMs: number | null
  readonly tightSinceMs: number | null
  /** how far the machine is helped, an index of {@link helps} */
  readonly help: number
  /** since when frames come late, or in time */
  readonly late: { readonly is: boolean; readonly sinceMs: number }
  readonly easedMs: number
  /** how long frames must be in time before help is taken back, ms */
  readonly patienceMs: number
}

const firstPatienceMs = 30_000
const longestPatienceMs = 480_000

export const newStepMemory: StepMemory = {
  down: 0,
  slowFps: false,
  roomSinceMs: null,
  tightSinceMs: null,
  help: 0,
  late: { is: false, sinceMs: Number.NEGATIVE_INFINITY },
  easedMs: Number.NEGATIVE_INFINITY,
  patienceMs: firstPatienceMs,
}

const upAfterMs = 10_000
/** A step up needs this much more than the step itself. */
const upShare = 1.15
/** Broadcasts keep a size down to this share of its rate. */
const keepShare = { call: 1, broadcast: 0.75 } as const
/** A rate that is found in this time is not given up with the size; and each step costs a keyframe. */
const tightForMs = { call: 400, broadcast: 2_000 } as const
/** The full size is right for this share of the maximum, whatever the ladder says: it was asked for. */
const fullShare = 0.8
/** On the smallest size, pictures become fewer below this. */
const fewerBelowKbps = 150
const fewestFps = 8

/** What helps a machine that can't keep up, mildest first. */
const helps: readonly { readonly fpsShare: number; readonly effort: PictureStep['effort'] }[] = [
  { fpsShare: 1, effort: 'normal' },
  { fpsShare: 2 / 3, effort: 'normal' },
  { fpsShare: 2 / 3, effort: 'least' },
  { fpsShare: 1 / 2, effort: 'least' },
  { fpsShare: 1 / 3, effort: 'least' },
]
const lateForMs = 1_000
/** Late soon after help was taken back: it was too early. */
const relapseMs = 10_000

/** @param lateMs from capture to the end of encoding, ms */
export const followSteps = (
  memory: StepMemory,
  now: { readonly atMs: number; readonly targetKbps: number; readonly lateMs: number },
  limits: StepLimits,
): readonly [StepMemory, PictureStep] => {
  const helped = followMachine(memory, now.atMs, now.lateMs, limits)
  const next = { ...helped, ...followTarget(helped, now.atMs, now.targetKbps, limits) }
  return [next, stepOf(next, limits)]
}

/** Rates from which on each step is right, the full size first. */
const thresholds = (limits: StepLimits): readonly number[] => {
  const rates = ladder(limits)
    .map(({ minKbps }) => minKbps)
    .reverse()
  const scale = Math.min(1, (fullShare * limits.maxKbps) / Math.max(1, rates[0] ?? 1))
  return rates.map((rate) => rate * scale)
}

const followTarget = (
  memory: StepMemory,
  atMs: number,
  targetKbps: number,
  limits: StepLimits,
): Pick<StepMemory, 'down' | 'slowFps' | 'roomSinceMs' | 'tightSinceMs'> => {
  const rates = thresholds(limits)
  const last = rates.length - 1
  const down = Math.min(memory.down, last)
  const fits = rates.findIndex((rate) => rate * keepShare[limits.temper] <= targetKbps)
  const lowest = fits < 0 ? last : fits
  const tooLow = lowest === last && targetKbps < fewerBelowKbps
  const still = { down, slowFps: memory.slowFps }
  if (lowest > down || (tooLow && !memory.slowFps)) {
    const tightSinceMs = memory.tightSinceMs ?? atMs
    if (atMs - tightSinceMs < tightForMs[limits.temper]) return { ...still, roomSinceMs: null, tightSinceMs }
    return {
      down: Math.max(down, lowest),
      slowFps: memory.slowFps || tooLow,
      roomSinceMs: null,
      tightSinceMs: null,
    }
  }
  // As far up as there is room for: each step costs a keyframe.
  const enough = (rate: number): boolean => targetKbps >= Math.min(rate * upShare, limits.maxKbps)
  const up = rates.findIndex(enough)
  const better = up >= 0 && (up < down || (memory.slowFps && enough(fewerBelowKbps)))
  if (!better) return { ...still, roomSinceMs: null, tightSinceMs: null }
  const roomSinceMs = memory.roomSinceMs ?? atMs
  if (atMs - roomSinceMs < upAfterMs) return { ...still, roomSinceMs, tightSinceMs: null }
  return { down: Math.min(down, up), slowFps: false, roomSinceMs: null, tightSinceMs: null }
}

const followMachine = (
  memory: StepMemory,
  atMs: number,
  lateMs: number,
  { fps, spare }: StepLimits,
): StepMemory => {
  const intervalMs = 1000 / Math.max(1, fps * (helps[helpIndex(memory, spare)]?.fpsShare ?? 1))
  const is = lateMs > intervalMs * (memory.late.is ? 1 : 2)
  const late = is === memory.late.is ? memory.late : { is, sinceMs: atMs }
  const forMs = atMs - late.sinceMs
  if (is && forMs >= lateForMs && memory.help < helps.length - 1) {
    const relapsed = atMs - memory.easedMs < relapseMs
    return {
      ...memory,
      help: memory.help + 1,
      late: { is, sinceMs: atMs },
      patienceMs: relapsed ? Math.min(longestPatienceMs, memory.patienceMs * 2) : memory.patienceMs,
    }
  }
  if (!is && forMs >= memory.patienceMs && memory.help > 0)
    return { ...memory, help: memory.help - 1, late: { is, sinceMs: atMs }, easedMs: atMs }
  return { ...memory, late }
}

const stepOf = (memory: StepMemory, limits: StepLimits): PictureStep => {
  const steps = ladder(limits)
  const size = steps[Math.max(0, steps.length - 1 - memory.down)] ?? limits
  const helped = helpIndex(memory, limits.spare)
  const help = helps[helped] ?? { fpsShare: 1, effort: 'normal' as const }
  const share = Math.min(help.fpsShare, memory.slowFps ? 2 / 3 : 1)
  const fps =
    share === 1 ? limits.fps : Math.min(limits.fps, Math.max(fewestFps, Math.round(limits.fps * share)))
  const { cause } = limits.spare && limits.spare.level > memory.help ? limits.spare : {}
  return {
    ...{ width: size.width, height: size.height, fps, effort: help.effort, helped },
    ...(cause ? { spared: cause } : {}),
  }
}

/** What the pictures need, or what the board wants, whichever is more. */
const helpIndex = ({ help }: StepMemory, spare: Relief | undefined): number =>
  Math.min(helps.length - 1, Math.max(help, spare?.level ?? 0))
