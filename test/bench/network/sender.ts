/**
 * The box as far as the network sees it: encoder and microphone, the session's queue with its dropping rule, and
 * the little that the sink takes ahead. Same rules as firmware/media/engine/rtmp/send-queue.ts.
 */
import type { Bounds, Chosen } from './contender.js'
import { type EncoderOptions, ModelEncoder } from './encoder.js'
import type { TcpConnection } from './tcp.js'

export interface Frame {
  readonly track: 'video' | 'audio'
  readonly bytes: number
  readonly keyframe: boolean
  /** counts up by one per track */
  readonly number: number
  readonly capturedMs: number
}

const audioEveryMs = 1024 / 48
const messageHeaderBytes = 12

export class Sender {
  readonly frames: Frame[] = []
  dropped = 0
  #bounds: Bounds
  #encoder: ModelEncoder
  #dropAfterMs: number | undefined
  #aheadBytes: number
  #queue: Frame[] = []
  #sink: Frame[] = []
  #sinkBytes = 0
  #skipping = true
  #nextVideoMs = 0
  #nextAudioMs = 0
  #numbers = { video: 0, audio: 0 }
  #encoded: { atMs: number; bytes: number }[] = []
  /** what the connection was given: the frame and where it ends in the stream of bytes */
  #onTheWay: { readonly frame: Frame; readonly end: number }[] = []

  constructor(bounds: Bounds, encoder: EncoderOptions, dropAfterMs: number | undefined, aheadBytes: number) {
    this.#bounds = bounds
    this.#encoder = new ModelEncoder(encoder)
    this.#dropAfterMs = dropAfterMs
    this.#aheadBytes = aheadBytes
  }

  /** Captures what is due; without a connection it is not kept. */
  capture(nowMs: number, chosen: Chosen, connected: boolean): void {
    for (; this.#nextVideoMs <= nowMs; this.#nextVideoMs += 1000 / chosen.fps) {
      const { bytes, keyframe } = this.#encoder.encode(nowMs, chosen)
      this.#encoded.push({ atMs: nowMs, bytes })
      this.#take(
        { track: 'video', bytes, keyframe, number: this.#numbers.video++, capturedMs: nowMs },
        connected,
      )
    }
    for (; this.#nextAudioMs <= nowMs; this.#nextAudioMs += audioEveryMs) {
      const bytes = Math.round((this.#bounds.audioKbps * audioEveryMs) / 8)
      this.#take(
        { track: 'audio', bytes, keyframe: false, number: this.#numbers.audio++, capturedMs: nowMs },
        connected,
      )
    }
    while (this.#encoded[0] && this.#encoded[0].atMs < nowMs - 1000) this.#encoded.shift()
    this.#dropStale(nowMs)
  }

  #take(frame: Frame, connected: boolean): void {
    this.frames.push(frame)
    if (frame.keyframe && connected) this.#skipping = false
    const kept = connected && (frame.track === 'audio' || !this.#skipping)
    if (kept) this.#queue.push(frame)
    else if (frame.track === 'video') this.dropped += 1
  }

  #dropStale(nowMs: number): void {
    const oldest = this.#queue[0]
    if (this.#dropAfterMs !== undefined && oldest && nowMs - oldest.capturedMs > this.#dropAfterMs)
      this.dropToKeyframe()
  }

  /** Pictures up to the next keyframe go, sound stays; a keyframe is asked for when none waits. */
  dropToKeyframe(): void {
    const lastKeyframe = this.#queue.findLastIndex(({ keyframe }) => keyframe)
    const keepFrom = lastKeyframe > 0 ? lastKeyframe : this.#queue.length
    const before = this.#queue.length
    this.#queue = this.#queue.filter(({ track }, index) => track === 'audio' || index >= keepFrom)
    if (before === this.#queue.length) return
    this.dropped += before - this.#queue.length
    if (keepFrom < before) return
    this.#skipping = true
    this.#encoder.forceKeyframe()
  }

  /** The session is over: what waited is lost, the next one begins with a keyframe. */
  disconnect(): void {
    this.dropped += this.#queue.filter(({ track }) => track === 'video').length
    this.#queue = []
    this.#sink = []
    this.#sinkBytes = 0
    this.#onTheWay = []
    this.#skipping = true
  }

  connect(): void {
    this.#encoder.forceKeyframe()
  }

  hand(connection: TcpConnection, windowBytes = Number.POSITIVE_INFINITY): void {
    const below = (): number => this.#sinkBytes + connection.bytesWritten - connection.info.bytesAcked
    const hasRoom = (): boolean => this.#sinkBytes <= this.#aheadBytes && below() < windowBytes
    for (let next = this.#queue[0]; next && hasRoom(); next = this.#queue[0]) {
      this.#queue.shift()
      this.#sink.push(next)
      this.#sinkBytes += next.bytes + messageHeaderBytes
    }
    for (let next = this.#sink[0]; next && connection.writable; next = this.#sink[0]) {
      this.#sink.shift()
      this.#sinkBytes -= next.bytes + messageHeaderBytes
      connection.write(next.bytes + messageHeaderBytes)
      this.#onTheWay.push({ frame: next, end: connection.bytesWritten })
    }
  }

  /** Frames that the other side has whole by now. */
  arrived(bytesReceived: number): Frame[] {
    const arrived: Frame[] = []
    for (let next = this.#onTheWay[0]; next && next.end <= bytesReceived; next = this.#onTheWay[0]) {
      this.#onTheWay.shift()
      arrived.push(next.frame)
    }
    return arrived
  }

  /** The oldest frame that has not arrived, ms; 0 when all have. */
  oldestAgeMs(nowMs: number): number {
    const oldest = this.#onTheWay[0]?.frame ?? this.#sink[0] ?? this.#queue[0]
    return oldest ? nowMs - oldest.capturedMs : 0
  }

  queueAgeMs(nowMs: number): number {
    return this.#queue[0] ? nowMs - this.#queue[0].capturedMs : 0
  }

  get queueBytes(): number {
    return this.#queue.reduce((sum, { bytes }) => sum + bytes, 0) + this.#sinkBytes
  }

  get queuePackets(): number {
    return this.#queue.length
  }

  /** Video out of the encoder over the last second. */
  get encodedKbps(): number {
    return (this.#encoded.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / 1000
  }
}
