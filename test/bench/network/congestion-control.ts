/**
 * What Linux does with a TCP window, as far as it shapes delay: CUBIC (RFC 8312) and BBR version 1 (Cardwell and
 * others, "BBR: Congestion-Based Congestion Control", ACM Queue 2016). Units: bytes, ms, bytes per ms.
 */

export const segmentBytes = 1448

/** What one acknowledgement says. */
export interface AckSample {
  readonly nowMs: number
  readonly rttMs: number
  readonly ackedBytes: number
  /** delivered over the flight of this packet, bytes per ms */
  readonly rate: number
  readonly appLimited: boolean
  /** total delivered when the acknowledged packet was sent, and now */
  readonly deliveredAtSend: number
  readonly delivered: number
  readonly inFlightBytes: number
  /** whether the window, not the sender's lack of data, held packets back */
  readonly windowLimited: boolean
}

export interface CongestionControl {
  readonly windowBytes: number
  /** bytes per ms; Infinity: as fast as the window allows */
  readonly pacing: number
  acked(sample: AckSample): void
  /** once per window in which something was lost */
  lost(nowMs: number): void
}

export type CongestionName = 'cubic' | 'bbr'

export const congestionControl = (name: CongestionName): CongestionControl =>
  name === 'cubic' ? new Cubic() : new Bbr()

const firstWindow = 10 * segmentBytes
const smallestWindow = 4 * segmentBytes

class Cubic implements CongestionControl {
  windowBytes = firstWindow
  pacing = Number.POSITIVE_INFINITY
  #threshold = Number.POSITIVE_INFINITY
  #largest = 0
  #epochMs: number | undefined
  #minRttMs = Number.POSITIVE_INFINITY

  acked({ nowMs, rttMs, ackedBytes, windowLimited }: AckSample): void {
    this.#minRttMs = Math.min(this.#minRttMs, rttMs)
    // HyStart: delay that grows ends slow start before loss does.
    const late = rttMs > this.#minRttMs + Math.min(16, Math.max(4, this.#minRttMs / 8))
    if (this.windowBytes < this.#threshold && late) this.#threshold = this.windowBytes
    if (!windowLimited) return
    if (this.windowBytes < this.#threshold) this.windowBytes += ackedBytes
    else this.#grow(nowMs, rttMs, ackedBytes)
  }

  #grow(nowMs: number, rttMs: number, ackedBytes: number): void {
    this.#epochMs ??= nowMs
    const window = this.windowBytes / segmentBytes
    const largest = Math.max(this.#largest, window)
    const toLargestS = Math.cbrt((largest * 0.3) / 0.4)
    const aimed = largest + 0.4 * ((nowMs + rttMs - this.#epochMs) / 1000 - toLargestS) ** 3
    const packets = ackedBytes / segmentBytes
    this.windowBytes += segmentBytes * packets * Math.max(0.01, Math.min(0.5, (aimed - window) / window))
  }

  lost(): void {
    this.#largest = this.windowBytes / segmentBytes
    this.windowBytes = Math.max(smallestWindow / 2, this.windowBytes * 0.7)
    this.#threshold = this.windowBytes
    this.#epochMs = undefined
  }
}

const bandwidthRounds = 10
const minRttWindowMs = 10_000
const probeRttMs = 200
const startupGain = 2.885
const cycle = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const

class Bbr implements CongestionControl {
  #phase: 'startup' | 'drain' | 'probe-bandwidth' | 'probe-rtt' = 'startup'
  #round = 0
  #roundEnd = 0
  #rates: { round: number; rate: number }[] = []
  #minRttMs = Number.POSITIVE_INFINITY
  #minRttAt = 0
  #plateau = { rate: 0, rounds: 0 }
  #step = 0
  #stepAt = 0
  #probeRttUntil = 0
  #windowGain = startupGain
  #pacingGain = startupGain

  get #bandwidth(): number {
    return this.#rates.reduce((most, { rate }) => Math.max(most, rate), 0)
  }

  get pacing(): number {
    const bandwidth = this.#bandwidth
    return bandwidth > 0 ? this.#pacingGain * bandwidth : Number.POSITIVE_INFINITY
  }

  get windowBytes(): number {
    if (this.#phase === 'probe-rtt') return smallestWindow
    const bandwidth = this.#bandwidth
    if (bandwidth === 0) return firstWindow
    return Math.max(smallestWindow, this.#windowGain * bandwidth * this.#minRttMs + 3 * segmentBytes)
  }

  acked(sample: AckSample): void {
    const newRound = sample.deliveredAtSend >= this.#roundEnd
    if (newRound) {
      this.#round += 1
      this.#roundEnd = sample.delivered
    }
    if (sample.rate > 0 && (!sample.appLimited || sample.rate >= this.#bandwidth))
      this.#rates.push({ round: this.#round, rate: sample.rate })
    this.#rates = this.#rates.filter(({ round }) => round > this.#round - bandwidthRounds)
    this.#followRtt(sample)
    this.#advance(sample, newRound)
  }

  #followRtt({ nowMs, rttMs, inFlightBytes }: AckSample): void {
    const stale = nowMs > this.#minRttAt + minRttWindowMs
    if (rttMs <= this.#minRttMs || stale) {
      this.#minRttMs = rttMs
      this.#minRttAt = nowMs
    }
    if (stale && this.#phase === 'probe-bandwidth') {
      this.#phase = 'probe-rtt'
      this.#probeRttUntil = 0
    }
    if (this.#phase !== 'probe-rtt') return
    if (this.#probeRttUntil === 0 && inFlightBytes <= smallestWindow) this.#probeRttUntil = nowMs + probeRttMs
    if (this.#probeRttUntil > 0 && nowMs > this.#probeRttUntil) this.#enterProbing(nowMs)
  }

  #advance({ nowMs, inFlightBytes, appLimited }: AckSample, newRound: boolean): void {
    const full = this.#bandwidth * this.#minRttMs
    if (this.#phase === 'startup' && newRound && !appLimited) {
      const grew = this.#bandwidth >= this.#plateau.rate * 1.25
      this.#plateau = grew
        ? { rate: this.#bandwidth, rounds: 0 }
        : { ...this.#plateau, rounds: this.#plateau.rounds + 1 }
      if (this.#plateau.rounds >= 3) {
        this.#phase = 'drain'
        this.#pacingGain = 1 / startupGain
      }
    }
    if (this.#phase === 'drain' && inFlightBytes <= full) this.#enterProbing(nowMs)
    if (this.#phase === 'probe-bandwidth' && nowMs - this.#stepAt > this.#minRttMs) {
      if (cycle[this.#step] !== 0.75 || inFlightBytes <= full || nowMs - this.#stepAt > this.#minRttMs) {
        this.#step = (this.#step + 1) % cycle.length
        this.#stepAt = nowMs
        this.#pacingGain = cycle[this.#step] ?? 1
      }
    }
  }

  #enterProbing(nowMs: number): void {
    this.#phase = 'probe-bandwidth'
    this.#windowGain = 2
    this.#step = 2
    this.#stepAt = nowMs
    this.#pacingGain = 1
    this.#minRttAt = nowMs
  }

  // BBR version 1 does not take loss for congestion.
  lost(): void {}
}
