import type { IncomingMessage } from 'node:http'
import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws'
import { late, within } from '../deadline.js'
import type { ExternalEndpoint, MqttEndpoint } from './http-ports.js'

/** A WebSocket could not be opened, with the HTTP status that says so. */
export interface UpgradeRefusal {
  readonly status: 400 | 502 | 503
  readonly kind: 'not-mqtt' | 'no-broker' | 'broker-unreachable' | 'too-many-clients'
  readonly message: string
}

const maxClients = 100
/** of one WebSocket message; the broker has its own limit for MQTT packets */
const maxMessageBytes = 2 * 1024 * 1024
const brokerMs = 10_000
const subprotocols = ['mqtt', 'mqttv3.1']

/** MQTT over WebSocket: hands each connection to the embedded broker, or passes its bytes to an external one. */
export class MqttWebSocket {
  readonly #endpoint: MqttEndpoint | undefined
  readonly #streams = new Set<Duplex>()
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  })

  constructor(endpoint: MqttEndpoint | undefined) {
    this.#endpoint = endpoint
  }

  /** Whether there is a broker to reach. */
  get available(): boolean {
    return this.#endpoint !== undefined
  }

  /** Takes the connection over, or answers why not; then the connection is still the caller's. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<UpgradeRefusal | undefined> {
    const endpoint = this.#endpoint
    if (endpoint === undefined) return { status: 503, kind: 'no-broker', message: 'there is no MQTT broker' }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (!subprotocols.some((name) => offered.includes(name))) {
      return { status: 400, kind: 'not-mqtt', message: 'the WebSocket subprotocol must be mqtt' }
    }
    if (this.#streams.size >= maxClients) {
      return { status: 503, kind: 'too-many-clients', message: `at most ${maxClients} clients` }
    }
    if (endpoint.kind === 'embedded') {
      this.#accept(request, socket, head, (stream) => endpoint.accept(stream, request.socket.remoteAddress))
      return undefined
    }
    const broker = await reach(endpoint)
    if (broker === undefined) {
      return { status: 502, kind: 'broker-unreachable', message: 'the MQTT broker does not answer' }
    }
    if (socket.destroyed) broker.destroy()
    else this.#accept(request, socket, head, (stream) => this.#join(stream, broker))
    return undefined
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer, use: (stream: Duplex) => void): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // MQTT is binary; the standard wants the connection closed for anything else
      webSocket.on('message', (_data, isBinary) => {
        if (!isBinary) webSocket.close(1003)
      })
      const stream = createWebSocketStream(webSocket)
      this.#track(stream)
      use(stream)
    })
  }

  #join(stream: Duplex, broker: Duplex): void {
    this.#track(broker)
    pipeline(stream, broker, stream, () => undefined)
  }

  #track(stream: Duplex): void {
    this.#streams.add(stream)
    stream.on('error', () => undefined)
    stream.once('close', () => this.#streams.delete(stream))
  }
}

/** A connection to the broker, or undefined when it cannot be had in time. */
const reach = async (endpoint: ExternalEndpoint): Promise<Duplex | undefined> => {
  const { stream, opened } = open(endpoint)
  stream.on('error', () => undefined)
  const outcome = await within(opened, brokerMs)
  if (outcome === true) return stream
  if (outcome === late || outcome === false) stream.destroy()
  return undefined
}

const open = (endpoint: ExternalEndpoint): { readonly stream: Duplex; readonly opened: Promise<boolean> } => {
  const url = new URL(endpoint.url)
  const { ca, cert, key, rejectUnauthorized = true } = endpoint
  const tls = {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = (standard: number) => (url.port === '' ? standard : Number(url.port))
  switch (url.protocol) {
    case 'mqtt:': {
      const stream = connectTcp({ host, port: port(1883), noDelay: true })
      return { stream, opened: outcomeOf(stream, 'connect') }
    }
    case 'mqtts:': {
      const stream = connectTls({
        host,
        port: port(8883),
        ...(/[a-z]/i.test(host) ? { servername: host } : {}),
        ...tls,
      })
      return { stream, opened: outcomeOf(stream, 'secureConnect') }
    }
    default: {
      // credentials of the url are the box's own, and are not lent
      const address = `${url.protocol}//${url.host}${url.pathname}${url.search}`
      const webSocket = new WebSocket(address, 'mqtt', {
        perMessageDeflate: false,
        handshakeTimeout: brokerMs,
        ...tls,
      })
      return { stream: createWebSocketStream(webSocket), opened: outcomeOf(webSocket, 'open') }
    }
  }
}

interface Emitter {
  once(event: string, listener: () => void): unknown
}

const outcomeOf = (emitter: Emitter, success: string): Promise<boolean> =>
  new Promise((resolve) => {
    emitter.once(success, () => resolve(true))
    emitter.once('error', () => resolve(false))
    emitter.once('close', () => resolve(false))
  })
