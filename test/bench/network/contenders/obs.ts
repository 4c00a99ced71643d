import type { Contender, Observed } from '../contender.js'

const raiseEveryMs = 4000
const windowMs = 1500

/**
 * OBS's dynamic bitrate. At least 5 packets queued, the oldest 200 ms behind: cut to what was sent over 1 to 2 s
 * less the audio, in steps of 100 kbit/s; when that is no cut, back to the rate before the last rise. 10 % of the
 * configured rate more every 4 s. Nothing is dropped; a new session begins at the full rate.
 */
export const obs: Contender = {
  name: 'OBS dynamic',
  tickMs: 100,
  dropAfterMs: () => undefined,
  start: ({ maxKbps, audioKbps, width, height, fps }) => {
    let target = maxKbps
    let before = maxKbps
    let raisedMs = 0
    let session: number | null = null
    let sent: { atMs: number; bytes: number }[] = []
    const begin = (observed: Observed): void => {
      session = observed.session
      target = maxKbps
      before = maxKbps
      raisedMs = observed.atMs
      sent = []
    }
    const adapt = (observed: Observed): void => {
      if (observed.session !== session) begin(observed)
      sent = [...sent, { atMs: observed.atMs, bytes: observed.bytesSent }].filter(
        ({ atMs }) => atMs >= observed.atMs - windowMs,
      )
      const first = sent[0]
      const tookMs = observed.atMs - (first?.atMs ?? observed.atMs)
      if (observed.queuePackets >= 5 && observed.queueAgeMs >= 200) {
        const rate = tookMs >= 1000 ? ((observed.bytesSent - (first?.bytes ?? 0)) * 8) / tookMs : target
        const carried = Math.max(50, Math.floor((rate - audioKbps) / 100) * 100)
        target = carried < target ? carried : Math.min(target, before)
        raisedMs = observed.atMs
      } else if (target < maxKbps && observed.atMs - raisedMs >= raiseEveryMs) {
        before = target
        target = Math.min(maxKbps, target + maxKbps / 10)
        raisedMs = observed.atMs
      }
    }
    return (observed) => {
      if (observed.session !== null) adapt(observed)
      return { targetKbps: target, width, height, fps, drop: false }
    }
  },
}
