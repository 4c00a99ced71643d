/**
 * Stills from the running picture: a valve in front of a JPEG encoder that is closed until somebody asks.
 * Requests that come while one is being taken share its picture.
 */
import { jpegSize } from '../image-header.js'
import type { GstPipeline } from './binding.js'

export interface Still {
  readonly image: Buffer
  readonly width: number
  readonly height: number
}

interface Waiting {
  resolve(still: Still): void
  reject(error: Error): void
}

const deadlineMs = 2_000

export class SnapshotTaker {
  /** pipelines whose stills are being pulled, with the run for which */
  #pulling = new WeakMap<GstPipeline, number>()
  #waiting: Waiting[] = []
  #quality = 0

  /** @throws Error when no picture came in time */
  take(pipeline: GstPipeline, quality: number): Promise<Still> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject }
      this.#waiting.push(waiting)
      setTimeout(() => {
        const index = this.#waiting.indexOf(waiting)
        if (index < 0) return
        this.#waiting.splice(index, 1)
        reject(new Error(`no picture within ${deadlineMs} ms`))
      }, deadlineMs).unref()
      this.#quality = quality
      this.#open(pipeline)
    })
  }

  /** Another pipeline took over: whoever still waits gets its picture. */
  follow(pipeline: GstPipeline): void {
    if (this.#waiting.length > 0) this.#open(pipeline)
  }

  #open(pipeline: GstPipeline): void {
    pipeline.set('jpeg', 'quality', this.#quality)
    pipeline.set('shutter', 'drop', false)
    if (this.#pulling.get(pipeline) === pipeline.runs) return
    this.#pulling.set(pipeline, pipeline.runs)
    pipeline.pull('snapshot', ({ data }) => {
      pipeline.set('shutter', 'drop', true)
      const waiters = this.#waiting
      this.#waiting = []
      const size = jpegSize(data)
      for (const each of waiters)
        if (size) each.resolve({ image: data, ...size })
        else each.reject(new Error('the picture is no JPEG'))
    })
  }
}
