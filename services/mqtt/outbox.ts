import { BrokerError } from './broker-address.js'
import type { Message } from './contract.js'

/** What the outbox needs of a connection. */
export interface Carrier {
  /** rejects with a {@link BrokerError} */
  publish(message: Message): Promise<void>
  /** bytes */
  readonly maxPacketBytes: number
  /** QoS 1 messages that may be unacknowledged at once */
  readonly receiveMaximum: number
}

export interface OutboxStatus {
  /** QoS 1 messages that wait for a connection or an acknowledgement */
  readonly waiting: number
  /** QoS 1 messages given up because too many waited */
  readonly overflowed: number
  /** messages that the broker did not take: refused, too large, or the connection ended each time they were sent */
  readonly refused: number
  /** QoS 0 messages dropped because there was no connection or it was clogged */
  readonly dropped: number
}

interface Entry {
  readonly message: Message
  sending: boolean
  /** connections that ended while this was first in line and unacknowledged */
  lost: number
}

/** QoS 1 messages on their way at once. */
const window = 64
/** Over a connection that is up, a burst of requests may have this many times as many replies waiting. */
const burst = 20
/** A message that ends every connection would keep the box offline for ever. */
const maxLost = 8
/** QoS 0 bytes that may wait in the socket before more are dropped. */
const clogBytes = 4 * 1024 * 1024
/** room for topic and properties */
const overheadBytes = 1024

/**
 * What goes to the broker, in order. QoS 1 messages wait for a connection and for their acknowledgement, and are
 * sent again in their order after a reconnection; when too many wait, the oldest goes. Retained ones are not kept,
 * because whoever attaches a connection hands in the current ones. QoS 0 messages go now or never.
 */
export class Outbox {
  /** QoS 1 messages that may wait for a connection */
  readonly #limit: number
  #queue: Entry[] = []
  #carrier: Carrier | undefined
  #sending = 0
  #clogged = 0
  #overflowed = 0
  #refused = 0
  #dropped = 0
  #waiters: (() => void)[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes a message; never throws and never waits. */
  put(message: Message): void {
    if (message.qos === 0) {
      this.#sendNow(message)
      return
    }
    if (message.retain) {
      if (this.#carrier === undefined) return
      const outdated = this.#queue.find((entry) => !entry.sending && sameRetained(entry.message, message))
      if (outdated !== undefined) this.#remove(outdated)
    }
    this.#queue.push({ message, sending: false, lost: 0 })
    this.#shed()
    this.#pump()
  }

  /** Sends over this connection: `first`, then what waits. */
  attach(carrier: Carrier, first: readonly Message[]): void {
    if (this.#carrier !== undefined) this.detach(this.#carrier)
    this.#carrier = carrier
    this.#queue.unshift(
      ...first.filter(({ qos }) => qos === 1).map((message) => ({ message, sending: false, lost: 0 })),
    )
    this.#pump()
    for (const message of first) if (message.qos === 0) this.#sendNow(message)
  }

  /** This connection is gone. What it did not acknowledge waits for the next one. */
  detach(carrier: Carrier): void {
    if (this.#carrier !== carrier) return
    this.#carrier = undefined
    this.#sending = 0
    this.#clogged = 0
    const head = this.#queue[0]
    if (head?.sending) {
      head.lost += 1
      if (head.lost >= maxLost) {
        this.#queue.shift()
        this.#refused += 1
      }
    }
    this.#queue = this.#queue.filter(({ message }) => !message.retain)
    for (const entry of this.#queue) entry.sending = false
    this.#shed()
    this.#wake()
  }

  /** Resolves when nothing waits any more, or the connection is gone. */
  async flushed(): Promise<void> {
    if (this.#carrier === undefined || this.#queue.length === 0) return
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve)
    })
  }

  status(): OutboxStatus {
    return {
      waiting: this.#queue.length,
      overflowed: this.#overflowed,
      refused: this.#refused,
      dropped: this.#dropped,
    }
  }

  /** Drops the oldest events and replies when too many wait. */
  #shed(): void {
    const limit = this.#carrier === undefined ? this.#limit : this.#limit * burst
    if (this.#queue.length <= limit) return
    const waiting = this.#queue.filter(({ message, sending }) => !message.retain && !sending)
    for (const entry of waiting.slice(0, waiting.length - limit)) {
      this.#remove(entry)
      this.#overflowed += 1
    }
  }

  #pump(): void {
    const carrier = this.#carrier
    if (carrier === undefined) return
    const room = Math.min(window, carrier.receiveMaximum)
    while (this.#sending < room) {
      const entry = this.#queue.find(({ sending }) => !sending)
      if (entry === undefined) return
      if (tooLarge(entry.message, carrier)) {
        this.#remove(entry)
        this.#refused += 1
        continue
      }
      entry.sending = true
      this.#sending += 1
      carrier.publish(entry.message).then(
        () => this.#done(carrier, entry),
        (error: unknown) => {
          // a lost connection says so through detach()
          if (!(error instanceof BrokerError) || error.kind !== 'refused') return
          this.#refused += 1
          this.#done(carrier, entry)
        },
      )
    }
  }

  #done(carrier: Carrier, entry: Entry): void {
    this.#remove(entry)
    if (this.#carrier !== carrier) return
    this.#sending -= 1
    this.#pump()
    if (this.#queue.length === 0) this.#wake()
  }

  #remove(entry: Entry): void {
    const at = this.#queue.indexOf(entry)
    if (at >= 0) this.#queue.splice(at, 1)
  }

  #sendNow(message: Message): void {
    const carrier = this.#carrier
    const bytes = message.payload.length
    if (carrier === undefined || this.#clogged + bytes > clogBytes || tooLarge(message, carrier)) {
      this.#dropped += 1
      return
    }
    this.#clogged += bytes
    const sent = () => {
      if (this.#carrier === carrier) this.#clogged -= bytes
    }
    carrier.publish(message).then(sent, sent)
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}

const sameRetained = (one: Message, other: Message): boolean =>
  one.retain && other.retain && one.topic === other.topic

const tooLarge = (message: Message, carrier: Carrier): boolean =>
  message.payload.length + overheadBytes > carrier.maxPacketBytes
