/** What is set on a pipeline, before it plays and while it runs: its own settings, the zoom, and how much it encodes. */
import { videoEncoders } from '../../graph/encoders.js'
import { type Pace, paceSettings } from '../../graph/pace.js'
import { type PictureSize, sizeOfCaps, zoomSettings } from '../../graph/zoom.js'
import type { LaneSpec, PropertySetting } from '../../protocol.js'
import type { GstPipeline } from '../binding.js'
import { setV4l2Bitrate } from './v4l2-rate.js'

export class LiveSettings {
  #spec: LaneSpec
  #pipeline: GstPipeline | undefined
  #zoom: number
  #pace: Pace | undefined
  /** what was set of it, by element and property */
  #paced = new Map<string, PropertySetting['value']>()
  #v4l2Kbps = 0
  #clipSize: PictureSize | undefined

  constructor(spec: LaneSpec, pace: Pace | undefined) {
    this.#spec = spec
    this.#pace = pace
    this.#zoom = spec.zoom?.factor ?? 1
  }

  /** Sets everything on a pipeline that is about to play. */
  attach(pipeline: GstPipeline): void {
    this.#pipeline = pipeline
    for (const setting of this.#spec.settings) this.apply(setting)
    this.zoom(this.#zoom)
    if (this.#pace) this.pace(this.#pace)
  }

  apply(setting: PropertySetting): void {
    this.#pipeline?.set(setting.element, setting.property, setting.value)
  }

  applyWhereItIs(setting: PropertySetting): void {
    if (this.#pipeline?.has(setting.element)) this.apply(setting)
  }

  /** Of a clip, as soon as its size is known. */
  zoom(factor: number): void {
    this.#zoom = factor
    const { zoom } = this.#spec
    const source = zoom?.source ?? this.#clipSize
    if (!zoom || !source) return
    for (const setting of zoomSettings(factor, source, zoom.shape)) this.apply(setting)
  }

  /** What a clip's frames are. */
  clip(caps: string): void {
    this.#pipeline?.set('feed', 'caps', caps)
    this.#clipSize = sizeOfCaps(caps)
    this.zoom(this.#zoom)
  }

  /** Sets what is different from what the pipeline has. */
  pace(pace: Pace): void {
    this.#pace = pace
    const { facts, pace: spec } = this.#spec
    const { width = 0, height = 0, fps = 0 } = facts
    if (!spec || !this.#pipeline) return
    const rate = videoEncoders[spec.encoder].bitrate(pace.kbps)
    // Meant for a successor of another size.
    const fits = pace.width <= width && pace.height <= height
    const picture = fits ? paceSettings(pace, { width, height, fps }) : []
    for (const setting of [...(rate ? [rate] : []), ...picture]) {
      const key = `${setting.element}.${setting.property}`
      if (this.#paced.get(key) === setting.value) continue
      this.#paced.set(key, setting.value)
      this.apply(setting)
    }
    if (spec.encoder === 'v4l2h264enc') this.#paceV4l2(pace.kbps)
  }

  /** Its descriptor is there once it is open. */
  #paceV4l2(kbps: number): void {
    const fd = Number(this.#pipeline?.child('encoder')['device-fd'] ?? -1)
    if (fd < 0 || kbps === this.#v4l2Kbps) return
    if (setV4l2Bitrate(fd, kbps)) this.#v4l2Kbps = kbps
  }
}
