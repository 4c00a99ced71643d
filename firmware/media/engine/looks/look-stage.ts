/**
 * Takes pictures out of the video lane in front of its encoder, has a look computed, and puts them back with the time
 * that they had. A lane is built for it (`looks` to `looked` in ../../graph/lanes.ts) and does without it as long as no
 * look is wanted: then one switch in the lane leads past, and nothing of this runs.
 *
 * A running lane is led through here only when a trial picture has come back; a new one begins here, so that a look
 * that was on is on from the first frame. Whatever fails or is late here is given up: the lane goes on without a look.
 */
import type { Cause } from '../../../pusher/events.js'
import type { EffectPlace, Look } from '../../graph/looks.js'
import type { GstPipeline } from '../binding.js'
import { i420Layout } from './i420.js'
import {
  CpuProcessor,
  GpuProcessor,
  hasGpu,
  type PictureBytes,
  type PictureKind,
  type Processor,
  type ProcessorEvents,
} from './look-processors.js'

export type Place = 'gpu' | 'cpu'

export interface LookEvents {
  /** `trying`: from now on a fault of the driver may end the process; `slow`: pictures are left out */
  told(event: 'trying' | 'works' | 'failed' | 'slow', place: Place, cause?: Cause): void
}

type Make = (look: Look, events: ProcessorEvents) => Processor

export interface LookParts {
  readonly hasGpu: () => boolean
  readonly gpu: Make
  readonly cpu: Make
}

const ownParts: LookParts = {
  hasGpu,
  gpu: (look, events) => new GpuProcessor(look, events),
  cpu: (look, events) => new CpuProcessor(look, events),
}

/** Pictures on their way at most; fewer once it is clear that it is not a hitch. */
const mostInFlight = 8
const mostWhenSlow = 2
const slowAfterMs = 1_500
const trialDeadlineMs = 8_000
const pictureDeadlineMs = 1_500
/** A lane that is always busy is led past although pictures are on their way. */
const leaveDeadlineMs = 500
const checkMs = 100
const plain = 'src_0'
const through = 'src_1'

interface Job {
  readonly trial: boolean
  /** none: the trial picture, or one that comes too late */
  passage: Passage | undefined
  readonly ptsNs: number
  readonly atMs: number
}

interface Active {
  readonly place: Place
  readonly processor: Processor
  readonly jobs: Job[]
  proven: boolean
  /** when a picture came back last: with a queue, the oldest one is late although all is well */
  lastDoneMs: number
  /** more than one picture was on its way ever since */
  busySinceMs: number | undefined
  slow: boolean
}

export class LookStage {
  #events: LookEvents
  #parts: LookParts
  #look: Look | undefined
  #places: Place[] = []
  #active: Active | undefined
  #passages = new Set<Passage>()
  #check: NodeJS.Timeout | undefined

  constructor(events: LookEvents, parts: Partial<LookParts> = {}) {
    this.#events = events
    this.#parts = { ...ownParts, ...parts }
  }

  /** What is shown from now on; undefined: pictures as they are. */
  set(look: Look | undefined, place: EffectPlace): void {
    const wasOff = this.#look === undefined
    this.#look = place === 'off' ? undefined : look
    if (!this.#look) return this.#update()
    if (wasOff) this.#places = this.#placesFor(place)
    if (this.#active) this.#active.processor.set(this.#look)
    this.#update()
  }

  /** A lane with a stage is about to play. @returns what to do once it plays, and when it has ended */
  enter(pipeline: GstPipeline, kind: Omit<PictureKind, 'colorimetry'>): Passage {
    const passage: Passage = new Passage(pipeline, kind, {
      picture: (picture, ptsNs) => this.#picture(passage, picture, ptsNs),
      left: () => {
        this.#passages.delete(passage)
        this.#update()
      },
    })
    this.#passages.add(passage)
    this.#update()
    passage.lead(this.#look !== undefined && this.#places.length > 0)
    return passage
  }

  /** Everything that follows from what is wanted and what there is. */
  #update(): void {
    const wanted = this.#look !== undefined && this.#passages.size > 0 && this.#places.length > 0
    if (wanted && !this.#active) this.#begin()
    for (const passage of this.#passages) {
      if (wanted) passage.leavingSinceMs = undefined
      if (wanted && this.#active?.proven) passage.lead(true)
      else if (!wanted && passage.isLed) this.#leadPast(passage)
    }
    if (!wanted && this.#active && ![...this.#passages].some(({ isLed }) => isLed)) this.#end()
    if (this.#active) this.#check ??= setInterval(() => this.#watch(), checkMs)
    else {
      clearInterval(this.#check)
      this.#check = undefined
    }
  }

  #placesFor(place: EffectPlace): Place[] {
    if (place === 'auto') return this.#parts.hasGpu() ? ['gpu', 'cpu'] : ['cpu']
    return place === 'off' ? [] : [place]
  }

  #begin(): void {
    const [place] = this.#places
    const look = this.#look
    const first = [...this.#passages].at(-1)
    if (!place || !look || !first) return
    this.#events.told('trying', place)
    const events = {
      done: (picture: Uint8Array): void => {
        if (this.#active === active) this.#done(picture)
      },
      failed: (cause: Cause): void => {
        if (this.#active === active) this.#failed(cause)
      },
    }
    let active: Active | undefined
    try {
      const processor = this.#parts[place](look, events)
      active = {
        place,
        processor,
        jobs: [],
        proven: false,
        lastDoneMs: 0,
        busySinceMs: undefined,
        slow: false,
      }
      this.#active = active
      const { bytes } = i420Layout(first.kind.width, first.kind.height)
      this.#put(undefined, { data: new ArrayBuffer(bytes), offset: 0 }, 0, first.kind)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      // Reported after set() or enter() returned, like every other failure.
      setImmediate(() => this.#failed({ kind: `${place}-missing`, detail: detail.slice(0, 300) }))
    }
  }

  #end(): void {
    this.#active?.processor.stop()
    this.#active = undefined
  }

  #picture(passage: Passage, picture: PictureBytes, ptsNs: number): void {
    const active = this.#active
    // Led past or given up meanwhile: this one was the last.
    if (!active || !(active.proven || passage.isLed))
      return passage.push(new Uint8Array(picture.data, picture.offset), ptsNs)
    if (active.jobs.length >= (active.slow ? mostWhenSlow : mostInFlight)) return
    this.#put(passage, picture, ptsNs, passage.kind)
  }

  #put(passage: Passage | undefined, picture: PictureBytes, ptsNs: number, kind: PictureKind): void {
    this.#active?.jobs.push({ trial: passage === undefined, passage, ptsNs, atMs: performance.now() })
    this.#active?.processor.put(picture, kind)
  }

  #done(picture: Uint8Array): void {
    const active = this.#active
    const job = active?.jobs.shift()
    if (!active || !job) return
    active.lastDoneMs = performance.now()
    if (active.jobs.length < 2) active.busySinceMs = undefined
    job.passage?.push(picture, job.ptsNs)
    if (job.trial) {
      active.proven = true
      this.#events.told('works', active.place)
    }
    this.#update()
  }

  /** Between two pictures, so that none is lost and none comes twice. */
  #leadPast(passage: Passage): void {
    const underWay = this.#active?.jobs.filter((job) => job.passage === passage) ?? []
    passage.leavingSinceMs ??= performance.now()
    if (underWay.length > 0 && performance.now() - passage.leavingSinceMs < leaveDeadlineMs) return
    for (const job of underWay) job.passage = undefined
    passage.lead(false)
  }

  #watch(): void {
    const active = this.#active
    if (!active) return
    const now = performance.now()
    const [oldest] = active.jobs
    const deadlineMs = active.proven ? pictureDeadlineMs : trialDeadlineMs
    if (oldest && now - Math.max(oldest.atMs, active.lastDoneMs) > deadlineMs)
      return this.#failed({ kind: `${active.place}-silent`, afterMs: deadlineMs })
    if (active.proven && active.jobs.length >= 2) {
      active.busySinceMs ??= now
      if (!active.slow && now - active.busySinceMs > slowAfterMs) {
        active.slow = true
        this.#events.told('slow', active.place)
      }
    }
    this.#update()
  }

  #failed(cause: Cause): void {
    const place = this.#active?.place ?? this.#places[0]
    this.#end()
    this.#places.shift()
    // What was on its way is lost; what comes goes past until the next place has proven itself.
    for (const passage of this.#passages) passage.lead(false)
    if (place) this.#events.told('failed', place, cause)
    this.#update()
  }
}

interface PassageEvents {
  picture(picture: PictureBytes, ptsNs: number): void
  left(): void
}

// GStreamer Data Protocol 1.0
const gdpHeader = 62
const gdpBuffer = 1
const gdpCaps = 2

/** One lane's way through the stage. */
export class Passage {
  kind: PictureKind
  isLed = false
  leavingSinceMs: number | undefined
  #pipeline: GstPipeline
  #events: PassageEvents
  #pulls = false
  #playing = false
  #left = false

  constructor(pipeline: GstPipeline, kind: Omit<PictureKind, 'colorimetry'>, events: PassageEvents) {
    this.#pipeline = pipeline
    this.#events = events
    this.kind = { ...kind, colorimetry: undefined }
    this.#pipeline.switchPad('looks', plain)
  }

  /** The pipeline plays: pulls are answered from now on. */
  played(): void {
    this.#playing = true
    if (this.isLed) this.#pull()
  }

  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#events.left()
  }

  lead(into: boolean): void {
    this.leavingSinceMs = undefined
    if (this.#left || this.isLed === into) return
    this.isLed = into
    if (into && this.#playing) this.#pull()
    this.#pipeline.switchPad('looks', into ? through : plain)
  }

  push(picture: Uint8Array, ptsNs: number): void {
    if (!this.#left) this.#pipeline.push('looked-at', picture, ptsNs)
  }

  #pull(): void {
    if (this.#pulls) return
    this.#pulls = true
    this.#pipeline.pull('look', ({ data }) => {
      if (this.#left || data.length < gdpHeader) return
      const type = data.readUInt16BE(4)
      if (type === gdpCaps) this.#caps(data.toString('latin1', gdpHeader).replace(/\0.*$/s, ''))
      if (type !== gdpBuffer) return
      const memory = data.buffer
      const picture =
        memory instanceof ArrayBuffer && data.byteLength === memory.byteLength
          ? { data: memory, offset: gdpHeader }
          : { data: Uint8Array.from(data).buffer, offset: gdpHeader }
      this.#events.picture(picture, Number(data.readBigUInt64BE(10)))
    })
  }

  /** Pictures go back as exactly what they were: anything else would restart the encoder. */
  #caps(caps: string): void {
    this.#pipeline.set('looked-at', 'caps', caps)
    const colorimetry = /colorimetry=\(string\)([\w:]+)/.exec(caps)?.[1]
    this.kind = { ...this.kind, colorimetry }
  }
}
