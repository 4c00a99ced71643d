/** What computes a look: a GStreamer pipeline on the GPU, or a thread on the CPU. Pictures come out as they go in. */
import { existsSync, readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Cause } from '../../pusher/events.js'
import { lookShader } from '../graph/look-shader.js'
import { gpuElements, type Look } from '../graph/looks.js'
import { elementExists, type GstPipeline, takePipeline } from './binding.js'
import type { Colorimetry } from './look-pixels.js'
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

export class GpuProcessor implements Processor {
  #pipeline: GstPipeline
  #caps: string | undefined
  #count = 0

  /** @throws Error when an element is missing */
  constructor(look: Look, events: ProcessorEvents) {
    const missing = gpuElements.find((name) => !elementExists(name))
    if (missing) throw new Error(`GStreamer's ${missing} is missing (gstreamer1.0-gl)`)
    this.#pipeline = takePipeline(gpuLaunch)
    this.set(look)
    this.#pipeline.play((message) => {
      if (message.type === 'error')
        events.failed({ kind: 'gpu-failed', detail: String(message.message).slice(0, 300) })
    })
    this.#pipeline.pull('out', ({ data }) => events.done(data))
  }

  set(look: Look): void {
    this.#pipeline.set('shader', 'fragment', lookShader(look))
    this.#pipeline.set('shader', 'update-shader', true)
  }

  put({ data, offset }: PictureBytes, kind: PictureKind): void {
    const caps = capsText(kind)
    if (caps !== this.#caps) {
      this.#pipeline.set('same', 'caps', caps)
      this.#pipeline.set('in', 'caps', caps)
      this.#caps = caps
    }
    this.#count += 1
    this.#pipeline.push('in', new Uint8Array(data, offset), this.#count * 1e6)
  }

  stop(): void {
    this.#pipeline.stop()
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
