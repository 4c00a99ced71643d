/** The foreign controller with the signature of the firmware's. */
import type { OutputSignals } from '../../../../firmware/media/engine/rtmp/rtmp.js'
import type { RateDecision, RateLimits, RateSignals, RateState } from '../../../../firmware/pusher/bitrate.js'
import { report } from '../../../../firmware/pusher/rate-reports.js'
import type { Chosen, Observed } from '../../network/contender.js'
import { chosenForeign } from './foreign.js'

export * from '../../../../firmware/pusher/bitrate.js'

const foreign = chosenForeign()
/** More than the sink and the kernel take. */
const widestBytes = 2 ** 30

let choose: ((observed: Observed) => Chosen) | undefined
let chosen: Chosen | undefined
let askedMs = 0

export const decideRate = (
  state: RateState,
  measured: RateSignals & Partial<OutputSignals>,
  limits: RateLimits,
): readonly [RateState, RateDecision] => {
  const { width, height, fps } = limits
  choose ??= foreign.start({ ...limits, mode: limits.mode === 'RTC' ? 'RTC' : 'HD' })
  const observed = {
    rttVarMs: 0,
    deliveryKbps: 0,
    notSentBytes: 0,
    queueAgeMs: 0,
    queuePackets: 0,
    ...measured,
  }
  // What is asked more often than the box measures sees the same for a while.
  const times = askedMs === 0 ? 1 : Math.round((measured.atMs - askedMs) / foreign.tickMs)
  for (let nth = Math.min(times, 50) - 1; nth >= 0; nth--) {
    askedMs = measured.atMs - nth * foreign.tickMs
    chosen = choose({ ...observed, atMs: askedMs })
  }
  const targetKbps = Math.round(chosen?.targetKbps ?? limits.maxKbps)
  const step = { width, height, fps, effort: 'normal', helped: 0 } as const
  const [reports, events] = report(state.reports, {
    atMs: measured.atMs,
    targetKbps,
    step,
    reason: 'steady',
    busy: undefined,
    encodedKbps: measured.encodedKbps,
  })
  const decision: RateDecision = {
    targetKbps,
    step,
    windowBytes: chosen?.windowBytes ?? widestBytes,
    ...(chosen?.drop ? { drop: 'to-keyframe' } : {}),
    cause: 'steady',
    events,
  }
  return [{ ...state, reports, issuedKbps: targetKbps }, decision]
}
