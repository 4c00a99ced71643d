/** Pictures in I420: where their planes lie, and how their numbers stand for colours. */

/** How a picture's numbers stand for colours. */
export interface Colorimetry {
  readonly matrix: 'bt601' | 'bt709'
  readonly range: 'video' | 'full'
}

/** Where the planes of a picture lie: GStreamer's own layout of I420, rows rounded up to 4 bytes. */
export interface I420Layout {
  readonly width: number
  readonly height: number
  readonly stride: number
  readonly chromaStride: number
  readonly u: number
  readonly v: number
  readonly bytes: number
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to

export const i420Layout = (width: number, height: number): I420Layout => {
  const stride = roundUp(width, 4)
  const chromaStride = roundUp(roundUp(width, 2) / 2, 4)
  const u = stride * roundUp(height, 2)
  const v = u + (chromaStride * roundUp(height, 2)) / 2
  return { width, height, stride, chromaStride, u, v, bytes: v + v - u }
}

/** Luma of red and blue, ITU-R BT.601 and BT.709. */
const lumaWeights = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722] } as const
export interface Conversion {
  readonly black: number
  readonly lumaScale: number
  readonly chromaScale: number
  readonly redOfV: number
  readonly greenOfU: number
  readonly greenOfV: number
  readonly blueOfU: number
  readonly red: number
  readonly green: number
  readonly blue: number
}

/** From Y, U and V as they are stored to R'G'B' from 0 to 255, and the weights for the way back. */
export const conversionOf = ({ matrix, range }: Colorimetry): Conversion => {
  const [red, blue] = lumaWeights[matrix]
  const green = 1 - red - blue
  const full = range === 'full'
  const lumaScale = full ? 1 : 255 / 219
  const chromaScale = full ? 1 : 255 / 224
  return {
    black: full ? 0 : 16,
    lumaScale,
    chromaScale,
    redOfV: 2 * (1 - red) * chromaScale,
    greenOfU: ((-2 * blue * (1 - blue)) / green) * chromaScale,
    greenOfV: ((-2 * red * (1 - red)) / green) * chromaScale,
    blueOfU: 2 * (1 - blue) * chromaScale,
    red,
    green,
    blue,
  }
}
