/**
 * One RTMP session: appsrc ! rtmp2sink, fed from the hub through a queue (send-queue.ts).
 * The sink tells little, so the session watches for itself: the TCP connection in the kernel's table (connected),
 * the sink's own statistics, which stay at zero until publish was accepted (published), and the bytes that the
 * peer took (stalled). See ../../../../docs/architecture.md.
 */
import type { Cause } from '../../../pusher/events.js'
import type { Destination, OutputLimits } from '../../protocol.js'
import { type GstPipeline, takePipeline } from '../binding.js'
import { metadataBody, writeTag } from '../flv.js'
import type { Hub, TimedTag } from '../hub.js'
import { Opening } from '../opening.js'
import { outputCause } from './rtmp-failures.js'
import { installedSink, sinkPackage } from './rtmp-sinks.js'
import { SendQueue } from './send-queue.js'
import {
  endSocket,
  findSocket,
  ownsAddress,
  readTcpInfo,
  type Socket,
  type TcpInfo,
  tuneSocket,
  waitsForAnswer,
} from './tcp-info.js'

const watchConnectingMs = 10
const watchPublishedMs = 200
const notSentBytes = 16 * 1024
/** A standstill longer than this is reason to see whether our own address is still there. */
const addressDoubtMs = 400
/** How long a session waits with its first keyframe for a lane that is changing. */
const openingPatienceMs = 1_500
/** C0 and C1 of RTMP's handshake. */
const firstPacketBytes = 1537
/** Failures that only a server causes to which the connection stood. */
const saidOverRtmp: ReadonlySet<string> = new Set(['rejected', 'handshake'])

const sink = installedSink()

/** Longest that the end of a session is waited for. */
const goodbyeMs = 300

export interface RtmpEvents {
  connected(): void
  published(): void
  lost(cause: Cause): void
  /** whether a lane is about to change its sequence headers: a session had better begin with the new ones */
  changing(): boolean
  /** the next keyframe is wanted at once */
  wantKeyframe(): void
}

/** For the rate controller; see its LinkSignals. */
/** What the kernel and our queue tell of a session that media goes out on. */
export interface OutputSignals {
  readonly rttMs: number
  readonly rttVarMs: number
  readonly minRttMs: number
  /** what the path delivered last */
  readonly deliveryKbps: number
  readonly bytesAcked: number
  /** total that the kernel was given: acknowledged, on the way and not sent */
  readonly bytesSent: number
  readonly notSentBytes: number
  /** how long the oldest that waits above the kernel has waited */
  readonly queueAgeMs: number
  /** waiting above the kernel, with what the sink took ahead */
  readonly queueBytes: number
  /** frames, without what the sink took ahead */
  readonly queuePackets: number
}

export interface RtmpCounters {
  readonly bytesSent: number
  readonly videoQueued: number
  readonly audioQueued: number
  readonly queueAgeMs: number
  readonly videoDropped: number
  readonly tcp: TcpInfo | undefined
}

type Phase = 'connecting' | 'connected' | 'published' | 'ended'

export class RtmpOutput {
  #hub: Hub
  #destination: Destination
  #limits: OutputLimits
  #events: RtmpEvents
  #pipeline: GstPipeline | undefined
  #phase: Phase = 'connecting'
  #phaseSince = performance.now()
  #opening: Opening
  #queue: SendQueue
  #detach: (() => void) | undefined
  /** the server was told that the session ends */
  #letGo: (() => void) | undefined
  #watch: NodeJS.Timeout | undefined
  #socket: Socket | undefined
  #tcp: TcpInfo | undefined
  #bytesSent = 0
  #progressAt = performance.now()
  #progressMark = ''

  constructor(hub: Hub, destination: Destination, limits: OutputLimits, events: RtmpEvents) {
    this.#hub = hub
    this.#destination = destination
    this.#limits = limits
    this.#events = events
    this.#opening = new Opening(hub)
    this.#queue = new SendQueue(limits, {
      sink: () => (this.#phase === 'published' ? this.#pipeline : undefined),
      socket: () => this.#socket,
      bytes: (tag) => this.#opening.bytes(tag),
      wantKeyframe: () => events.wantKeyframe(),
    })
  }

  start(): void {
    this.#phaseSince = performance.now()
    if (!sink) {
      queueMicrotask(() =>
        this.#lose({ kind: 'element-missing', element: 'rtmp2sink', install: sinkPackage }),
      )
      return
    }
    const pipeline = takePipeline(sink.launch)
    this.#pipeline = pipeline
    pipeline.set('sink', 'location', sink.location(this.#destination.url, this.#limits))
    if (sink.hasTimeout) pipeline.set('sink', 'timeout', Math.ceil(this.#limits.publishMs / 1000))
    pipeline.play((message) => {
      const isEnd = message.type === 'error' || message.type === 'eos'
      if (isEnd && this.#phase === 'ended') this.#letGo?.()
      else if (message.type === 'error') this.#lose(outputCause(message))
      else if (message.type === 'eos') this.#lose({ kind: 'closed' })
    })
    if (sink.needsFirstTag) pipeline.push('feed', writeTag('script', 0, metadataBody(this.#hub.streamFacts)))
    this.#watch = setInterval(() => this.#look(), watchConnectingMs)
  }

  /** Ends the session; no event follows. Resolves when the server was told, or would not listen. */
  async stop(): Promise<void> {
    const pipeline = this.#pipeline
    if (this.#phase !== 'published' || !sink || sink.blocks || !pipeline) return this.#end()
    this.#leave()
    // At the end of a stream the sink unpublishes before it closes the connection.
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, goodbyeMs)
      this.#letGo = () => {
        clearTimeout(timer)
        resolve()
      }
      pipeline.end()
    })
    pipeline.stop()
  }

  /** Ends it without a word. */
  #end(): void {
    if (this.#phase === 'ended') return
    this.#abandon()
    this.#leave()
    this.#pipeline?.stop()
  }

  #leave(): void {
    this.#phase = 'ended'
    clearInterval(this.#watch)
    this.#detach?.()
    this.#queue.stop()
  }

  /** A sink that is stopped before publish stands leaves its connection open; one that blocks would hold us up. */
  #abandon(): void {
    const isPublished = this.#phase === 'published'
    if (isPublished && (!sink?.blocks || this.#queue.isEmpty)) return
    const socket = isPublished ? this.#socket : findSocket(this.#destination.port)
    if (socket) endSocket(socket)
  }

  /** Whether the keyframe that opens the session went out. */
  get streaming(): boolean {
    return this.#opening.done
  }

  /** Whether nobody has said a word to us yet: the name is not found, or the connection does not stand. */
  get hangs(): boolean {
    const { port } = this.#destination
    return this.#phase === 'connecting' && (waitsForAnswer(port) || findSocket(port) === undefined)
  }

  get counters(): RtmpCounters {
    // As fresh as what was encoded, with which it is compared.
    if (this.#phase === 'published') this.#readSent()
    return {
      bytesSent: this.#bytesSent,
      videoQueued: this.#queue.count('video'),
      audioQueued: this.#queue.count('audio'),
      queueAgeMs: this.#queue.ageMs,
      videoDropped: this.#queue.videoDropped,
      tcp: this.#tcp,
    }
  }

  /** What goes on below; undefined before media goes out. */
  get signals(): OutputSignals | undefined {
    const tcp = this.#phase === 'published' && this.#socket ? readTcpInfo(this.#socket) : undefined
    if (!tcp || !this.#pipeline) return undefined
    this.#tcp = tcp
    this.#queue.heldBytes = tcp.sendQueueBytes
    const ahead = this.#pipeline.bigNumber('feed', 'current-level-bytes')
    const { rttMs, rttVarMs, minRttMs, bytesAcked, notSentBytes } = tcp
    return {
      rttMs,
      rttVarMs,
      minRttMs,
      deliveryKbps: (tcp.deliveryRate * 8) / 1000,
      bytesAcked,
      bytesSent: bytesAcked + tcp.sendQueueBytes,
      notSentBytes,
      queueAgeMs: this.#queue.ageMs,
      queueBytes: this.#queue.bytes + ahead,
      queuePackets: this.#queue.count('video') + this.#queue.count('audio'),
    }
  }

  /** Most bytes that may be below our queue: what is above can still be left out. */
  set windowBytes(bytes: number) {
    this.#queue.windowBytes = bytes
  }

  /** Leaves out pictures that wait, up to the next keyframe, which is asked for. */
  drop(): void {
    this.#queue.dropPictures()
  }

  #lose(cause: Cause): void {
    if (this.#phase === 'ended') return
    // A server on the same wire may say no between two looks at the kernel's table.
    if (this.#phase === 'connecting' && this.#wasAnswered(cause)) this.#connected()
    const during = this.#phase
    this.#end()
    this.#events.lost({ ...cause, during })
  }

  #enter(phase: 'connected' | 'published'): void {
    this.#phase = phase
    this.#phaseSince = performance.now()
  }

  #look(): void {
    const inPhaseMs = performance.now() - this.#phaseSince
    if (this.#phase === 'connecting') {
      const socket = this.#findSocket()
      if (socket && this.#isOpen(socket)) this.#connected()
      else if (inPhaseMs > this.#limits.connectMs)
        this.#lose(socket ? { kind: 'tls', detail: 'no answer' } : { kind: 'connect-timeout' })
    }
    if (this.#phase === 'connected') {
      if (sink?.accepted(this.#stats)) this.#publish()
      else if (inPhaseMs > this.#limits.publishMs) this.#lose({ kind: 'handshake-timeout' })
    } else if (this.#phase === 'published') this.#inspect()
  }

  #connected(): void {
    this.#enter('connected')
    this.#events.connected()
  }

  #findSocket(): Socket | undefined {
    const socket = findSocket(this.#destination.port)
    if (socket && socket.inode !== this.#socket?.inode) {
      this.#socket = socket
      tuneSocket(socket, { notSentBytes, userTimeoutMs: 2 * this.#limits.stallMs })
    }
    return socket
  }

  /** With TLS the connection stands once the first packet of RTMP, larger than all that TLS says first, was taken. */
  #isOpen(socket: Socket): boolean {
    return !this.#destination.tls || (readTcpInfo(socket)?.bytesAcked ?? 0) >= firstPacketBytes
  }

  #wasAnswered({ kind }: Cause): boolean {
    return saidOverRtmp.has(kind) || (!this.#destination.tls && (kind === 'closed' || kind === 'reset'))
  }

  get #stats(): string {
    return String(this.#pipeline?.child('sink').stats)
  }

  #publish(): void {
    this.#enter('published')
    clearInterval(this.#watch)
    this.#watch = setInterval(() => this.#look(), watchPublishedMs)
    this.#progressAt = performance.now()
    this.#detach = this.#hub.attach({ take: (tag) => this.#take(tag) })
    this.#events.wantKeyframe()
    this.#events.published()
  }

  #readSent(): void {
    this.#bytesSent = sink?.bytesSent(this.#stats) ?? this.#tcp?.bytesAcked ?? this.#bytesSent
  }

  #inspect(): void {
    if (this.#socket) this.#tcp = readTcpInfo(this.#socket) ?? this.#tcp
    this.#readSent()
    const mark = `${this.#tcp?.bytesAcked ?? 0}/${this.#bytesSent}`
    const idle = this.#queue.isEmpty && !this.#tcp?.notSentBytes
    if (mark !== this.#progressMark || idle) {
      this.#progressMark = mark
      this.#progressAt = performance.now()
      return
    }
    const stillMs = performance.now() - this.#progressAt
    if (stillMs > this.#limits.stallMs) this.#lose({ kind: 'stalled' })
    else if (stillMs > addressDoubtMs && this.#socket && !ownsAddress(this.#socket.localAddress))
      this.#lose({ kind: 'address-gone' })
  }

  #mayOpen(): boolean {
    return !this.#events.changing() || performance.now() - this.#phaseSince > openingPatienceMs
  }

  #take(tag: TimedTag): void {
    if (!this.#opening.done && !(tag.keyframe && this.#mayOpen())) return
    this.#queue.put(tag)
  }
}
