/** One MQTT connection that comes back for ever, and says at once when it can't be relied on. */
import {
  connectPacket,
  disconnectPacket,
  type Incoming,
  PacketReader,
  pingPacket,
  pubackPacket,
  publishPacket,
  subscribePacket,
} from './packets.js'
import type { OpenSocket, Socket } from './sockets.js'

export interface LinkOptions {
  /** of the WebSocket: `ws://192.168.1.20:8080/mqtt` */
  readonly url: string
  readonly open: OpenSocket
  readonly username?: string
  readonly password?: string
  /** what is subscribed to with QoS 1, at every connection */
  readonly filters: readonly string[]
  /** ms; shorter ones are for tests */
  readonly times?: Partial<LinkTimes>
}

export interface LinkTimes {
  /** from the start of a connection until the subscription stands */
  readonly connectMs: number
  /** between two questions whether the broker is still there */
  readonly pingMs: number
  /** for its answer */
  readonly answerMs: number
  readonly minRetryMs: number
  readonly maxRetryMs: number
}

const defaultTimes: LinkTimes = {
  connectMs: 8_000,
  pingMs: 5_000,
  answerMs: 4_000,
  minRetryMs: 500,
  maxRetryMs: 5_000,
}

/** `refused`: the broker does not know this user and password; it is asked again, in case it will. */
export type LinkState = 'connecting' | 'connected' | 'lost' | 'refused' | 'closed'

export interface LinkEvents {
  state(state: LinkState): void
  message(topic: string, payload: Uint8Array, retain: boolean): void
}

export class Link {
  readonly #options: LinkOptions
  readonly #times: LinkTimes
  readonly #events: LinkEvents
  readonly #clientId = `app-${Math.random().toString(36).slice(2, 12)}`
  #socket: Socket | undefined
  #state: LinkState = 'closed'
  #failures = 0
  #nextId = 0
  #acknowledgements = new Map<number, () => void>()
  #deadline: ReturnType<typeof setTimeout> | undefined
  #ping: ReturnType<typeof setTimeout> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options
    this.#events = events
    this.#times = { ...defaultTimes, ...options.times }
  }

  get state(): LinkState {
    return this.#state
  }

  start(): void {
    if (this.#state !== 'closed') return
    this.#say('connecting')
    this.#open()
  }

  stop(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'connected') this.#write(disconnectPacket())
    this.#drop()
    clearTimeout(this.#retry)
    this.#say('closed')
  }

  /** Does not wait for the next attempt: the network, or the page, is back. */
  hurry(): void {
    if (this.#retry === undefined) {
      if (this.#state === 'connected') this.#ask()
      return
    }
    clearTimeout(this.#retry)
    this.#failures = 0
    this.#open()
  }

  /**
   * Publishes with QoS 1; false when there is no connection to do it on.
   * @param arrived called when the broker has it; never, when the connection breaks first
   */
  publish(topic: string, payload: string, arrived: () => void = () => undefined): boolean {
    if (this.#state !== 'connected' || this.#socket === undefined) return false
    const id = this.#takeId()
    this.#acknowledgements.set(id, arrived)
    this.#write(publishPacket(id, topic, payload, false))
    return true
  }

  #open(): void {
    this.#retry = undefined
    const reader = new PacketReader()
    const { url, open, username, password, filters } = this.#options
    let socket: Socket | undefined
    /** an old socket may still have something to say */
    const current = (): boolean => socket !== undefined && socket === this.#socket
    const fail = (state: 'lost' | 'refused'): void => {
      if (current()) this.#lost(state)
    }
    const subscribed = this.#takeId()
    const take = (packet: Incoming): void => {
      switch (packet.type) {
        case 'connack':
          if (packet.returnCode !== 0) fail(packet.returnCode >= 4 ? 'refused' : 'lost')
          else socket?.send(subscribePacket(subscribed, filters))
          break
        case 'suback':
          if (packet.granted.includes(0x80)) fail('refused')
          else if (packet.id === subscribed) this.#up()
          break
        case 'publish':
          if (packet.qos > 0) socket?.send(pubackPacket(packet.id))
          this.#events.message(packet.topic, packet.payload, packet.retain)
          break
        case 'puback':
          this.#acknowledgements.get(packet.id)?.()
          this.#acknowledgements.delete(packet.id)
          break
        case 'pingresp':
          clearTimeout(this.#deadline)
          this.#askLater()
          break
        case 'other':
          break
      }
    }
    this.#deadline = setTimeout(() => fail('lost'), this.#times.connectMs)
    try {
      socket = open(url, {
        open: () =>
          socket?.send(
            connectPacket({
              clientId: this.#clientId,
              keepaliveS: Math.ceil((2 * (this.#times.pingMs + this.#times.answerMs)) / 1000),
              ...(username === undefined ? {} : { username }),
              ...(password === undefined ? {} : { password }),
            }),
          ),
        bytes: (bytes) => {
          if (!current()) return
          try {
            for (const packet of reader.take(bytes)) if (current()) take(packet)
          } catch {
            fail('lost')
          }
        },
        closed: () => fail('lost'),
      })
      this.#socket = socket
    } catch {
      // an address that no socket can be made of, or none may be
      this.#lost('lost')
    }
  }

  #up(): void {
    clearTimeout(this.#deadline)
    this.#failures = 0
    this.#say('connected')
    this.#askLater()
  }

  #askLater(): void {
    clearTimeout(this.#ping)
    this.#ping = setTimeout(() => this.#ask(), this.#times.pingMs)
  }

  #ask(): void {
    clearTimeout(this.#ping)
    clearTimeout(this.#deadline)
    this.#write(pingPacket())
    this.#deadline = setTimeout(() => this.#lost('lost'), this.#times.answerMs)
  }

  #lost(state: 'lost' | 'refused'): void {
    this.#drop()
    const { minRetryMs, maxRetryMs } = this.#times
    const pauseMs = Math.min(maxRetryMs, minRetryMs * 2 ** Math.min(this.#failures, 16))
    this.#failures += 1
    this.#retry = setTimeout(() => this.#open(), state === 'refused' ? maxRetryMs : pauseMs)
    this.#say(state)
  }

  /** A socket that is about to say that it is gone may throw; what it says then counts. */
  #write(bytes: Uint8Array): void {
    try {
      this.#socket?.send(bytes)
    } catch {
      // the deadline of the next ping is the last resort
    }
  }

  #drop(): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#ping)
    this.#acknowledgements.clear()
    const socket = this.#socket
    this.#socket = undefined
    try {
      socket?.close()
    } catch {
      // it was none any more
    }
  }

  #takeId(): number {
    this.#nextId = (this.#nextId % 0xffff) + 1
    return this.#nextId
  }

  #say(state: LinkState): void {
    if (state === this.#state) return
    this.#state = state
    this.#events.state(state)
  }
}
