/**
 * The one importer of the native module. Gives pipelines that can be started and stopped again and again:
 * the binding never frees a Pipeline, so a stopped one is kept and used again for the same launch text.
 */
import { createRequire } from 'node:module'
import type { AppSink, AppSrc, BusMessage, Element, Pipeline as NativePipeline } from 'gstreamer-superficial'
import koffi from 'koffi'

const { Pipeline } = createRequire(import.meta.url)('gstreamer-superficial') as {
  Pipeline: new (launch: string) => NativePipeline
}

export type { BusMessage } from 'gstreamer-superficial'

/** A sample pulled from an appsink. */
export interface Sample {
  readonly data: Buffer
  readonly caps: Readonly<Record<string, unknown>>
}

/** Bus poll and pulls of a stopped pipeline end a moment later; only then may it be played again. */
const restMs = 500
/** A pipeline that left NULL has more to say at once. */
const silenceMs = 10
/** GST_SEEK_FLAG_FLUSH, GST_SEEK_FLAG_ACCURATE */
const seekFlush = 1
const seekAccurate = 2
const pool = new Map<string, { pipeline: GstPipeline; freeAt: number }[]>()

const native = (launch: string): NativePipeline => {
  const pipeline = new Pipeline(launch)
  // A bus that flushes itself on stop() would leave its poll thread waiting for ever.
  pipeline['auto-flush-bus'] = false
  return pipeline
}

/**
 * Parses launch text into a pipeline, or takes a rested one with the same text.
 * @throws Error with GStreamer's message when an element is missing or the text is wrong
 */
export const takePipeline = (launch: string): GstPipeline => {
  const rested = pool.get(launch)
  const index = rested?.findIndex((entry) => entry.freeAt <= performance.now()) ?? -1
  const entry = index >= 0 ? rested?.splice(index, 1)[0] : undefined
  return entry?.pipeline ?? new GstPipeline(launch)
}

const gstreamer = koffi.load('libgstreamer-1.0.so.0')
const findFactory = gstreamer.func('void *gst_element_factory_find(const char *)') as (
  name: string,
) => unknown

/** Whether GStreamer has an element of this name: asks the registry, loads no plugin. */
export const elementExists = (name: string): boolean => findFactory(name) !== null

export class GstPipeline {
  readonly launch: string
  #native: NativePipeline
  #children = new Map<string, Element>()
  #onMessage: ((message: BusMessage) => void) | undefined
  #runs = 0
  /** whether what is heard is of this run */
  #isCurrent = false

  constructor(launch: string) {
    this.launch = launch
    this.#native = native(launch)
  }

  /** How often it was started: tells one use of a pipeline from the next. */
  get runs(): number {
    return this.#runs
  }

  /** The element of that name. @throws when the pipeline has none: a mistake in the launch text */
  child(name: string): Element {
    const known = this.#children.get(name)
    if (known) return known
    const found = this.#native.findChild(name)
    if (!found) throw new Error(`no element "${name}" in: ${this.launch}`)
    this.#children.set(name, found)
    return found
  }

  has(name: string): boolean {
    return this.#children.has(name) || this.#native.findChild(name) !== undefined
  }

  set(name: string, property: string, value: string | number | boolean): void {
    this.child(name)[property] = value
  }

  /** A property that the binding gives as text because it is 64 bits wide. */
  bigNumber(name: string, property: string): number {
    const value = Number(this.child(name)[property])
    return Number.isFinite(value) ? value : 0
  }

  /** Pushes into an appsrc; `ptsNs` is running time. */
  push(name: string, data: Uint8Array, ptsNs?: number): void {
    const source = this.child(name) as AppSrc
    if (ptsNs === undefined) return source.push(data)
    const pts = Buffer.alloc(8)
    pts.writeBigUInt64BE(BigInt(Math.max(0, Math.round(ptsNs))))
    source.push(data, pts)
  }

  /** Bus messages go to `onMessage` from now on until stop(). */
  play(onMessage: (message: BusMessage) => void): void {
    this.#listen(onMessage)
    this.#native.play()
  }

  pause(onMessage: (message: BusMessage) => void): void {
    this.#listen(onMessage)
    this.#native.pause()
  }

  /** From PAUSED to PLAYING. */
  resume(): void {
    this.#native.play()
  }

  /**
   * Calls back with every sample until stop(), or for as long as it is wanted. Call it after play(): before PAUSED the
   * binding answers null.
   */
  pull(name: string, onSample: (sample: Sample) => void, wanted: () => boolean = () => true): void {
    const sink = this.child(name) as AppSink
    const listener = this.#onMessage
    const next = (): void =>
      sink.pull((data, caps) => {
        if (this.#onMessage === undefined || this.#onMessage !== listener) return
        if (data === null) {
          // Not playing yet, or end of stream: the bus tells which.
          setTimeout(next, 5)
          return
        }
        onSample({ data, caps })
        if (this.#onMessage === listener && wanted()) next()
      })
    next()
  }

  keyframe(elementBehindEncoder: string): void {
    this.#native.forceKeyUnit(elementBehindEncoder, 1)
  }

  switchPad(element: string, pad: string): void {
    this.#native.setPad(element, 'active-pad', pad)
  }

  /** End of stream from every source; the bus tells when it has reached every sink. */
  end(): void {
    this.#native.sendEOS()
  }

  durationS(): number {
    return this.#native.queryDuration()
  }

  /** Back to the start, waiting in PAUSED. A file source only; quick, because nothing downstream blocks. */
  rewind(): void {
    this.#native.pause()
    this.#native.seek(0, seekFlush)
  }

  /** To that whole second of what is played, exactly. Whether that could be done. */
  seek(seconds: number): boolean {
    return this.#native.seek(seconds, seekFlush | seekAccurate)
  }

  /** Back to NULL; the pipeline may be taken again after a rest. */
  stop(): void {
    if (!this.#onMessage) return
    this.#onMessage = undefined
    this.#native.stop()
    const rested = pool.get(this.launch) ?? []
    rested.push({ pipeline: this, freeAt: performance.now() + restMs })
    pool.set(this.launch, rested)
  }

  #listen(onMessage: (message: BusMessage) => void): void {
    this.#onMessage = onMessage
    this.#runs += 1
    this.#isCurrent = this.#runs === 1
    let lasting = false
    const poll = (): void => {
      let heard = 0
      const again = (): void => {
        if (heard === 1 && !lasting && this.#onMessage === onMessage) poll()
      }
      this.#native.pollBus((message) => {
        heard += 1
        lasting ||= heard > 1
        this.#hear(message)
        // After a message in NULL the binding listens no more, and a pipeline whose device can't be opened never
        // leaves NULL: ask again for its next word, until it is the error.
        if (!lasting) setTimeout(() => setImmediate(again), silenceMs)
      })
    }
    poll()
  }

  /** Whichever poll took it off the bus: one that began in an earlier run may still wait there for a message. */
  #hear(message: BusMessage): void {
    // A bus that is not flushed still holds the end of the last run: skip to the first word of this one.
    this.#isCurrent ||= message.type === 'state-changed' && message['old-state'] === 'GST_STATE_NULL'
    if (this.#isCurrent) this.#onMessage?.(message)
  }
}
