/**
 * Looks on the CPU: a picture in I420 is changed in place. Smoothing is computed at half the size, and only where
 * there is skin; the colours of each point by tables. What the result should be is in ../../graph/looks.ts.
 */
import {
  edgeStep,
  glow,
  type Look,
  mostSmooth,
  ownWeight,
  reachShare,
  taps,
  whiteCurve,
  whiteEverywhere,
} from '../../graph/looks.js'
import { type Colorimetry, type Conversion, conversionOf, type I420Layout, i420Layout } from './i420.js'
import { skinAt, skinTable } from './skin-tones.js'

const rec709 = [0.2126, 0.7152, 0.0722] as const

/** Samples for each point of half the size, which is a mean of four already. */
const tapCount = 16

/** 40 steps of luma away from its surroundings, a point is an edge. */
const edgeShare = 1 / 40 ** 2

export class PixelLook {
  readonly layout: I420Layout
  #to: Conversion
  #skin: Uint8Array
  #look: Look | undefined
  /** weight by distance of colour and by tap; offsets of the taps at half size */
  #reach = 0
  #taps: { readonly dx: number; readonly dy: number; readonly weight: number }[] = []
  #alike = new Float32Array(512)
  #lit = new Float32Array(256)
  #graded: readonly Float32Array[] = []
  #half: {
    /** Y | U << 8 | V << 16 */
    readonly yuv: Int32Array
    readonly skin: Uint8Array
    readonly spare: Uint8Array
    readonly newY: Float32Array
    readonly newU: Uint8Array
    readonly newV: Uint8Array
  }

  constructor(width: number, height: number, colorimetry: Colorimetry) {
    this.layout = i420Layout(width, height)
    this.#to = conversionOf(colorimetry)
    this.#skin = skinTable(this.#to)
    const points = (width >> 1) * (height >> 1)
    this.#half = {
      yuv: new Int32Array(points),
      skin: new Uint8Array(points),
      spare: new Uint8Array(points),
      newY: new Float32Array(points),
      newU: new Uint8Array(points),
      newV: new Uint8Array(points),
    }
  }

  set(look: Look): void {
    this.#look = look
    const { width, height } = this.layout
    const reach = (reachShare * Math.min(width, height)) / 2
    this.#taps = taps(tapCount).map(({ x, y, weight }) => ({
      dx: Math.round(x * reach),
      dy: Math.round(y * reach),
      weight,
    }))
    this.#reach = Math.ceil(reach)
    for (let step = 0; step < this.#alike.length; step += 1)
      this.#alike[step] = Math.max(0, 1 - step / (edgeStep * 255)) ** 2
    const k = look.white * whiteCurve
    for (let value = 0; value < 256; value += 1)
      this.#lit[value] = k > 0 ? (255 * Math.log(1 + (k * value) / 255)) / Math.log(1 + k) : value
    const { grade } = look
    this.#graded = ([0, 1, 2] as const).map((channel) =>
      Float32Array.from({ length: 256 }, (_, value) =>
        grade
          ? 255 *
            Math.min(1, Math.max(0, (value / 255) * grade.slope[channel] + grade.offset[channel])) **
              grade.power[channel]
          : value,
      ),
    )
  }

  /** @param frame a picture of the size and layout of {@link layout} */
  apply(frame: Uint8Array): void {
    const look = this.#look
    if (!look) return
    if (frame.length !== this.layout.bytes)
      throw new RangeError(`a picture of ${frame.length} bytes instead of ${this.layout.bytes}`)
    const skinNeeded = look.smooth > 0 || look.white > 0
    if (skinNeeded) this.#findSkin(frame)
    if (look.smooth > 0) this.#smooth(frame, look)
    if (look.white > 0 || look.grade) this.#colour(frame, look)
  }

  /** Halves the luma and looks every point of it up. */
  #findSkin(frame: Uint8Array): void {
    const { width, height, stride, chromaStride, u, v } = this.layout
    const [halfWidth, halfHeight] = [width >> 1, height >> 1]
    const { yuv, skin: found, spare } = this.#half
    const table = this.#skin
    for (let row = 0, at = 0; row < halfHeight; row += 1) {
      let luma = 2 * row * stride
      const chroma = row * chromaStride
      for (let column = 0; column < halfWidth; column += 1, at += 1, luma += 2) {
        const mean =
          ((frame[luma] as number) +
            (frame[luma + 1] as number) +
            (frame[luma + stride] as number) +
            (frame[luma + stride + 1] as number) +
            2) >>
          2
        const cu = frame[u + chroma + column] as number
        const cv = frame[v + chroma + column] as number
        yuv[at] = mean | (cu << 8) | (cv << 16)
        found[at] = table[skinAt(mean, cu, cv)] as number
      }
    }
    // Noise on something that is almost skin must not make a pattern of it.
    blur(found, spare, halfWidth, halfHeight)
    blur(spare, found, halfHeight, halfWidth)
  }

  #smooth(frame: Uint8Array, { smooth, detail }: Look): void {
    const { width, height, stride, chromaStride, u, v } = this.layout
    const [halfWidth, halfHeight] = [width >> 1, height >> 1]
    const { yuv, skin: found, newY, newU, newV } = this.#half
    const alike = this.#alike
    const reach = this.#reach
    const count = this.#taps.length
    const dx = Int32Array.from(this.#taps, (tap) => tap.dx)
    const dy = Int32Array.from(this.#taps, (tap) => tap.dy)
    const ahead = dy.map((rows, tap) => rows * halfWidth + (dx[tap] as number))
    const weights = Float32Array.from(this.#taps, ({ weight }) => weight)
    for (let row = 0, at = 0; row < halfHeight; row += 1)
      for (let column = 0; column < halfWidth; column += 1, at += 1) {
        if (found[at] === 0) continue
        const inside =
          row >= reach && row < halfHeight - reach && column >= reach && column < halfWidth - reach
        const own = yuv[at] as number
        const y = own & 255
        const cu = (own >> 8) & 255
        const cv = own >> 16
        let sumY = y * ownWeight
        let sumU = cu * ownWeight
        let sumV = cv * ownWeight
        let total = ownWeight
        for (let tap = 0; tap < count; tap += 1) {
          let near = at + (ahead[tap] as number)
          if (!inside) {
            let tapRow = row + (dy[tap] as number)
            let tapColumn = column + (dx[tap] as number)
            tapRow = tapRow < 0 ? 0 : tapRow >= halfHeight ? halfHeight - 1 : tapRow
            tapColumn = tapColumn < 0 ? 0 : tapColumn >= halfWidth ? halfWidth - 1 : tapColumn
            near = tapRow * halfWidth + tapColumn
          }
          const other = yuv[near] as number
          const otherY = other & 255
          const otherU = (other >> 8) & 255
          const otherV = other >> 16
          const chromaFar = Math.abs(otherU - cu) + Math.abs(otherV - cv)
          const far = Math.abs(otherY - y) + ((chromaFar * 3) >> 2)
          const weight = (weights[tap] as number) * (alike[far] as number)
          sumY += otherY * weight
          sumU += otherU * weight
          sumV += otherV * weight
          total += weight
        }
        newY[at] = sumY / total
        newU[at] = Math.round(sumU / total)
        newV[at] = Math.round(sumV / total)
      }
    const { black, lumaScale } = this.#to
    const most = (smooth * mostSmooth) / 255
    for (let row = 0, at = 0; row < halfHeight; row += 1) {
      const chroma = row * chromaStride
      for (let column = 0; column < halfWidth; column += 1, at += 1) {
        if (found[at] === 0) continue
        const mixed = (found[at] as number) * most
        const base = newY[at] as number
        const kept = 1 - mixed * (1 - detail)
        const light = ((base - black) * lumaScale) / 255
        const lift = (light * (1 - light) * mixed * glow * 2 * 255) / lumaScale
        const luma = 2 * row * stride + 2 * column
        for (let corner = 0; corner < 4; corner += 1) {
          const point = luma + (corner & 1) + (corner >> 1) * stride
          // What stands out clearly is an edge, not the skin's own detail.
          const own = (frame[point] as number) - base
          const square = own * own * edgeShare
          const share = square > 1 ? 1 : kept + (1 - kept) * square
          frame[point] = clamp(base + own * share + lift)
        }
        const cu = frame[u + chroma + column] as number
        const cv = frame[v + chroma + column] as number
        frame[u + chroma + column] = clamp(cu + ((newU[at] as number) - cu) * (1 - kept))
        frame[v + chroma + column] = clamp(cv + ((newV[at] as number) - cv) * (1 - kept))
      }
    }
  }

  #colour(frame: Uint8Array, look: Look): void {
    const { width, height, stride, chromaStride, u, v } = this.layout
    const [halfWidth, halfHeight] = [width >> 1, height >> 1]
    const to = this.#to
    const found = this.#half.skin
    const lit = this.#lit
    const [reds, greens, blues] = this.#graded as readonly [Float32Array, Float32Array, Float32Array]
    const saturation = look.grade?.saturation ?? 1
    const white = look.white > 0
    const [uOfBlue, vOfRed] = [0.5 / (1 - to.blue), 0.5 / (1 - to.red)]
    for (let row = 0, at = 0; row < halfHeight; row += 1) {
      const chroma = row * chromaStride
      for (let column = 0; column < halfWidth; column += 1, at += 1) {
        const cu = (frame[u + chroma + column] as number) - 128
        const cv = (frame[v + chroma + column] as number) - 128
        const red = to.redOfV * cv
        const green = to.greenOfU * cu + to.greenOfV * cv
        const blue = to.blueOfU * cu
        const whiter = white ? whiteEverywhere + ((1 - whiteEverywhere) * (found[at] as number)) / 255 : 0
        const luma = 2 * row * stride + 2 * column
        let sumY = 0
        let sumR = 0
        let sumB = 0
        for (let corner = 0; corner < 4; corner += 1) {
          const point = luma + (corner & 1) + (corner >> 1) * stride
          const y = ((frame[point] as number) - to.black) * to.lumaScale
          let r = clamp(y + red)
          let g = clamp(y + green)
          let b = clamp(y + blue)
          if (white) {
            r = (r + ((lit[r] as number) - r) * whiter + 0.5) | 0
            g = (g + ((lit[g] as number) - g) * whiter + 0.5) | 0
            b = (b + ((lit[b] as number) - b) * whiter + 0.5) | 0
          }
          let newR = reds[r] as number
          let newG = greens[g] as number
          let newB = blues[b] as number
          if (saturation !== 1) {
            const grey = rec709[0] * newR + rec709[1] * newG + rec709[2] * newB
            newR = grey + (newR - grey) * saturation
            newG = grey + (newG - grey) * saturation
            newB = grey + (newB - grey) * saturation
          }
          const newY = to.red * newR + to.green * newG + to.blue * newB
          frame[point] = clamp(newY / to.lumaScale + to.black)
          sumY += newY
          sumR += newR
          sumB += newB
        }
        frame[u + chroma + column] = clamp(((sumB - sumY) * 0.25 * uOfBlue) / to.chromaScale + 128)
        frame[v + chroma + column] = clamp(((sumR - sumY) * 0.25 * vOfRed) / to.chromaScale + 128)
      }
    }
  }
}

/** Mean of 5 in a row; what comes out lies the other way round, so that a second time does the columns. */
const blur = (from: Uint8Array, to: Uint8Array, width: number, height: number): void => {
  for (let row = 0; row < height; row += 1) {
    const start = row * width
    const last = width - 1
    const at = (column: number): number =>
      from[start + (column < 0 ? 0 : column > last ? last : column)] as number
    let sum = at(-3) + at(-2) + at(-1) + at(0) + at(1)
    for (let column = 0; column < width; column += 1) {
      sum += at(column + 2) - at(column - 3)
      to[column * height + row] = sum / 5
    }
  }
}

const clamp = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0)
