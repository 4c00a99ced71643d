/** Which colours are skin, on the CPU; what counts as skin is in ../../graph/looks.ts. */
import { skin } from '../../graph/looks.js'
import type { Conversion } from './i420.js'

const smoothstep = (from: number, to: number, value: number): number => {
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)))
  return share * share * (3 - 2 * share)
}

/** How much a colour (0 to 1 each) is skin, 0 to 1. */
export const skinOf = (r: number, g: number, b: number): number => {
  const y = 0.299 * r + 0.587 * g + 0.114 * b
  const [cb, cr] = [(b - y) * 0.564, (r - y) * 0.713]
  const length = Math.hypot(cb, cr)
  const along = (cb * skin.direction[0] + cr * skin.direction[1]) / Math.max(length, 0.001)
  const depth = length / Math.max(y, 0.08)
  return (
    smoothstep(skin.along[0], skin.along[1], along) *
    smoothstep(skin.depth[0], skin.depth[1], depth) *
    (1 - smoothstep(skin.depth[2], skin.depth[3], depth)) *
    smoothstep(skin.luma[0], skin.luma[1], y)
  )
}

// The table of skin tones: 6 bits of U and of V, 5 of Y.
const chromaStep = 4
const lumaStep = 8

/** How much a colour is skin, 0 to 255, by 6 bits of U and of V and 5 of Y: see {@link skinAt}. */
export const skinTable = (to: Conversion): Uint8Array => {
  const table = new Uint8Array(64 * 64 * 32)
  for (let u = 0; u < 64; u += 1)
    for (let v = 0; v < 64; v += 1)
      for (let y = 0; y < 32; y += 1) {
        const [cu, cv] = [u * chromaStep + chromaStep / 2 - 128, v * chromaStep + chromaStep / 2 - 128]
        const luma = (y * lumaStep + lumaStep / 2 - to.black) * to.lumaScale
        const share = (value: number): number => Math.min(1, Math.max(0, value / 255))
        table[(u << 11) | (v << 5) | y] = Math.round(
          255 *
            skinOf(
              share(luma + to.redOfV * cv),
              share(luma + to.greenOfU * cu + to.greenOfV * cv),
              share(luma + to.blueOfU * cu),
            ),
        )
      }
  return table
}

/** Where the {@link skinTable} has a colour. */
export const skinAt = (y: number, u: number, v: number): number =>
  ((u >> 2) << 11) | ((v >> 2) << 5) | (y >> 3)
