import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { freePort, listenOnLoopback, loopback } from '../ports.js'
import type { Teardown } from '../teardown.js'
import { waitFor, withDeadline } from '../wait-for.js'
import type { RtmpMessage } from './chunks.js'
import { limitReceiveBuffer } from './receive-buffer.js'
import { type MediaMessage, parseMedia, type RecordedSession } from './recorded.js'
import { type PublishRequest, RtmpServerSide } from './server-side.js'

export interface IngestOptions {
  /** decides each publish; everything is accepted by default */
  readonly accept?: (request: PublishRequest) => boolean
  /** reads not faster than this, all connections alike; see also {@link RtmpIngest.setReadKbps} */
  readonly readKbps?: number
  /** SO_RCVBUF of each connection; the kernel's own sizing when not given */
  readonly receiveBufferBytes?: number
  /** runs once per session, when so many bytes have come since publish was accepted */
  readonly atBytes?: { readonly bytes: number; readonly act: (socket: Socket) => void }
  /** RTMPS with this PEM key and certificate */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer }
  /** false drops the payload of frames once it is parsed, for long runs; sizes stay right */
  readonly keepPayloads?: boolean
  /** where it listens; on a free loopback port when not given */
  readonly at?: ListenAt
}

/** Another place than this process's own loopback, such as the far end of an emulated link. */
export interface ListenAt {
  readonly host: string
  readonly port: number
  listen(server: Server): void
}

/** How much time a slow reader may catch up when its timer or this process was late. */
const lateMs = 50

/** An RTMP server in this process that remembers everything it was sent. */
export interface RtmpIngest {
  readonly port: number
  /** address to push to; the stream is `camera` unless named */
  url(stream?: string): string
  /** every accepted publish, oldest first */
  readonly sessions: readonly RecordedSession[]
  readonly refusals: readonly PublishRequest[]
  readonly protocolErrors: readonly Error[]
  /** TCP connections ever accepted, and those that are open now */
  connections(): { readonly accepted: number; readonly open: number }
  /** resolves with the n-th session (from 1) once it has so many messages */
  session(n: number, options?: { messages?: number; timeoutMs?: number }): Promise<RecordedSession>
  /** undefined reads as fast as possible again */
  setReadKbps(kbps: number | undefined): void
  /** ends every connection: `close` with FIN, `reset` with RST */
  drop(how?: 'close' | 'reset'): void
  /** stops listening and resets what is open; `restart` listens on the same port again */
  stop(): Promise<void>
  restart(): Promise<void>
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
type Session = Mutable<RecordedSession> & { readonly messages: MediaMessage[] }

/** Starts an ingest on a free loopback port; it stops with the test. */
export const startRtmpIngest = async (t: Teardown, options: IngestOptions = {}): Promise<RtmpIngest> => {
  const sessions: Session[] = []
  const refusals: PublishRequest[] = []
  const protocolErrors: Error[] = []
  const sockets = new Set<Socket>()
  let accepted = 0
  let readKbps = options.readKbps
  let server: Server | undefined
  const port = options.at?.port ?? (await freePort())

  const serve = (socket: Socket): void => {
    let session: Session | undefined
    let isActDone = false
    const record = (message: RtmpMessage): void => {
      const media = parseMedia(message, performance.now())
      const isKept = options.keepPayloads !== false || media.kind === 'data' || media.role === 'config'
      session?.messages.push(isKept ? media : { ...media, payload: Buffer.alloc(0) })
    }
    const rtmp = new RtmpServerSide(socket, {
      onPublish: (request) => {
        if (options.accept?.(request) === false) {
          refusals.push(request)
          return false
        }
        session = {
          ...request,
          startedMs: performance.now(),
          messages: [],
          bytes: 0,
          ended: undefined,
          socket,
        }
        sessions.push(session)
        return true
      },
      onMedia: record,
      onUnpublish: () => {
        if (session) session.ended = 'unpublished'
      },
      onProtocolError: (error) => {
        protocolErrors.push(error)
        if (session) session.ended ??= 'failed'
      },
    })
    let resume: NodeJS.Timeout | undefined
    let dueMs = 0
    socket.on('data', (bytes) => {
      rtmp.receive(bytes)
      if (session) session.bytes += bytes.length
      if (readKbps !== undefined) {
        socket.pause()
        // from the moment at which this read was due, so that late timers don't make it slower
        dueMs = Math.max(dueMs, performance.now() - lateMs) + (bytes.length * 8) / readKbps
        resume = setTimeout(() => socket.resume(), dueMs - performance.now())
      }
      if (session && options.atBytes && !isActDone && session.bytes >= options.atBytes.bytes) {
        isActDone = true
        clearTimeout(resume)
        options.atBytes.act(socket)
      }
    })
    socket.on('error', () => {
      if (session) session.ended ??= 'failed'
    })
    socket.on('close', () => {
      clearTimeout(resume)
      if (session) session.ended ??= 'closed'
    })
  }

  const listen = async (): Promise<void> => {
    const own = options.tls ? createTlsServer(options.tls, serve) : createServer(serve)
    own.on('tlsClientError', () => undefined)
    own.on('connection', (socket: Socket) => {
      accepted += 1
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
    })
    if (options.at) {
      options.at.listen(own)
      await withDeadline(once(own, 'listening'), { what: `a server to listen on port ${port}` })
    } else await listenOnLoopback(own, port)
    if (options.receiveBufferBytes !== undefined) limitReceiveBuffer(own, options.receiveBufferBytes)
    server = own
  }

  const stop = async (): Promise<void> => {
    const own = server
    server = undefined
    if (!own) return
    const closed = new Promise((resolve) => own.close(resolve))
    for (const socket of sockets) socket.resetAndDestroy()
    await withDeadline(closed, { what: 'the ingest to stop' })
  }

  await listen()
  t.teardown(stop)
  return {
    port,
    url: (stream = 'camera') =>
      `${options.tls ? 'rtmps' : 'rtmp'}://${options.at?.host ?? loopback}:${port}/live/${stream}`,
    sessions,
    refusals,
    protocolErrors,
    connections: () => ({ accepted, open: sockets.size }),
    session: (n, { messages = 0, timeoutMs = 10_000 } = {}) =>
      waitFor(
        () => {
          const session = sessions[n - 1]
          return session && session.messages.length >= messages ? session : undefined
        },
        { what: `session ${n} with ${messages} messages (${sessions.length} sessions so far)`, timeoutMs },
      ),
    setReadKbps: (kbps) => {
      readKbps = kbps
      if (kbps === undefined) for (const socket of sockets) socket.resume()
    },
    drop: (how = 'close') => {
      for (const socket of sockets) {
        if (how === 'reset') socket.resetAndDestroy()
        else socket.end()
      }
    },
    stop,
    restart: async () => {
      await stop()
      await listen()
    },
  }
}
