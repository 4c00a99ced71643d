import type { Contender, Observed } from '../contender.js'

const packetBytes = 1400
const startKbps = 1000
const lowestKbps = 50

/**
 * Moblin's controller for RTMP: round trips and bytes in flight. RTMP acknowledgements give it both; here they
 * come from the kernel, which is faster. It tells the app's queue nothing and drops nothing.
 */
export const moblin: Contender = {
  name: 'Moblin',
  tickMs: 200,
  dropAfterMs: () => undefined,
  start: ({ maxKbps, width, height, fps }) => {
    let target = Math.min(startKbps, maxKbps)
    let fastRtt = 0
    let averageRtt = 0
    let averageInFlight = 0
    const adapt = (observed: Observed): void => {
      const { rttMs } = observed
      const inFlight = (observed.queueBytes + observed.bytesSent - observed.bytesAcked) / packetBytes
      fastRtt = fastRtt === 0 ? rttMs : fastRtt * 0.8 + rttMs * 0.2
      averageRtt = averageRtt === 0 ? rttMs : averageRtt * 0.99 + rttMs * 0.01
      averageInFlight = averageInFlight * 0.9 + inFlight * 0.1
      if (averageInFlight > 100 || rttMs > averageRtt + 500) target -= Math.max(250, target / 10)
      else if (fastRtt <= averageRtt + 15) target += 100 * Math.max(0, 1 - averageInFlight / 100)
      const sent = observed.encodedKbps
      target = Math.min(target, Math.max(sent + 1000, sent * 1.7), maxKbps)
      target = Math.max(lowestKbps, target)
    }
    return (observed) => {
      if (observed.session !== null) adapt(observed)
      return { targetKbps: target, width, height, fps, drop: false }
    }
  },
}
