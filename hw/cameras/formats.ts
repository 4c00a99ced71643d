/** Picture formats of capture devices by their V4L2 code (fourcc), and which of them the box can take. */

/** What a device offers in one format. */
export interface PixelFormat {
  /** V4L2 code, e.g. `YUYV`, `MJPG` */
  readonly fourcc: string
  /** single sizes, as most cameras have them */
  readonly sizes: readonly FrameSize[]
  /** any size between two bounds, as scalers have it; the rates are not known then */
  readonly range?: SizeRange
}

export interface FrameSize {
  readonly width: number
  readonly height: number
  /** frames per second, highest first; empty where the driver doesn't say */
  readonly fps: readonly number[]
}

export interface SizeRange {
  readonly minWidth: number
  readonly maxWidth: number
  readonly minHeight: number
  readonly maxHeight: number
}

/** Uncompressed formats that GStreamer's v4l2src hands on and videoconvert reads. */
const raw: ReadonlySet<string> = new Set([
  ...['YUYV', 'UYVY', 'YVYU', 'VYUY', 'YU12', 'YV12', 'NV12', 'NV21', 'NV16', 'NV61', '422P'],
  ...['NM12', 'NM21', 'YM12', 'GREY', 'RGB3', 'BGR3', 'RGBP', 'XR24', 'BX24', 'AR24', 'BA24', 'RGB4', 'BGR4'],
])

const motionJpeg: ReadonlySet<string> = new Set(['MJPG', 'JPEG'])

export const encodingOf = (fourcc: string): 'raw' | 'mjpeg' | undefined => {
  if (raw.has(fourcc)) return 'raw'
  return motionJpeg.has(fourcc) ? 'mjpeg' : undefined
}

/** Data straight off a sensor, which needs an image signal processor to become a picture: BA81, RG10, pGAA, … */
export const isBayer = (fourcc: string): boolean =>
  /^(?:BA81|GBRG|GRBG|RGGB|BYR2|BG\d\d|GB\d\d|GR\d\d|BA\d\d|RG\d\d|p[BGgR][A-Za-z0-9]{2}|Y10P|Y12P)$/.test(
    fourcc,
  )

/** What to ask of a camera; what a capture source is set to. Units: pixels, frames per second. */
export interface CaptureFormat {
  readonly encoding: 'raw' | 'mjpeg'
  readonly width: number
  readonly height: number
  readonly fps: number
}

/**
 * The cheapest format that covers the wish: rate first, then the smallest size that is no smaller than the picture
 * in both directions, then uncompressed before JPEG. Where nothing covers it, the nearest below. Undefined where the
 * driver names no sizes and rates: then the source had better negotiate by itself.
 */
export function captureFormat(
  formats: readonly PixelFormat[],
  wish: { readonly width: number; readonly height: number; readonly fps: number },
): CaptureFormat | undefined {
  const candidates = formats.flatMap(({ fourcc, sizes }) => {
    const encoding = encodingOf(fourcc)
    if (encoding === undefined) return []
    return sizes.flatMap(({ width, height, fps }) =>
      // Rates such as 7.5 can't be asked for: sources are set to whole ones.
      fps.filter(Number.isInteger).map((rate) => ({ encoding, width, height, fps: rate })),
    )
  })
  const cost = ({ encoding, width, height, fps }: CaptureFormat): readonly number[] => {
    const fast = fps >= wish.fps
    const covers = width >= wish.width && height >= wish.height
    const area = width * height
    return [
      fast ? 0 : 1,
      fast ? 0 : -fps,
      covers ? 0 : 1,
      covers ? area : -area,
      encoding === 'raw' ? 0 : 1,
      fps,
    ]
  }
  return candidates.sort((a, b) => compare(cost(a), cost(b)))[0]
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
