import type { Bounds, Contender, Observed } from '../contender.js'

const latencyMs = 2000
const floorKbps = 300
const packetBytes = 1316

/**
 * belacoder's controller. It is made for SRT; over TCP its send buffer is what the kernel and we hold, in packets
 * of 1316 bytes. SRT gives up what is older than the latency, and so does this.
 */
export const belacoder: Contender = {
  name: 'belacoder',
  tickMs: 20,
  dropAfterMs: () => latencyMs,
  start: ({ maxKbps, width, height, fps }: Bounds) => {
    const lowest = Math.min(floorKbps, maxKbps)
    const within = (kbps: number): number => Math.min(maxKbps, Math.max(lowest, kbps))
    let target = maxKbps
    let buffer = 0
    let bufferJitter = 0
    let lastBuffer = 0
    let rtt = 0
    let rttJitter = 0
    let rttMin = 200
    let rttTrend = 0
    let lastRtt = 0
    let mayRaiseMs = 0
    let mayCutMs = 0

    const follow = (observed: Observed): number => {
      const bytes = observed.queueBytes + observed.bytesSent - observed.bytesAcked
      const now = bytes / packetBytes
      buffer = buffer * 0.99 + now * 0.01
      bufferJitter = Math.max(bufferJitter * 0.99, now - lastBuffer)
      lastBuffer = now
      const { rttMs } = observed
      if (rtt === 0) rtt = rttMs
      rtt = rtt * 0.99 + rttMs * 0.01
      rttJitter = Math.max(rttJitter * 0.99, lastRtt === 0 ? 0 : rttMs - lastRtt)
      rttTrend = rttTrend * 0.8 + (lastRtt === 0 ? 0 : rttMs - lastRtt) * 0.2
      lastRtt = rttMs
      rttMin = Math.min(rttMin * 1.001, rttMs)
      return now
    }

    const adapt = (observed: Observed): void => {
      const now = follow(observed)
      const { rttMs, atMs } = observed
      const first = Math.max(50, buffer + 2.5 * bufferJitter)
      const second = Math.max(50, buffer + Math.max(3 * bufferJitter, buffer))
      const third = 4 * (buffer + bufferJitter)
      if (rttMs >= latencyMs / 3 || now > third) {
        target = lowest
        mayCutMs = atMs + 250
      } else if (atMs > mayCutMs && (rttMs > latencyMs / 5 || now > second)) {
        target -= 100 + target / 10
        mayCutMs = atMs + 250
      } else if (atMs > mayCutMs && (rttMs > rtt + Math.max(4 * rttJitter, rtt * 0.15) || now > first)) {
        target -= 100
        mayCutMs = atMs + 200
      } else if (atMs > mayRaiseMs && rttMs < rttMin + Math.max(1, 2 * rttJitter) && rttTrend < 0.01) {
        target += 30 + target / 30
        mayRaiseMs = atMs + 500
      }
      target = within(target)
    }
    return (observed) => {
      if (observed.session !== null) adapt(observed)
      // Only whole hundreds reach the encoder.
      const targetKbps = within(Math.floor(target / 100) * 100)
      return { targetKbps, width, height, fps, drop: false }
    }
  },
}
