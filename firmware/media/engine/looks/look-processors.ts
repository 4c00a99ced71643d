/** What computes a look: a GStreamer pipeline on the GPU, or a thread on the CPU. Pictures come out as they go in. */
import { existsSync, readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Cause } from '../../../pusher/events.js'
import { lookShader } from '../../graph/look-shader.js'
import { gpuElements, type Look } from '../../graph/looks.js'
import { elementExists, GstPipeline } from '../binding.js'
import { type Colorimetry, i420Layout } from './i420.js'
import type { ToLookWorker } from './look-worker.js'

export interface PictureKind {
  readonly width: number
  readonly height: number
  readonly fps: number
  /** of GStreamer's caps; undefined: its default for the size */
  readonly colorimetry: string | undefined
}

/** A picture in I420; `offset` bytes of its memory lie before it. */
export interface PictureBytes {
  readonly data: ArrayBuffer
  readonly offset: number
}

export interface Processor {
  /** Shown from one of the next pictures on. */
  set(look: Look): void
  /** The memory is given away. */
  put(picture: PictureBytes, kind: PictureKind): void
  stop(): void
}

export interface ProcessorEvents {
  /** the pictures that were put, in order */
  done(picture: Uint8Array): void
  failed(cause: Cause): void
}

const gpuLaunch =
  'appsrc name=in is-live=true format=time max-bytes=0 ! glupload ! glcolorconvert ! glshader name=shader ! glcolorconvert ! gldownload ! capsfilter name=same ! appsink name=out sync=false async=false max-buffers=8'

const capsText = ({ width, height, fps, colorimetry }: PictureKind): string =>
  `video/x-raw,format=I420,width=${width},height=${height},framerate=${fps}/1,pixel-aspect-ratio=1/1${
    colorimetry === undefined ? '' : `,colorimetry=(string)${colorimetry}`
  }`

/**
 * A pull that the last use left behind takes the first picture of the next one, so these rest for longer than other
 * pipelines: no picture may get lost between those that go in and those that come out.
 */
const restMs = 5_000
const resting: { readonly pipeline: GstPipeline; readonly freeAtMs: number }[] = []

const rest = (pipeline: GstPipeline): void => {
  pipeline.stop()
  resting.push({ pipeline, freeAtMs: performance.now() + restMs })
}

const takeRested = (): GstPipeline | undefined =>
  resting[0] && resting[0].freeAtMs <= performance.now() ? resting.shift()?.pipeline : undefined

/** One pipeline with one shader: `glshader` compiles once only. */
interface Shading {
  readonly pipeline: GstPipeline
  caps: string | undefined
  count: number
  /** pictures that have not come back */
  underWay: number
  /** it has shown its first picture */
  ready: boolean
}

/** A change of the look starts a pipeline beside the one that runs; it takes over when it has shown a trial picture. */
export class GpuProcessor implements Processor {
  #events: ProcessorEvents
  #running: Shading
  #next: Shading | undefined
  /** wanted while another change was on its way */
  #wanted: Look | undefined
  #last: PictureKind | undefined
  /** what the next one gave while the last one still had something to give */
  #early: Uint8Array[] = []
  #old: Shading | undefined
  #stopped = false

  /** @throws Error when an element is missing */
  constructor(look: Look, events: ProcessorEvents) {
    const missing = gpuElements.find((name) => !elementExists(name))
    if (missing) throw new Error(`GStreamer's ${missing} is missing (gstreamer1.0-gl)`)
    this.#events = events
    this.#running = this.#begin(look)
    this.#running.ready = true
  }

  set(look: Look): void {
    if (this.#next || this.#old || !this.#last) {
      this.#wanted = look
      return
    }
    const next = this.#begin(look)
    this.#next = next
    const { width, height } = this.#last
    this.#push(next, { data: new ArrayBuffer(i420Layout(width, height).bytes), offset: 0 }, this.#last)
  }

  put(picture: PictureBytes, kind: PictureKind): void {
    this.#last = kind
    this.#push(this.#running, picture, kind)
    this.#setWanted()
  }

  stop(): void {
    this.#stopped = true
    for (const each of [this.#running, this.#next, this.#old]) if (each) rest(each.pipeline)
  }

  #begin(look: Look): Shading {
    const pipeline = takeRested() ?? new GstPipeline(gpuLaunch)
    const shading: Shading = { pipeline, caps: undefined, count: 0, underWay: 0, ready: false }
    pipeline.set('shader', 'fragment', lookShader(look))
    pipeline.play((message) => {
      if (message.type !== 'error' || this.#stopped) return
      this.#events.failed({ kind: 'gpu-failed', detail: String(message.message).slice(0, 300) })
    })
    pipeline.pull('out', ({ data }) => this.#done(shading, data))
    return shading
  }

  #push(shading: Shading, { data, offset }: PictureBytes, kind: PictureKind): void {
    const caps = capsText(kind)
    if (caps !== shading.caps) {
      shading.pipeline.set('same', 'caps', caps)
      shading.pipeline.set('in', 'caps', caps)
      shading.caps = caps
    }
    shading.count += 1
    shading.underWay += 1
    shading.pipeline.push('in', new Uint8Array(data, offset), shading.count * 1e6)
  }

  #done(shading: Shading, picture: Uint8Array): void {
    if (this.#stopped) return
    shading.underWay -= 1
    if (!shading.ready) {
      shading.ready = true
      this.#old = this.#running
      this.#running = shading
      this.#next = undefined
    } else if (shading === this.#running && this.#old) this.#early.push(picture)
    else this.#events.done(picture)
    if (this.#old?.underWay === 0) {
      rest(this.#old.pipeline)
      this.#old = undefined
      for (const early of this.#early.splice(0)) this.#events.done(early)
      this.#setWanted()
    }
  }

  #setWanted(): void {
    const look = this.#wanted
    if (!look || this.#next || this.#old) return
    this.#wanted = undefined
    this.set(look)
  }
}

export class CpuProcessor implements Processor {
  #worker: Worker
  #offsets: number[] = []
  #stopped = false

  constructor(look: Look, events: ProcessorEvents) {
    this.#worker = new Worker(new URL('./look-worker.js', import.meta.url))
    const failed = (detail: string): void => {
      if (!this.#stopped) events.failed({ kind: 'cpu-failed', detail })
    }
    this.#worker.on('message', (data: ArrayBuffer) => {
      const offset = this.#offsets.shift() ?? 0
      if (!this.#stopped) events.done(new Uint8Array(data, offset))
    })
    this.#worker.on('error', (error) => failed(String(error).slice(0, 300)))
    this.#worker.on('exit', (code) => failed(`its thread ended with ${code}`))
    this.set(look)
  }

  set(look: Look): void {
    this.#send({ type: 'look', look }, [])
  }

  put({ data, offset }: PictureBytes, { width, height, colorimetry }: PictureKind): void {
    this.#offsets.push(offset)
    this.#send(
      { type: 'picture', width, height, colorimetry: readColorimetry(colorimetry, height), data, offset },
      [data],
    )
  }

  stop(): void {
    this.#stopped = true
    void this.#worker.terminate()
  }

  #send(message: ToLookWorker, give: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, give)
  }
}

/** GStreamer's colorimetry, by name or as range:matrix:transfer:primaries; its default goes by the height. */
export const readColorimetry = (text: string | undefined, height: number): Colorimetry => {
  const [range, matrix] = text?.split(':') ?? []
  if (matrix !== undefined)
    return { matrix: matrix === '4' ? 'bt601' : 'bt709', range: range === '1' ? 'full' : 'video' }
  const bt601 = text === undefined ? height <= 576 : text === 'bt601'
  return { matrix: bt601 ? 'bt601' : 'bt709', range: 'video' }
}

const folder = '/dev/dri'
const nvidia = ['/dev/nvidia0', '/dev/nvhost-gpu', '/dev/nvgpu']

const renderNode = (): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('renderD'))

/** Whether this machine has a GPU that computes without a screen. */
export const hasGpu = (): boolean => renderNode() || nvidia.some(existsSync)

/** GStreamer's GL asks for a screen by default; whoever set its environment knows better. Before GL is first used. */
export const useGlWithoutScreen = (environment: NodeJS.ProcessEnv): void => {
  environment.GST_GL_API ??= 'gles2'
  environment.GST_GL_PLATFORM ??= 'egl'
  environment.GST_GL_WINDOW ??= renderNode() && !nvidia.some(existsSync) ? 'surfaceless' : 'egl-device'
}
