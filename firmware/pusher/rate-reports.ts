/** What the phone is told about the rate: 1005, 1006 and 1101, none too often, each with its cause. Pure. */
import type { Cause } from './events.js'
import type { PictureStep } from './picture-steps.js'
import type { RateReason } from './rate-law.js'

export interface RateEvent {
  readonly code: 1005 | 1006 | 1101
  readonly cause: Cause
}

/** An encoder makes more than it was asked for: it may not have taken the new rate. */
export interface Disobedience {
  readonly askedKbps: number
  readonly encodedKbps: number
}

export interface ReportMemory {
  readonly step: PictureStep | null
  /** last rate that was told, and when */
  readonly toldKbps: number
  readonly toldMs: number
  readonly busyToldMs: number
  /** since when the encoder makes too much; null: it does not */
  readonly overSinceMs: number | null
  readonly overToldMs: number
}

const never = Number.NEGATIVE_INFINITY

export const newReportMemory: ReportMemory = {
  step: null,
  toldKbps: 0,
  toldMs: never,
  busyToldMs: never,
  overSinceMs: null,
  overToldMs: never,
}

const worthTelling = 0.1
const rateEveryMs = 2_000
const busyEveryMs = 10_000
/** The measurement lags by a second and keyframes make it wobble. */
const overShare = 1.35
const overKbps = 60
const overForMs = 3_000
const overEveryMs = 10_000

export interface Reportable {
  readonly atMs: number
  readonly targetKbps: number
  readonly step: PictureStep
  readonly reason: RateReason
  /** why the uplink or the machine is too slow; undefined: they are not */
  readonly busy: Cause | undefined
  readonly encodedKbps: number
}

export const report = (
  memory: ReportMemory,
  now: Reportable,
): readonly [ReportMemory, readonly RateEvent[], Disobedience | undefined] => {
  const stepped = stepReport(memory, now)
  const rated = rateReport(memory, now)
  const busy = now.busy && now.atMs - memory.busyToldMs >= busyEveryMs ? now.busy : undefined
  const over = overReport(memory, now)
  const events: RateEvent[] = []
  if (busy) events.push({ code: 1101, cause: busy })
  if (rated) events.push({ code: 1006, cause: rated })
  if (stepped) events.push({ code: 1005, cause: stepped })
  const isFirst = memory.step === null
  return [
    {
      step: now.step,
      toldKbps: rated || isFirst ? now.targetKbps : memory.toldKbps,
      toldMs: rated ? now.atMs : memory.toldMs,
      busyToldMs: busy ? now.atMs : memory.busyToldMs,
      overSinceMs: over.sinceMs,
      overToldMs: over.told ? now.atMs : memory.overToldMs,
    },
    events,
    over.told,
  ]
}

const stepReport = (
  { step: before }: ReportMemory,
  { step, targetKbps, reason }: Reportable,
): Cause | undefined => {
  const { width, height, fps, effort } = step
  if (before === null || (before.width === width && before.height === height && before.fps === fps))
    return undefined
  const bigger = width * height * fps > before.width * before.height * before.fps
  const machine = step.helped !== before.helped || effort !== before.effort
  const told = { width, height, fps, targetKbps }
  if (machine && step.spared) return { ...step.spared, ...told }
  if (machine && before.spared) return { kind: 'board-recovered', ...told }
  return { kind: machine ? 'encoder-slow' : why(reason, bigger), ...told }
}

const rateReport = (memory: ReportMemory, { atMs, targetKbps, reason }: Reportable): Cause | undefined => {
  if (memory.step === null || atMs - memory.toldMs < rateEveryMs) return undefined
  const change = targetKbps - memory.toldKbps
  if (change === 0 || Math.abs(change) < memory.toldKbps * worthTelling) return undefined
  return { kind: why(reason, change > 0), fromKbps: memory.toldKbps, toKbps: targetKbps }
}

/** What is told may be the sum of many small decisions: the direction says more than the last one's reason. */
const why = (reason: RateReason, up: boolean): string =>
  reason === 'limits' || reason === 'start' || (reason === 'scene-easy' && !up)
    ? reason
    : up
      ? 'uplink-free'
      : 'uplink-slow'

const overReport = (
  memory: ReportMemory,
  { atMs, targetKbps, encodedKbps }: Reportable,
): { readonly sinceMs: number | null; readonly told?: Disobedience } => {
  const isOver = encodedKbps > Math.max(targetKbps * overShare, targetKbps + overKbps)
  if (!isOver) return { sinceMs: null }
  const sinceMs = memory.overSinceMs ?? atMs
  const due = atMs - sinceMs >= overForMs && atMs - memory.overToldMs >= overEveryMs
  return due
    ? { sinceMs, told: { askedKbps: targetKbps, encodedKbps: Math.round(encodedKbps) } }
    : { sinceMs }
}
