/**
 * How far the picture is zoomed in: by the `zoom` attribute, or by `setZoom` until the attribute is set again or the
 * other camera is shown.
 */
import { zoomedSize } from '../../media/graph/lanes.js'
import type { VideoSource } from '../../media/graph/sources.js'
import { greatestZoom, type PictureSize } from '../../media/graph/zoom.js'
import type { Attributes } from '../../pusher/attributes.js'

/** Of config.yaml. */
export interface ZoomRange {
  /** what `zoom: true` means */
  readonly factor: number
  /** what `setZoom` takes at most; less where the camera has too few pixels */
  readonly max: number
}

export class Zoom {
  #range: ZoomRange
  #chosen: number | undefined

  constructor(range: ZoomRange) {
    this.#range = range
  }

  /** Overrides the attribute. */
  choose(factor: number): void {
    this.#chosen = factor
  }

  /** The attribute counts again. */
  forget(): void {
    this.#chosen = undefined
  }

  /** The greatest factor of that source; of a clip or an unknown source as if it had the size of the picture. */
  max(source: VideoSource | undefined, picture: PictureSize): number {
    return greatestZoom((source && zoomedSize(source, picture)) ?? picture, picture, this.#range.max)
  }

  /** Of the camera that is shown. */
  factor(attributes: Attributes, source: VideoSource, picture: PictureSize): number {
    if (this.#chosen === undefined) return this.initial(attributes, source, picture)
    return Math.min(this.#chosen, this.max(source, picture))
  }

  /** Of a camera that is switched to. */
  initial({ zoom }: Attributes, source: VideoSource, picture: PictureSize): number {
    return zoom ? Math.min(this.#range.factor, this.max(source, picture)) : 1
  }
}
