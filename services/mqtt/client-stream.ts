import { Duplex } from 'node:stream'
import type { Role } from './access.js'
import { closingReason, reasons } from './mqtt5-reasons.js'
import { Mqtt5Translator } from './mqtt5-translator.js'
import { PacketMeter, protocolLevel } from './packet-meter.js'

export interface ClientStreamOptions {
  /** bytes of one packet, what the box itself sends not counted */
  readonly maxPacketBytes: number
  readonly maxKeepAliveS: number
}

/** More bytes than this waiting for a client, and it gets no more QoS 0 messages until it has caught up. */
const clogBytes = 1024 * 1024
/** More than this, and it is dropped: whoever publishes must not wait for it, and memory is not for it. */
const dropBytes = 8 * 1024 * 1024
/** Bytes that a slow client still gets after its connection was closed have this long. */
const closingMs = 500

/**
 * One client's connection as the broker sees it: bounded packets, and MQTT 3.1.1 whatever the client speaks.
 * The broker closes it with `destroy()`.
 */
export class ClientStream extends Duplex {
  /** set once the client is authenticated */
  role: Role | undefined
  clientId: string | undefined
  readonly remoteAddress: string | undefined
  readonly #socket: Duplex
  readonly #meter: PacketMeter
  readonly #options: ClientStreamOptions
  #head: Buffer | undefined = Buffer.alloc(0)
  #translator: Mqtt5Translator | undefined
  #reason: number | undefined

  constructor(socket: Duplex, remoteAddress: string | undefined, options: ClientStreamOptions) {
    super({ allowHalfOpen: false })
    this.remoteAddress = remoteAddress
    this.#socket = socket
    this.#options = options
    this.#meter = new PacketMeter(options.maxPacketBytes)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.push(null))
    socket.on('error', (error: Error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** The MQTT 5 side of this client, if it has one. */
  get translator(): Mqtt5Translator | undefined {
    return this.#translator
  }

  /** The client is who it says; the box may send packets of any size. */
  authenticated(role: Role, clientId: string): void {
    this.role = role
    this.clientId = clientId
    if (role !== 'box') return
    this.#meter.limit = Number.POSITIVE_INFINITY
    this.#translator?.allowAnySize()
  }

  /** The reason that an MQTT 5 client is given when the broker closes this connection next. */
  closeBecause(reason: number): void {
    this.#reason ??= reason
  }

  /** Whether the client does not read as fast as it is written to. */
  get clogged(): boolean {
    return this.#socket.writableLength > clogBytes
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(
    chunk: Buffer | string,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#send(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, callback)
  }

  // the codec writes a packet in many small pieces
  override _writev(
    pieces: { chunk: Buffer | string; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    this.#send(
      Buffer.concat(
        pieces.map(({ chunk, encoding }) =>
          typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
        ),
      ),
      callback,
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const reason = this.#reason ?? closingReason(error)
    const farewell = this.#translator?.farewell(reason)
    const socket = this.#socket
    if (!socket.destroyed) {
      const timer = setTimeout(() => socket.destroy(), closingMs)
      socket.once('close', () => clearTimeout(timer))
      socket.end(farewell, () => socket.destroy())
    }
    callback(error)
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return
    try {
      const bytes = this.#head === undefined ? chunk : this.#begin(chunk)
      if (bytes === undefined) return
      this.#meter.check(bytes)
      const forBroker = this.#translator === undefined ? bytes : this.#translator.inbound(bytes)
      if (forBroker.byteLength > 0 && !this.push(forBroker)) this.#socket.pause()
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Everything so far once the protocol is known, undefined before. */
  #begin(chunk: Buffer): Buffer | undefined {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), chunk])
    const level = protocolLevel(head)
    if (level === 'not-mqtt') throw new Error('not an MQTT connection')
    this.#head = head
    if (level === undefined) return undefined
    this.#head = undefined
    if (level === 5) this.#translator = new Mqtt5Translator(this.#options)
    return head
  }

  #send(bytes: Buffer, callback: (error?: Error | null) => void): void {
    try {
      const forClient = this.#translator === undefined ? bytes : this.#translator.outbound(bytes)
      if (forClient.byteLength > 0 && !this.#socket.destroyed) this.#socket.write(forClient)
      // the broker would make the publisher wait for its slowest subscriber, so it is never told to wait
      callback()
      if (this.#socket.writableLength <= dropBytes) return
      this.closeBecause(reasons.quotaExceeded)
      this.destroy()
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
