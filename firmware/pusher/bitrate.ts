/**
 * The rate controller: signals in every 100 to 200 ms, decision out. Pure; the same for every output.
 * It knows how much waits between the encoder and the server's acknowledgement and how fast that goes, and keeps
 * the one small in proportion to the other: see link-estimate.ts, rate-law.ts, picture-steps.ts, rate-reports.ts.
 */
import type { Attributes } from './attributes.js'
import type { Relief } from './board-relief.js'
import type { Cause } from './events.js'
import { encoderProfile, type Size } from './geometry.js'
import {
  carriedKbps,
  followLink,
  type Link,
  type LinkMemory,
  type LinkSignals,
  newLinkMemory,
} from './link-estimate.js'
import { followSteps, newStepMemory, type PictureStep, type StepMemory } from './picture-steps.js'
import {
  beginRate,
  bounded,
  followRate,
  newRateMemory,
  type RateBounds,
  type RateChoice,
  type RateMemory,
  type RateReason,
  tempers,
} from './rate-law.js'
import {
  type Disobedience,
  newReportMemory,
  type RateEvent,
  type ReportMemory,
  report,
} from './rate-reports.js'

/** What is measured. What is not known is 0. */
export interface RateSignals extends LinkSignals {
  /** smoothed, of the kernel */
  readonly rttMs: number
  /** out of the video encoder over the last second, kbit/s */
  readonly encodedKbps: number
  /** from a frame's capture to the end of its encoding, the newest, ms */
  readonly encodeLateMs: number
}

/** What the attributes and the pictures ask for; may change from one call to the next. */
export interface RateLimits extends Size {
  readonly mode: Attributes['mode']
  /** for the picture alone; when it is above the maximum, the maximum counts */
  readonly minKbps: number
  readonly maxKbps: number
  readonly audioKbps: number
  readonly fps: number
  /** less work, because the board is strained */
  readonly spare?: Relief | undefined
}

export interface RateDecision {
  /** for the encoder, whole kbit/s, always within the limits */
  readonly targetKbps: number
  readonly step: PictureStep
  /** most that may be below our queue (the sink's own, the kernel's, on the way): what is above can be dropped */
  readonly windowBytes: number
  /** pictures that wait go, up to the next keyframe, and one is asked for; sound stays */
  readonly drop?: 'to-keyframe'
  readonly cause: RateReason
  readonly events: readonly RateEvent[]
  /** the encoder had better be restarted with the target; at most every 10 s */
  readonly disobeys?: Disobedience
}

export interface RateState {
  readonly link: LinkMemory
  readonly rate: RateMemory
  readonly steps: StepMemory
  readonly reports: ReportMemory
  readonly issuedKbps: number
  /** most that was allowed the last time */
  readonly maxKbps: number
}

export const newRateState: RateState = {
  link: newLinkMemory,
  rate: newRateMemory,
  steps: newStepMemory,
  reports: newReportMemory,
  issuedKbps: 0,
  maxKbps: 0,
}

/** What RTMP and TCP add to the picture's and the sound's bytes is small beside this. */
const besideShare = 1.1
/** An encoder is not bothered with less than this change. */
const worthSetting = 0.04
/** A queue that is being emptied for so long means that the uplink is really too slow. */
const busyAfterMs = 4_000
const busyStallMs = 1_000

export const decideRate = (
  state: RateState,
  measured: RateSignals,
  asked: RateLimits,
): readonly [RateState, RateDecision] => {
  const signals = sane(measured, state.rate.atMs)
  const limits = saneLimits(asked)
  const temper = limits.mode === 'RTC' ? 'call' : 'broadcast'
  const bounds: RateBounds = {
    minKbps: limits.minKbps,
    maxKbps: limits.maxKbps,
    besideKbps: limits.audioKbps * besideShare,
    gopMs: encoderProfile(limits.mode).gopSeconds * 1000,
  }
  const [linkMemory, link] = followLink(state.link, signals)
  const choice = choose(state, signals, linkMemory, link, bounds, temper)
  const targetKbps = issued(state.issuedKbps, choice.memory.kbps, bounds)
  const [steps, step] = followSteps(
    state.steps,
    { atMs: signals.atMs, targetKbps: choice.memory.sustainedKbps, lateMs: signals.encodeLateMs },
    { ...limits, temper },
  )
  const helped = steps.help > state.steps.help
  const [reports, events, disobeys] = report(state.reports, {
    atMs: signals.atMs,
    targetKbps,
    step,
    reason: choice.reason,
    busy: helped
      ? { kind: 'encoder-slow', lateMs: Math.round(signals.encodeLateMs), fps: step.fps }
      : busyCause(choice, link, linkMemory, signals, targetKbps + limits.audioKbps),
    encodedKbps: signals.encodedKbps,
  })
  return [
    {
      link: linkMemory,
      rate: choice.memory,
      steps,
      reports,
      issuedKbps: targetKbps,
      maxKbps: bounds.maxKbps,
    },
    {
      targetKbps,
      windowBytes: Math.round(choice.memory.windowBytes),
      step,
      cause: choice.reason,
      events,
      ...(choice.drop ? { drop: 'to-keyframe' as const } : {}),
      ...(disobeys ? { disobeys } : {}),
    },
  ]
}

const choose = (
  state: RateState,
  signals: RateSignals,
  links: LinkMemory,
  link: Link,
  bounds: RateBounds,
  temper: keyof typeof tempers,
): RateChoice => {
  const { atMs, encodedKbps, session } = signals
  const known = state.rate.kbps > 0
  // What only the old maximum held back goes up with it: somebody asked for more.
  const held = known && state.rate.kbps >= state.maxKbps && bounds.maxKbps > state.maxKbps
  const wanted = held ? { kbps: bounds.maxKbps, sustainedKbps: bounds.maxKbps } : state.rate
  const kept = {
    ...state.rate,
    kbps: bounded(wanted.kbps, bounds),
    sustainedKbps: bounded(wanted.sustainedKbps, bounds),
    atMs,
  }
  if (!known || (session !== null && session !== state.link.session))
    return { memory: beginRate(known ? kept : state.rate, atMs, bounds), reason: 'start', drop: false }
  if (session === null || kept.kbps !== state.rate.kbps)
    return { memory: kept, reason: 'limits', drop: false }
  return followRate(
    state.rate,
    { atMs, link, links, encodedKbps, rttMs: signals.rttMs, minRttMs: signals.minRttMs },
    bounds,
    tempers[temper],
  )
}

/** Whole, and the same as before when it hardly differs. */
const issued = (before: number, kbps: number, bounds: RateBounds): number => {
  const whole = Math.round(kbps)
  const atBound = kbps === bounds.minKbps || kbps === bounds.maxKbps
  const hardly = Math.abs(whole - before) < before * worthSetting && before === bounded(before, bounds)
  return hardly && !atBound ? before : Math.round(bounded(whole, bounds))
}

const busyCause = (
  { memory, reason, drop }: RateChoice,
  link: Link,
  links: LinkMemory,
  { atMs }: RateSignals,
  wantsKbps: number,
): Cause | undefined => {
  if (memory.phase.at !== 'draining') return undefined
  if (link.stalledMs >= busyStallMs) return { kind: 'uplink-stalled', stalledMs: Math.round(link.stalledMs) }
  // What a link carries that stands still is not known yet.
  if (reason === 'link-stalled') return undefined
  if (!drop && atMs - memory.phase.sinceMs < busyAfterMs) return undefined
  return {
    kind: 'uplink-slow',
    carriesKbps: Math.round(carriedKbps(links, 500)),
    wantsKbps: Math.round(wantsKbps),
    queueMs: Math.round(link.excessMs),
  }
}

const natural = (value: number): number => (Number.isFinite(value) ? Math.max(0, value) : 0)

/** Whatever was measured, and a clock that never goes back. */
const sane = (signals: RateSignals, lastMs: number): RateSignals => ({
  atMs: Number.isFinite(signals.atMs) ? Math.max(lastMs, signals.atMs) : lastMs,
  session: signals.session,
  rttMs: natural(signals.rttMs),
  minRttMs: natural(signals.minRttMs),
  bytesAcked: natural(signals.bytesAcked),
  bytesSent: natural(signals.bytesSent),
  queueBytes: natural(signals.queueBytes),
  encodedKbps: natural(signals.encodedKbps),
  encodeLateMs: natural(signals.encodeLateMs),
})

const saneLimits = (limits: RateLimits): RateLimits => {
  const maxKbps = Math.max(1, natural(limits.maxKbps))
  return { ...limits, maxKbps, minKbps: Math.min(maxKbps, Math.max(1, natural(limits.minKbps))) }
}
