/**
 * One direction of the link, in anybody's time (ms): what finds the queue full is gone, the queue is drained at a
 * rate, and what left it arrives after the delay, unless it is lost on the air. Moves nothing itself.
 */
import { type Rate, RateClock } from './rate.js'

export interface PathOptions {
  /** undefined: unlimited, nothing waits */
  readonly rate?: Rate
  readonly queueBytes: number
  readonly delayMs: number
  /** percent of packets, by numbers that are the same in every run */
  readonly lossPercent: number
  readonly seed: number
}

export interface PathCounts {
  /** bytes and packets offered so far, and where they stayed */
  readonly offeredBytes: number
  readonly carriedBytes: number
  readonly overflowed: number
  readonly lost: number
  readonly queuedBytes: number
}

export class Path<Packet extends { readonly length: number }> {
  readonly #queueBytes: number
  readonly #delayMs: number
  readonly #random: () => number
  #lossPercent: number
  #clock: RateClock | undefined
  #queue: Packet[] = []
  #queuedBytes = 0
  /** bits of the first packet that still have to go, and up to when that is accounted for */
  #headBits = 0
  #servedMs = 0
  #travelling: { readonly packet: Packet; readonly atMs: number }[] = []
  #counts = { offeredBytes: 0, carriedBytes: 0, overflowed: 0, lost: 0 }

  constructor({ rate, queueBytes, delayMs, lossPercent, seed }: PathOptions, nowMs: number) {
    this.#clock = rate && new RateClock(rate, nowMs)
    this.#queueBytes = queueBytes
    this.#delayMs = delayMs
    this.#lossPercent = lossPercent
    this.#random = seeded(seed)
    this.#servedMs = nowMs
  }

  get counts(): PathCounts {
    return { ...this.#counts, queuedBytes: this.#queuedBytes }
  }

  kbpsAt(ms: number): number {
    return this.#clock?.kbpsAt(ms) ?? Number.POSITIVE_INFINITY
  }

  /** Holds from now on; what has begun to go goes on at the new rate. */
  setRate(rate: Rate | undefined, nowMs: number): void {
    this.#serve(nowMs)
    this.#clock = rate && new RateClock(rate, nowMs)
  }

  setLoss(percent: number): void {
    this.#lossPercent = percent
  }

  offer(packet: Packet, nowMs: number): void {
    this.#serve(nowMs)
    this.#counts.offeredBytes += packet.length
    if (this.#queuedBytes + packet.length > this.#queueBytes) {
      this.#counts.overflowed += 1
      return
    }
    if (this.#queue.length === 0) {
      this.#headBits = packet.length * 8
      this.#servedMs = nowMs
    }
    this.#queue.push(packet)
    this.#queuedBytes += packet.length
    this.#serve(nowMs)
  }

  /** What has arrived by now, in order. */
  arrived(nowMs: number): Packet[] {
    this.#serve(nowMs)
    const still = this.#travelling.findIndex(({ atMs }) => atMs > nowMs)
    const packets = this.#travelling.splice(0, still < 0 ? this.#travelling.length : still)
    return packets.map(({ packet }) => packet)
  }

  /** When to look again; Infinity when nothing is on its way. */
  nextAt(): number {
    const first = this.#travelling[0]
    if (first) return first.atMs
    if (this.#queue.length === 0) return Number.POSITIVE_INFINITY
    return (this.#clock?.throughAt(this.#servedMs, this.#headBits) ?? this.#servedMs) + this.#delayMs
  }

  /** Brings the counts up to that moment. */
  settle(nowMs: number): void {
    this.#serve(nowMs)
  }

  #serve(nowMs: number): void {
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const throughMs = this.#clock?.throughAt(this.#servedMs, this.#headBits) ?? this.#servedMs
      if (throughMs > nowMs) {
        this.#headBits -= this.#clock?.bitsBetween(this.#servedMs, nowMs) ?? 0
        this.#servedMs = Math.max(this.#servedMs, nowMs)
        return
      }
      this.#queue.shift()
      this.#queuedBytes -= head.length
      this.#servedMs = throughMs
      this.#headBits = (this.#queue[0]?.length ?? 0) * 8
      if (this.#random() * 100 < this.#lossPercent) this.#counts.lost += 1
      else {
        this.#counts.carriedBytes += head.length
        this.#travelling.push({ packet: head, atMs: throughMs + this.#delayMs })
      }
    }
  }
}

/** Numbers from 0 up to 1 that look random and are the same for a seed (mulberry32). */
const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
