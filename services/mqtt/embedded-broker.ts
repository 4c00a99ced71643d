import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  Aedes,
  type AedesPublishPacket,
  type AuthenticateError,
  type Client,
  type PublishPacket,
} from 'aedes'
import { within } from '../deadline.js'
import { type ListenAddress, listen } from '../listen.js'
import {
  type Authenticate,
  isRequestTopic,
  loopbackOwners,
  mayPublish,
  maySubscribe,
  type Role,
  sameSecret,
} from './access.js'
import { ClientStream } from './client-stream.js'
import { maxRequestBytes, type Topics, topicsOf } from './contract.js'
import { type MessageOrigin, openEnvelope, type PublishProperties } from './message-origin.js'
import { reasons } from './mqtt5-reasons.js'

export interface EmbeddedBrokerOptions {
  readonly prefix: string
  readonly box: string
  /** default 127.0.0.1 */
  readonly host?: string
  /** default 1883; 0 asks the kernel for a free one */
  readonly port?: number
  /** who a client other than the box is; default: loopback clients without credentials are owners */
  readonly authenticate?: Authenticate
  /** clients at once beside the box, default 100 */
  readonly maxClients?: number
}

/** How the daemon itself connects. The secret is new at each start and never leaves the process. */
export interface BoxConnection {
  readonly url: string
  readonly username: string
  readonly password: string
}

/**
 * Bytes of one packet of a client. More than a request may have, so that a request that is too large still gets its
 * refusal as a reply; beyond this the connection is closed before the bytes are collected.
 */
const maxPacketBytes = 1024 * 1024
const maxKeepAliveS = 300
/** sockets that have not said who they are yet */
const maxStrangers = 20
const retainedLimit = 1000
const stopMs = 1000

/**
 * The MQTT broker in the daemon (aedes), for MQTT 3.1.1 and 5 over TCP, and over any other stream through
 * {@link accept}. Sessions end with their connection: nothing piles up here for clients that are gone.
 */
export class EmbeddedBroker {
  readonly #options: EmbeddedBrokerOptions
  readonly #topics: Topics
  readonly #streams = new Set<ClientStream>()
  readonly #origins = new WeakMap<Uint8Array, MessageOrigin>()
  readonly #foreignRetained = new Set<string>()
  #username = ''
  #password = Buffer.alloc(0)
  #broker: Aedes | undefined
  #server: Server | undefined
  #address: ListenAddress | undefined

  /** Throws a `TopicNameError` when prefix or box can't be part of a topic. */
  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options
    this.#topics = topicsOf(options.prefix, options.box)
  }

  /** Opens the port. Rejects with a `ListenError`, kind `port-in-use` when somebody else has it. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#server !== undefined) return
    this.#username = `box-${randomBytes(8).toString('hex')}`
    this.#password = Buffer.from(randomBytes(32).toString('base64url'))
    const server = createServer(
      { keepAlive: true, keepAliveInitialDelay: 30_000, noDelay: true },
      (socket: Socket) => this.accept(socket, socket.remoteAddress),
    )
    this.#server = server
    try {
      this.#broker = await this.#createBroker()
      const { host = '127.0.0.1', port = 1883 } = this.#options
      this.#address = await listen(server, { host, port }, signal)
    } catch (error) {
      await this.stop()
      throw error
    }
    server.on('error', () => undefined)
  }

  /** Closes every connection and the port, within a second. */
  async stop(): Promise<void> {
    const server = this.#server
    const broker = this.#broker
    this.#server = undefined
    this.#broker = undefined
    this.#address = undefined
    for (const stream of this.#streams) stream.closeBecause(reasons.shuttingDown)
    const serverClosed = new Promise<void>((resolve) => {
      if (server?.listening) server.close(() => resolve())
      else resolve()
    })
    if (broker !== undefined) await within(new Promise<void>((resolve) => broker.close(resolve)), stopMs / 2)
    for (const stream of this.#streams) stream.destroy()
    await within(serverClosed, stopMs)
    this.#foreignRetained.clear()
  }

  /** Where the broker listens; undefined while it does not. */
  address(): ListenAddress | undefined {
    return this.#address
  }

  /** How the daemon's own client connects. Throws while the broker is not started. */
  boxConnection(): BoxConnection {
    if (this.#address === undefined) throw new Error('the embedded broker is not started')
    const { host, port } = this.#address
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
    return {
      url: `mqtt://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`,
      username: this.#username,
      password: this.#password.toString(),
    }
  }

  /** Closes the connections of everybody but the box: what let them in may not count any more. */
  dropGuests(): void {
    for (const stream of this.#streams) {
      if (stream.role === undefined || stream.role === 'box') continue
      stream.closeBecause(reasons.notAuthorized)
      stream.destroy()
    }
  }

  status(): { readonly listening: boolean; readonly clients: number } {
    return { listening: this.#address !== undefined, clients: this.#clients() }
  }

  /** Takes over a connection that came some other way, e.g. the stream of a WebSocket. Closes it when not started. */
  accept(stream: Duplex, remoteAddress: string | undefined): void {
    const broker = this.#broker
    const strangers = [...this.#streams].filter(({ role }) => role === undefined).length
    if (broker === undefined || strangers >= maxStrangers) {
      stream.on('error', () => undefined)
      stream.destroy()
      return
    }
    const client = new ClientStream(stream, remoteAddress, { maxPacketBytes, maxKeepAliveS })
    this.#streams.add(client)
    client.once('close', () => this.#streams.delete(client))
    broker.handle(client)
  }

  #clients(): number {
    return [...this.#streams].filter(({ role }) => role !== undefined && role !== 'box').length
  }

  async #createBroker(): Promise<Aedes> {
    const broker = await Aedes.createBroker({
      concurrency: 500,
      connectTimeout: 10_000,
      drainTimeout: 10_000,
      maxTopicLevels: 64,
      preConnect: (_client, packet, done) => {
        packet.clean = true
        done(null, true)
      },
      authenticate: (client, username, password, done) => {
        const role = this.#roleOf(streamOf(client), username, password)
        // a client id taken over closes the other connection, which nobody may do to the box
        const other = [...this.#streams].find(({ clientId }) => clientId === client.id)
        if (role === undefined || (other !== undefined && other.role !== role)) {
          done(refusedConnection(role === undefined && username !== undefined ? 4 : 5), false)
        } else if (role !== 'box' && this.#clients() >= (this.#options.maxClients ?? 100)) {
          done(refusedConnection(3), false)
        } else {
          streamOf(client)?.authenticated(role, client.id)
          done(null, true)
        }
      },
      authorizePublish: (client, packet, done) => {
        const refusal = client === null ? undefined : this.#refusePublish(client, packet)
        if (refusal === undefined) return done(null)
        if (client !== null) streamOf(client)?.closeBecause(refusal)
        done(new Error('not allowed to publish this'))
      },
      authorizeSubscribe: (client, subscription, done) => {
        const role = streamOf(client)?.role
        done(null, role !== undefined && maySubscribe(role, subscription.topic) ? subscription : null)
      },
      authorizeForward: (client, packet) => this.#forward(client, packet),
    })
    const events: EventEmitter = broker
    events.on('error', () => undefined)
    return broker
  }

  #roleOf(
    stream: ClientStream | undefined,
    username: string | undefined,
    password: Buffer | undefined,
  ): Role | undefined {
    if (username !== undefined && username === this.#username) {
      return sameSecret(password, this.#password) ? 'box' : undefined
    }
    const role = (this.#options.authenticate ?? loopbackOwners)({
      remoteAddress: stream?.remoteAddress,
      username,
      password,
    })
    return role === 'box' ? undefined : role
  }

  /** Takes the MQTT 5 part out of the payload; answers why the message is refused, if it is. */
  #refusePublish(client: Client, packet: PublishPacket): number | undefined {
    const stream = streamOf(client)
    const role = stream?.role
    if (role === undefined || !mayPublish(role, this.#topics, packet.topic)) return reasons.notAuthorized
    const published = bytesOf(packet.payload)
    if (this.#origins.has(published)) return undefined
    const { attachment, payload } =
      stream?.translator === undefined
        ? { attachment: undefined, payload: published.subarray() }
        : openEnvelope<PublishProperties>(published)
    if (role !== 'box') {
      const request = isRequestTopic(this.#topics, packet.topic)
      if (payload.byteLength > maxRequestBytes && !request) return reasons.packetTooLarge
      if (packet.retain && !request && !this.#mayRetain(packet.topic, payload)) return reasons.quotaExceeded
    }
    const expiryS = attachment?.messageExpiryInterval
    this.#origins.set(payload, {
      clientId: client.id,
      retain: packet.retain,
      properties: attachment,
      expiresAt: expiryS === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiryS * 1000,
    })
    packet.payload = payload
    return undefined
  }

  /** What others keep here is bounded in number, as it is in size. */
  #mayRetain(topic: string, payload: Buffer): boolean {
    if (payload.byteLength === 0) {
      this.#foreignRetained.delete(topic)
      return true
    }
    if (this.#foreignRetained.size >= retainedLimit && !this.#foreignRetained.has(topic)) return false
    this.#foreignRetained.add(topic)
    return true
  }

  #forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    const payload = bytesOf(packet.payload)
    const origin = this.#origins.get(payload)
    if (origin !== undefined && origin.expiresAt <= Date.now()) return null
    const stream = streamOf(client)
    if (packet.qos === 0 && stream?.clogged === true) return null
    const translator = stream?.translator
    if (translator === undefined) return packet
    const sealed = translator.forward({ topic: packet.topic, payload, retain: packet.retain }, origin)
    return sealed === undefined ? null : { ...packet, payload: sealed }
  }
}

const streamOf = (client: Client | undefined): ClientStream | undefined =>
  client?.conn instanceof ClientStream ? client.conn : undefined

const bytesOf = (payload: string | Buffer): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : payload

/** `returnCode` as in the CONNACK of MQTT 3.1.1. */
const refusedConnection = (returnCode: 3 | 4 | 5): AuthenticateError =>
  Object.assign(new Error('connection refused'), { returnCode })
