/**
 * Digital zoom: the middle of the camera's own picture, cut out before it is scaled, so that it stays as sharp as the
 * camera delivers it. Works on one that runs: the scaler behind the cut always gives the size that the encoder has.
 */
import type { PropertySetting } from '../protocol.js'

export interface PictureSize {
  readonly width: number
  readonly height: number
  /** width of a pixel divided by its height; 1 unless given */
  readonly pixelAspect?: number
}

/** What the media process needs to turn a factor into a cut. */
export interface ZoomSpec {
  /** 1 is the whole picture */
  readonly factor: number
  /** what the source delivers; undefined where only its frames tell (a clip) */
  readonly source?: PictureSize
  /** the shape that the picture is cropped to before it is zoomed */
  readonly shape: PictureSize
}

/** Launch text; its margins are what {@link zoomSettings} sets. */
export const zoomLaunch = 'videocrop name=zoom'

/** A cut of fewer pixels of the source on its shorter side shows blocks instead of a picture. */
const fewestPixels = 64

/** What is left of the source when it is cropped to the shape. */
const cropped = (
  { width, height, pixelAspect = 1 }: PictureSize,
  shape: PictureSize,
): { readonly width: number; readonly height: number } => {
  const wanted = shape.width / shape.height / pixelAspect
  return { width: Math.min(width, height * wanted), height: Math.min(height, width / wanted) }
}

/** Even, so that colour and brightness are cut at the same place. */
const margin = (length: number, factor: number): number =>
  2 * Math.max(0, Math.round((length * (1 - 1 / factor)) / 4))

/** The margins that leave the middle of a source, `factor` times smaller than all of it. */
export const zoomSettings = (
  factor: number,
  source: PictureSize,
  shape: PictureSize,
): readonly PropertySetting[] => {
  const { width, height } = cropped(source, shape)
  const [sides, ends] = [margin(width, factor), margin(height, factor)]
  return Object.entries({ left: sides, right: sides, top: ends, bottom: ends }).map(([property, value]) => ({
    element: 'zoom',
    property,
    value,
  }))
}

/** The greatest factor in steps of 0.1 that a source stands, at most `most`. */
export const greatestZoom = (source: PictureSize, shape: PictureSize, most: number): number => {
  const { width, height } = cropped(source, shape)
  const stands = Math.floor((Math.min(width, height) / fewestPixels) * 10) / 10
  return Math.max(1, Math.min(most, stands))
}

/** The size that the caps of raw frames tell; undefined when they tell none. */
export const sizeOfCaps = (caps: string): PictureSize | undefined => {
  const [, width] = /\bwidth=(\d+)/.exec(caps) ?? []
  const [, height] = /\bheight=(\d+)/.exec(caps) ?? []
  if (width === undefined || height === undefined) return undefined
  const [, across, down] = /\bpixel-aspect-ratio=(\d+)\/(\d+)/.exec(caps) ?? []
  const pixelAspect = Number(across) / Number(down)
  return {
    width: Number(width),
    height: Number(height),
    ...(Number.isFinite(pixelAspect) && pixelAspect > 0 ? { pixelAspect } : {}),
  }
}
