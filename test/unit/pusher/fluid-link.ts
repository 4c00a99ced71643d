/** The controller on a link that carries exactly so much, in steps of 100 ms: simple enough to foresee. */
import {
  decideRate,
  newRateState,
  type RateDecision,
  type RateLimits,
  type RateSignals,
  type RateState,
} from '../../../firmware/pusher/bitrate.js'

export const callLimits: RateLimits = {
  mode: 'RTC',
  minKbps: 200,
  maxKbps: 1000,
  audioKbps: 64,
  width: 360,
  height: 640,
  fps: 15,
}

export const broadcastLimits: RateLimits = {
  mode: 'HD',
  minKbps: 300,
  maxKbps: 1800,
  audioKbps: 64,
  width: 540,
  height: 960,
  fps: 30,
}

const tickMs = 100

export interface Told {
  readonly atMs: number
  readonly decision: RateDecision
  readonly queueMs: number
}

export class FluidLink {
  state: RateState = newRateState
  told: Told[] = []
  atMs = 0
  limits: RateLimits
  capacityKbps: number
  session: number | null = 1
  /** share of the target that the encoder makes */
  sceneShare = 1
  lateMs = 0
  #queueBytes = 0
  #ackedBytes = 0

  constructor(limits: RateLimits, capacityKbps: number) {
    this.limits = limits
    this.capacityKbps = capacityKbps
  }

  get last(): RateDecision {
    const last = this.told.at(-1)
    if (!last) throw new Error('no decision yet')
    return last.decision
  }

  get queueBytes(): number {
    return this.#queueBytes
  }

  addBytes(bytes: number): void {
    this.#queueBytes += bytes
  }

  reconnect(): void {
    this.session = (this.session ?? 0) + 1
    this.#queueBytes = 0
    this.#ackedBytes = 0
  }

  run(seconds: number): this {
    for (let tick = 0; tick < seconds * 10; tick++) this.#step()
    return this
  }

  #step(): void {
    this.atMs += tickMs
    const target = this.told.at(-1)?.decision.targetKbps ?? 0
    const encodedKbps = target * this.sceneShare
    if (this.session !== null) {
      this.#queueBytes += ((encodedKbps + this.limits.audioKbps) * tickMs) / 8
      const sent = Math.min(this.#queueBytes, (this.capacityKbps * tickMs) / 8)
      this.#queueBytes -= sent
      this.#ackedBytes += sent
    }
    const signals: RateSignals = {
      atMs: this.atMs,
      session: this.session,
      rttMs: 0,
      minRttMs: 0,
      bytesAcked: this.#ackedBytes,
      bytesSent: this.#ackedBytes,
      queueBytes: this.#queueBytes,
      encodedKbps,
      encodeLateMs: this.lateMs,
    }
    const [state, decision] = decideRate(this.state, signals, this.limits)
    this.state = state
    if (decision.drop) this.#queueBytes = 0
    this.told.push({
      atMs: this.atMs,
      decision,
      queueMs: (this.#queueBytes * 8) / Math.max(1, this.capacityKbps),
    })
  }

  /** Events since a moment, with their times. */
  events(code: number, sinceMs = 0) {
    return this.told
      .filter(({ atMs }) => atMs > sinceMs)
      .flatMap(({ atMs, decision }) =>
        decision.events.filter((event) => event.code === code).map((event) => ({ atMs, ...event })),
      )
  }
}
