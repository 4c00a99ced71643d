import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Box } from '../../firmware/pusher/events.js'
import type { PreviewView } from '../../firmware/pusher/preview.js'
import { late, within } from '../deadline.js'
import type { Gate } from '../gate.js'
import { type ListenAddress, listen } from '../listen.js'
import { deny, denyOrigin, denyToken } from './admission.js'
import { answer, answerError, answerJson, notFound, securityHeaders } from './answer.js'
import type { HealthReport, MqttEndpoint, PreviewSource, SnapshotSource } from './http-ports.js'
import { BoxMetrics } from './metrics.js'
import { MqttWebSocket } from './mqtt-websocket.js'
import { sendPreview } from './preview.js'
import { PreviewPage } from './preview-page.js'
import { startPage } from './start-page.js'
import { findFile, findPacked, sendFile } from './static-files.js'

export interface HttpServerOptions {
  /** default 127.0.0.1 */
  readonly host?: string
  /** default 8080; 0 asks the kernel for a free one */
  readonly port?: number
  readonly box: Box
  /** lets others in who show a token; without it only clients of this machine are served */
  readonly gate?: Gate
  /** name of the box, for the start page */
  readonly name: string
  readonly health: () => HealthReport
  /** everything that helps to find a fault, as JSON, without secrets */
  readonly debug?: () => unknown | Promise<unknown>
  readonly preview?: PreviewSource
  /** what the page that plays it has to know; without it there is no such page */
  readonly previewView?: () => Promise<PreviewView>
  readonly snapshots?: SnapshotSource
  /** what `/mqtt` leads to */
  readonly mqtt?: MqttEndpoint
  /** where MQTT clients connect, for the start page; without credentials */
  readonly mqttAddress?: () => string | undefined
  /** what the topics of boxes begin with, for the phone app */
  readonly topicPrefix?: string
  /** folder of the built phone app; need not exist */
  readonly appFolder?: string
}

const maxConnections = 200
const snapshotMs = 5000
const stopMs = 1000

/**
 * The one HTTP port of the daemon: phone app, MQTT over WebSocket, preview, snapshots, metrics, health. Serves clients
 * of this machine, and others with a token, and reads nothing of a request but its method, path and headers.
 */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #metrics: BoxMetrics
  readonly #webSocket: MqttWebSocket
  readonly #previewPage: PreviewPage | undefined
  /** connections that left HTTP; node does not count them among its own any more */
  readonly #upgraded = new Set<Duplex>()
  #viewers = 0
  #server: Server | undefined
  #address: ListenAddress | undefined

  constructor(options: HttpServerOptions) {
    this.#options = options
    this.#metrics = new BoxMetrics(options.box, () => this.#viewers)
    this.#webSocket = new MqttWebSocket(options.mqtt)
    this.#previewPage = options.previewView && new PreviewPage(options.box, options.previewView)
  }

  /** Opens the port. Rejects with a `ListenError`, kind `port-in-use` when somebody else has it. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#server !== undefined) return
    const { host = '127.0.0.1', port = 8080 } = this.#options
    const server = createServer(
      {
        headersTimeout: 5000,
        requestTimeout: 10_000,
        keepAliveTimeout: 5000,
        connectionsCheckingInterval: 1000,
        maxHeaderSize: 8192,
        noDelay: true,
      },
      (request, response) => {
        void this.#handle(request, response)
      },
    )
    server.maxConnections = maxConnections
    // ends a viewer that takes nothing at all
    server.setTimeout(30_000)
    server.on('upgrade', (request, socket, head) => {
      void this.#upgrade(request, socket, head)
    })
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
      else socket.destroy()
    })
    this.#server = server
    try {
      this.#address = await listen(server, { host, port }, signal)
    } catch (error) {
      this.#server = undefined
      throw error
    }
    server.on('error', () => undefined)
    this.#metrics.start()
  }

  /** Closes the port and every connection, within a second. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    this.#address = undefined
    this.#metrics.stop()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of this.#upgraded) socket.destroy()
    server.closeAllConnections()
    await within(closed, stopMs)
  }

  /** Where the server listens; undefined while it does not. */
  address(): ListenAddress | undefined {
    return this.#address
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // nothing is read from a body, and an error on either side only ends this exchange
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    try {
      await this.#route(request, response)
    } catch {
      if (response.headersSent) response.destroy()
      else answerError(response, 500, 'internal', 'this answer could not be made')
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gate } = this.#options
    const denial = deny(request, this.#address?.host ?? '', gate)
    if (denial !== undefined) return answerError(response, denial.status, denial.kind, denial.message)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const headers = { Allow: 'GET, HEAD', Connection: 'close' }
      return answerError(response, 405, 'method-not-allowed', 'only GET and HEAD', headers)
    }
    const path = pathOf(request)
    // The phone app itself is no secret; how it gets in stands behind the # of its address, which nobody sends.
    if (!isPublic(path) && !(await this.#isApp(path))) {
      const denial = denyToken(request, gate)
      if (denial !== undefined) return answerError(response, denial.status, denial.kind, denial.message)
    }
    switch (path) {
      case '/mqtt':
        return answerError(response, 426, 'websocket-only', 'MQTT over WebSocket', { Upgrade: 'websocket' })
      case '/preview.flv':
        return this.#preview(request, response)
      case '/metrics':
        return answer(response, 200, this.#metrics.contentType, await this.#metrics.text())
      case '/healthz': {
        const report = this.#options.health()
        return answerJson(response, report.ok ? 200 : 503, report)
      }
      case '/box.json': {
        const { name, topicPrefix: prefix, box } = this.#options
        return answerJson(response, 200, { name, prefix, version: box.state().version })
      }
      case '/debug':
        return answerJson(response, 200, (await this.#options.debug?.()) ?? {})
      default:
        if (path.startsWith('/snapshots/')) return this.#snapshot(path, response)
        if (await this.#previewPage?.answer(path, request, response)) return
        return this.#file(path, request, response)
    }
  }

  async #isApp(path: string): Promise<boolean> {
    const { appFolder } = this.#options
    return appFolder !== undefined && (await findFile(appFolder, path)) !== undefined
  }

  async #preview(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { preview } = this.#options
    if (preview === undefined) return answerError(response, 503, 'no-preview', 'this box has no preview')
    this.#viewers += 1
    try {
      await sendPreview(preview, request, response)
    } finally {
      this.#viewers -= 1
    }
  }

  async #snapshot(path: string, response: ServerResponse): Promise<void> {
    const id = /^\/snapshots\/(?<id>[A-Za-z0-9-]{1,64})\.jpg$/.exec(path)?.groups?.id
    const { snapshots } = this.#options
    if (id === undefined || snapshots === undefined) return notFound(response)
    const picture = await within(snapshots.read(id), snapshotMs)
    if (picture === late)
      return answerError(response, 504, 'snapshot-timed-out', 'the picture did not come in time')
    if (picture === undefined) return notFound(response)
    // an id never means another picture
    answer(response, 200, 'image/jpeg', picture, { 'Cache-Control': 'private, max-age=3600' })
  }

  async #file(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { appFolder } = this.#options
    const file = appFolder === undefined ? undefined : await findFile(appFolder, path)
    if (appFolder !== undefined && file !== undefined)
      return sendFile(request, response, file, await findPacked(request, appFolder, path))
    if (path !== '/') return notFound(response)
    const { box, name, preview, previewView, mqttAddress } = this.#options
    const page = startPage({
      name,
      state: box.state().state,
      preview: preview !== undefined,
      previewPage: previewView !== undefined,
      mqttAddress: mqttAddress?.(),
      webSocket: this.#webSocket.available,
    })
    answer(response, 200, 'text/html; charset=utf-8', page)
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#upgraded.add(socket)
    socket.once('close', () => this.#upgraded.delete(socket))
    socket.on('error', () => undefined)
    const { gate, mqtt } = this.#options
    // the embedded broker asks for the token itself; another one would not know of it
    const denial =
      deny(request, this.#address?.host ?? '', gate) ??
      denyOrigin(request) ??
      (mqtt?.kind === 'external' ? denyToken(request, gate) : undefined)
    if (denial !== undefined) return refuseUpgrade(socket, denial.status, denial)
    if (pathOf(request) !== '/mqtt') {
      return refuseUpgrade(socket, 404, { kind: 'not-found', message: 'WebSockets are at /mqtt' })
    }
    const refusal = await this.#webSocket.upgrade(request, socket, head)
    if (refusal !== undefined) refuseUpgrade(socket, refusal.status, refusal)
  }
}

/** The path as it was sent, without the query; the URL class would resolve `..` and take `//x` for a host. */
const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? ''

const isPublic = (path: string): boolean => ['/', '/box.json', '/healthz', '/mqtt'].includes(path)

/** A client that does not close after its refusal is closed. */
const lingerMs = 500

const refuseUpgrade = (
  socket: Duplex,
  status: number,
  { kind, message }: { readonly kind: string; readonly message: string },
): void => {
  const body = `${JSON.stringify({ error: { kind, message } })}\n`
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    () => {
      const timer = setTimeout(() => socket.destroy(), lingerMs)
      socket.once('close', () => clearTimeout(timer))
    },
  )
}
