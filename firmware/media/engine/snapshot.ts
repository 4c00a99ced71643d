/**
 * Stills from the running picture: a valve in front of a JPEG encoder that is closed until somebody asks.
 * Requests for the same that come while one is being taken share its picture; others wait for their turn.
 */
import { flipSetting } from '../graph/mirror.js'
import { jpegSize } from '../image-header.js'
import type { GstPipeline } from './binding.js'

export interface Still {
  readonly image: Buffer
  readonly width: number
  readonly height: number
}

export interface StillWish {
  /** of the JPEG, 1 to 100 */
  readonly quality: number
  /** left and right changed, as the preview shows it */
  readonly flipped: boolean
}

interface Waiting {
  readonly wish: StillWish
  resolve(still: Still): void
  reject(error: Error): void
}

const flipElement = 'name=flip '
const usualDeadlineMs = 2_000
/** What slipped through the valve before it was closed has come by then: it is not what the next one asked for. */
const settleMs = 50

export class SnapshotTaker {
  /** pipelines whose stills are being pulled, with the run for which */
  #pulling = new WeakMap<GstPipeline, number>()
  #waiting: Waiting[] = []
  #deadlineMs: number
  #settling: NodeJS.Timeout | undefined
  /** what runs, as far as it was told */
  #pipeline: GstPipeline | undefined

  constructor(deadlineMs = usualDeadlineMs) {
    this.#deadlineMs = deadlineMs
  }

  /** @throws Error when no picture came in time, or this system can't flip one */
  take(pipeline: GstPipeline, wish: StillWish): Promise<Still> {
    if (wish.flipped && !pipeline.launch.includes(flipElement))
      return Promise.reject(new Error("GStreamer's taginject or videoflip is missing: it can't be flipped"))
    this.#pipeline = pipeline
    return new Promise((resolve, reject) => {
      const waiting = { wish, resolve, reject }
      this.#waiting.push(waiting)
      setTimeout(() => {
        const index = this.#waiting.indexOf(waiting)
        if (index < 0) return
        this.#waiting.splice(index, 1)
        if (index === 0) this.#open()
        reject(new Error(`no picture within ${this.#deadlineMs} ms`))
      }, this.#deadlineMs).unref()
      if (this.#waiting.length === 1 && !this.#settling) this.#open()
    })
  }

  /** Another pipeline took over: whoever still waits gets its picture. */
  follow(pipeline: GstPipeline): void {
    this.#pipeline = pipeline
    if (this.#waiting.length > 0) this.#open()
  }

  /** Lets one picture through for whoever has waited longest. */
  #open(): void {
    const pipeline = this.#pipeline
    const wish = this.#waiting[0]?.wish
    if (!pipeline) return
    if (!wish) return pipeline.set('shutter', 'drop', true)
    pipeline.set('jpeg', 'quality', wish.quality)
    if (pipeline.launch.includes(flipElement)) {
      const { element, property, value } = flipSetting(wish.flipped)
      pipeline.set(element, property, value)
    }
    pipeline.set('shutter', 'drop', false)
    if (this.#pulling.get(pipeline) === pipeline.runs) return
    this.#pulling.set(pipeline, pipeline.runs)
    pipeline.pull('snapshot', ({ data }) => this.#taken(pipeline, data))
  }

  #taken(pipeline: GstPipeline, data: Buffer): void {
    pipeline.set('shutter', 'drop', true)
    const wish = this.#waiting[0]?.wish
    if (!wish || this.#settling || pipeline !== this.#pipeline) return
    const isServed = (each: Waiting): boolean =>
      each.wish.quality === wish.quality && each.wish.flipped === wish.flipped
    const served = this.#waiting.filter(isServed)
    this.#waiting = this.#waiting.filter((each) => !isServed(each))
    this.#settling = setTimeout(() => {
      this.#settling = undefined
      if (this.#waiting.length > 0) this.#open()
    }, settleMs)
    const size = jpegSize(data)
    for (const each of served)
      if (size) each.resolve({ image: data, ...size })
      else each.reject(new Error('the picture is no JPEG'))
  }
}
