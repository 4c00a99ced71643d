/**
 * The rate controller's hands: reads what the output and the encoder do, asks the controller, and does what it says
 * to the pipeline and to the output. While the slate is shown there is nothing to control.
 */
import { decideRate, newRateState, type RateDecision, type RateLimits } from '../../pusher/bitrate.js'
import type { Pace } from '../graph/pace.js'
import type { LaneSpec } from '../protocol.js'
import type { OutputSignals } from './rtmp/rtmp.js'

export interface RatePorts {
  /** undefined while no media goes out */
  output(): { readonly session: number; readonly signals: OutputSignals } | undefined
  /** bytes that the video encoder made so far */
  encodedBytes(): number
  /** from capture to the end of encoding, the newest frame, ms */
  encodeLateMs(): number
  pace(pace: Pace): void
  window(bytes: number): void
  drop(): void
  decided(decision: RateDecision): void
}

const everyMs = 100
const encodedOverMs = 1_000

export class RateControl {
  #ports: RatePorts
  #state = newRateState
  #limits: RateLimits | undefined
  #encoded: { readonly atMs: number; readonly bytes: number }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(ports: RatePorts) {
    this.#ports = ports
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#decide(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Call it before that pipeline begins: it begins at the right pace. */
  begins({ pace }: LaneSpec): void {
    this.#encoded = []
    this.limit(pace?.limits)
  }

  /** What is allowed from now on; undefined: there is nothing to control. */
  limit(limits: RateLimits | undefined): void {
    this.#limits = limits
    this.#decide()
  }

  #decide(): void {
    if (!this.#limits) return
    const atMs = performance.now()
    const out = this.#ports.output()
    const [state, decision] = decideRate(
      this.#state,
      {
        atMs,
        session: out?.session ?? null,
        rttMs: 0,
        minRttMs: 0,
        bytesAcked: 0,
        bytesSent: 0,
        queueBytes: 0,
        ...out?.signals,
        encodedKbps: this.#encodedKbps(atMs),
        encodeLateMs: this.#ports.encodeLateMs(),
      },
      this.#limits,
    )
    this.#state = state
    const { width, height, fps } = decision.step
    this.#ports.pace({ kbps: decision.targetKbps, width, height, fps })
    this.#ports.window(decision.windowBytes)
    if (decision.drop) this.#ports.drop()
    this.#ports.decided(decision)
  }

  #encodedKbps(atMs: number): number {
    this.#encoded.push({ atMs, bytes: this.#ports.encodedBytes() })
    const from = this.#encoded.findLastIndex((each) => each.atMs <= atMs - encodedOverMs)
    this.#encoded = this.#encoded.slice(Math.max(0, from))
    const [first, last] = [this.#encoded[0], this.#encoded.at(-1)]
    // A keyframe alone would look like a flood.
    if (!first || !last || last.atMs - first.atMs < encodedOverMs * 0.9) return 0
    return ((last.bytes - first.bytes) * 8) / (last.atMs - first.atMs)
  }
}
