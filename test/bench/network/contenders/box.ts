import { decideRate, newRateState } from '../../../../firmware/pusher/bitrate.js'
import { encoderProfile } from '../../../../firmware/pusher/geometry.js'
import type { Contender } from '../contender.js'

/** The firmware's controller, with the firmware's dropping rule beside it. */
export const box: Contender = {
  name: 'box',
  tickMs: 100,
  dropAfterMs: (mode) => encoderProfile(mode).queueLimitMs,
  start: (bounds) => {
    let state = newRateState
    return (observed) => {
      const [next, decision] = decideRate(state, { ...observed, encodeLateMs: 0 }, bounds)
      state = next
      const { targetKbps, step, drop, windowBytes } = decision
      return {
        targetKbps,
        width: step.width,
        height: step.height,
        fps: step.fps,
        drop: drop !== undefined,
        windowBytes,
      }
    }
  },
}
