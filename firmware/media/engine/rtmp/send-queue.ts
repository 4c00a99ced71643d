/**
 * What waits to be sent: little is handed ahead of the network, so that the age of the rest is the real delay and it
 * can still be left out. Pictures go before sound, up to the next keyframe.
 */
import type { OutputLimits } from '../../protocol.js'
import type { GstPipeline } from '../binding.js'
import type { TimedTag } from '../hub.js'
import { readTcpInfo, type Socket } from './tcp-info.js'

/** Handed to the sink ahead of the network; the rest waits in our queue, where its age is known. */
const sinkAheadBytes = 16 * 1024
const drainMs = 5
/** So long a connection is new, and so many round trips more than an old one it may hold a picture back. */
const startMs = 2_000
const startRoundTrips = 3

interface Waiting {
  /** since when it waits, engine ms: how old the picture was when it came is no matter of the network */
  readonly sinceMs: number
  readonly tag: TimedTag
}

export interface QueueWorld {
  /** where it goes, while something may go */
  sink(): GstPipeline | undefined
  socket(): Socket | undefined
  /** what goes out for a tag */
  bytes(tag: TimedTag): Iterable<Buffer>
  /** the next keyframe is wanted at once */
  wantKeyframe(): void
}

export class SendQueue {
  #world: QueueWorld
  #limits: Pick<OutputLimits, 'queueMs' | 'stallMs'>
  #waiting: Waiting[] = []
  #skipToKeyframe = false
  #drain: NodeJS.Timeout | undefined
  #videoDropped = 0
  #windowBytes = Number.POSITIVE_INFINITY
  /** pushed since the kernel was asked how much it holds */
  #pushedBytes = 0
  #heldBytes = 0
  #beganMs: number | undefined

  constructor(limits: Pick<OutputLimits, 'queueMs' | 'stallMs'>, world: QueueWorld) {
    this.#limits = limits
    this.#world = world
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** How long the oldest has waited. */
  get ageMs(): number {
    const oldest = this.#waiting[0]
    return oldest ? Math.max(0, performance.now() - oldest.sinceMs) : 0
  }

  get bytes(): number {
    return this.#waiting.reduce((sum, { tag }) => sum + tag.body.length, 0)
  }

  get videoDropped(): number {
    return this.#videoDropped
  }

  /** How many frames of a track wait. */
  count(track: TimedTag['track']): number {
    return this.#waiting.filter(({ tag }) => tag.track === track && !tag.config).length
  }

  /** Most bytes that may be below this queue: what is above can still be left out. */
  set windowBytes(bytes: number) {
    this.#windowBytes = bytes > 0 ? bytes : Number.POSITIVE_INFINITY
    this.#pump()
  }

  /** The kernel was just asked how much it holds. */
  set heldBytes(bytes: number) {
    this.#heldBytes = bytes
    this.#pushedBytes = 0
  }

  put(tag: TimedTag): void {
    if (tag.track === 'video' && !tag.config && this.#skipToKeyframe) {
      if (!tag.keyframe) {
        this.#videoDropped += 1
        return
      }
      this.#skipToKeyframe = false
    }
    this.#beganMs ??= performance.now()
    this.#waiting.push({ sinceMs: performance.now(), tag })
    this.#dropStale()
    this.#pump()
  }

  /** Leaves out pictures that wait, up to the next keyframe, which is asked for. */
  dropPictures(): void {
    const before = this.#waiting.length
    const pictures = (entry: Waiting): boolean => entry.tag.track === 'video' && !entry.tag.config
    const lastKeyframe = this.#waiting.findLastIndex((entry) => entry.tag.keyframe)
    const keepFrom = lastKeyframe > 0 ? lastKeyframe : before
    this.#waiting = this.#waiting.filter((entry, index) => !pictures(entry) || index >= keepFrom)
    this.#videoDropped += before - this.#waiting.length
    if (keepFrom === before && before > this.#waiting.length) {
      this.#skipToKeyframe = true
      this.#world.wantKeyframe()
    }
  }

  /** For good. */
  stop(): void {
    clearTimeout(this.#drain)
    this.#waiting = []
  }

  /** Too old a queue: pictures up to the next keyframe go, sound stays, and a keyframe is asked for. */
  #dropStale(): void {
    if (this.ageMs <= this.#limits.queueMs || this.ageMs <= this.#limits.queueMs + this.#startingMs()) return
    this.dropPictures()
    // Sound alone older than this means a link that carries nothing: the stall deadline ends it.
    const soundLimitMs = this.#limits.stallMs * 2
    while (this.#waiting[0] && performance.now() - this.#waiting[0].sinceMs > soundLimitMs)
      this.#waiting.shift()
  }

  /** TCP begins slowly, however fast the link is: the first keyframe takes some round trips to get out. */
  #startingMs(): number {
    const socket = this.#world.socket()
    const isNew = performance.now() - (this.#beganMs ?? 0) < startMs
    return isNew && socket ? startRoundTrips * (readTcpInfo(socket)?.minRttMs ?? 0) : 0
  }

  /** Whether more may go below this queue. */
  #isRoom(pipeline: GstPipeline): boolean {
    const ahead = pipeline.bigNumber('feed', 'current-level-bytes')
    if (ahead > sinkAheadBytes) return false
    if (this.#heldBytes + this.#pushedBytes < this.#windowBytes) return true
    // The kernel is asked only when it matters.
    const socket = this.#world.socket()
    this.#heldBytes = (socket && readTcpInfo(socket)?.sendQueueBytes) ?? 0
    this.#pushedBytes = ahead
    return this.#heldBytes + this.#pushedBytes < this.#windowBytes
  }

  #pump(): void {
    const pipeline = this.#world.sink()
    if (!pipeline) return
    clearTimeout(this.#drain)
    while (this.#waiting.length > 0) {
      if (!this.#isRoom(pipeline)) {
        this.#drain = setTimeout(() => this.#pump(), drainMs)
        return
      }
      const next = this.#waiting.shift()
      if (!next) return
      for (const bytes of this.#world.bytes(next.tag)) {
        pipeline.push('feed', bytes)
        this.#pushedBytes += bytes.length
      }
    }
  }
}
