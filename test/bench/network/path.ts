/**
 * The way to the server: a drop-tail queue that is drained at the rate of a trace, and a delay each way. The same
 * as the emulator of the real runs, in virtual time. Units: bytes, ms.
 */
import type { Random } from './random.js'
import type { Capacity } from './trace.js'

export interface PathOptions {
  readonly capacity: Capacity
  readonly oneWayMs: number
  /** drop-tail queue in front of the link */
  readonly bufferBytes: number
  /** share of packets lost on the air, at a time */
  readonly lossAt: (atMs: number) => number
  readonly random: Random
}

interface Held<Packet> {
  readonly packet: Packet
  readonly bytes: number
}

export class Path<Packet> {
  #options: PathOptions
  #queue: Held<Packet>[] = []
  #queuedBytes = 0
  #creditBytes = 0
  #travelling: { readonly packet: Packet; readonly atMs: number }[] = []

  constructor(options: PathOptions) {
    this.#options = options
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** A packet that finds the queue full is gone. */
  send(packet: Packet, bytes: number): void {
    if (this.#queuedBytes + bytes > this.#options.bufferBytes) return
    this.#queue.push({ packet, bytes })
    this.#queuedBytes += bytes
  }

  /** Goes on to `nowMs`, `elapsedMs` after the last call; what arrives at the other end meanwhile. */
  advance(nowMs: number, elapsedMs: number): Packet[] {
    this.#creditBytes += (this.#options.capacity(nowMs) * elapsedMs) / 8
    for (let head = this.#queue[0]; head && this.#creditBytes >= head.bytes; head = this.#queue[0]) {
      this.#queue.shift()
      this.#creditBytes -= head.bytes
      this.#queuedBytes -= head.bytes
      const lost = this.#options.random.next() < this.#options.lossAt(nowMs)
      if (!lost) this.#travelling.push({ packet: head.packet, atMs: nowMs + this.#options.oneWayMs })
    }
    // An opportunity that finds nothing to send is gone, too.
    if (this.#queue.length === 0) this.#creditBytes = 0
    const arrived: Packet[] = []
    for (let next = this.#travelling[0]; next && next.atMs <= nowMs; next = this.#travelling[0]) {
      this.#travelling.shift()
      arrived.push(next.packet)
    }
    return arrived
  }
}
