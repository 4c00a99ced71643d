/** Looks as numbers, as a shader and as pixels. */
import test from 'ava'
import { i420Layout } from '../../../firmware/media/engine/looks/i420.js'
import { PixelLook } from '../../../firmware/media/engine/looks/look-pixels.js'
import { readColorimetry } from '../../../firmware/media/engine/looks/look-processors.js'
import { skinOf } from '../../../firmware/media/engine/looks/skin-tones.js'
import { lookShader } from '../../../firmware/media/graph/look-shader.js'
import {
  filters,
  type Grade,
  type Look,
  type LookAttributes,
  lookLack,
  lookOf,
  whiteEverywhere,
} from '../../../firmware/media/graph/looks.js'
import { defaultAttributes } from '../../../firmware/pusher/attributes.js'

type Rgb = readonly [number, number, number]

const none: LookAttributes = defaultAttributes
const filterNames = Object.keys(filters) as (keyof typeof filters)[]

test('attributes at rest ask for no look, whatever the style', (t) => {
  t.is(lookOf(none), undefined)
  t.is(lookOf({ ...none, 'beauty-style': 'nature', 'custom-effect': true }), undefined)
})

test('levels count from 0 to 9, custom effects from 0 to 1; the stronger of the two is shown', (t) => {
  t.like(lookOf({ ...none, beauty: 9 }), { smooth: 1, white: 0 })
  t.like(lookOf({ ...none, whiteness: 3 }), { smooth: 0, white: 1 / 3 })
  const custom = { ...none, 'custom-effect': true, 'skin-smoothness': 0.5, 'skin-whiteness': 0.25 }
  t.like(lookOf(custom), { smooth: 0.5, white: 0.25 })
  t.like(lookOf({ ...custom, beauty: 9, whiteness: 0 }), { smooth: 1, white: 0.25 })
  t.is(lookOf({ ...custom, 'custom-effect': false }), undefined)
})

test('nature keeps more of the skin than smooth', (t) => {
  const [smooth, nature] = (['smooth', 'nature'] as const).map((style) =>
    lookOf({ ...none, beauty: 5, 'beauty-style': style }),
  )
  t.true((nature?.detail ?? 0) > (smooth?.detail ?? 1))
})

test('every filter has a grade of its own', (t) => {
  const grades = filterNames.map((filter) => JSON.stringify(lookOf({ ...none, filter })?.grade))
  t.is(grades.length, 10)
  t.is(new Set(grades).size, 10)
})

test('a lack is told for what needs the effect, and only when something is asked for', (t) => {
  const wish = { ...none, beauty: 5 }
  t.is(lookLack('beauty', wish, 'no GPU'), 'no effect here: no GPU')
  t.is(lookLack('beauty', wish, undefined), undefined)
  t.is(lookLack('fps', wish, 'no GPU'), undefined)
  t.is(lookLack('beauty', none, 'no GPU'), undefined)
})

test('a shader is one line of numbers and known words, and does only what is asked for', (t) => {
  const full = { smooth: 1, detail: 0.1, white: 1, grade: filters.pink }
  t.notRegex(lookShader(full), /[\n"'\\]|NaN|Infinity|undefined/)
  t.regex(lookShader({ smooth: 0, detail: 0, white: 0 }), /vec3 c = here; float s = 0.0; gl_FragColor/)
  t.notRegex(lookShader({ ...full, smooth: 0 }), /tap\(/)
  t.throws(() => lookShader({ ...full, detail: Number.NaN }))
})

// The ten tones of the Monk Skin Tone scale.
const tones = 'f6ede4 f3e7db f7ead0 eadaba d7bd96 a07e56 825c43 604134 3a312a 292420'.split(' ')
const colour = (hex: string): Rgb =>
  [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb

test('skin is found in every tone; grey, sky, leaves and red paint are none', (t) => {
  // The palest and the darkest tone are close to grey, and are taken for skin in part.
  for (const tone of tones.slice(2, 8))
    t.true(skinOf(...colour(tone)) > 0.5, `${tone} ${skinOf(...colour(tone))}`)
  for (const tone of tones) t.true(skinOf(...colour(tone)) > 0.05, `${tone} ${skinOf(...colour(tone))}`)
  for (const other of [
    '808080',
    'ffffff',
    '000000',
    '6fa8dc',
    '3a7d2c',
    'd00000',
    '8040c0',
    '00a0a0',
  ] as const)
    t.true(skinOf(...colour(other)) < 0.05, `${other} ${skinOf(...colour(other))}`)
})

const size = { width: 256, height: 192 }
const video = { matrix: 'bt601', range: 'video' } as const

/** A picture of one colour, in the video range of BT.601. */
const plain = (r: number, g: number, b: number): Uint8Array => {
  const { bytes, u, v } = i420Layout(size.width, size.height)
  const y = 0.299 * r + 0.587 * g + 0.114 * b
  const frame = new Uint8Array(bytes).fill(Math.round(16 + 219 * y))
  frame.fill(Math.round(128 + (224 * 0.5 * (b - y)) / (1 - 0.114)), u, v)
  return frame.fill(Math.round(128 + (224 * 0.5 * (r - y)) / (1 - 0.299)), v)
}

/** The colour in the middle of a picture. */
const middle = (frame: Uint8Array): number[] => {
  const { u, v, stride, chromaStride } = i420Layout(size.width, size.height)
  const at = (index: number): number => frame[index] ?? 0
  const y = (at(96 * stride + 128) - 16) / 219
  const [cb, cr] = [u, v].map((plane) => (at(plane + 48 * chromaStride + 64) - 128) / 224)
  const [r, b] = [y + 1.402 * cr!, y + 1.772 * cb!]
  return [r, (y - 0.299 * r - 0.114 * b) / 0.587, b]
}

const shown = (frame: Uint8Array, look: Look): Uint8Array => {
  const pixels = new PixelLook(size.width, size.height, video)
  pixels.set(look)
  pixels.apply(frame)
  return frame
}

/** As the ASC defines it. */
const cdl = ({ slope, offset, power, saturation }: Grade, rgb: readonly number[]): number[] => {
  const graded = rgb.map(
    (value, index) => Math.min(1, Math.max(0, value * slope[index]! + offset[index]!)) ** power[index]!,
  )
  const luma = 0.2126 * graded[0]! + 0.7152 * graded[1]! + 0.0722 * graded[2]!
  return graded.map((value) => luma + saturation * (value - luma))
}

const samples: readonly Rgb[] = [
  [0.5, 0.5, 0.5],
  [0.72, 0.55, 0.45],
  [0.2, 0.25, 0.35],
]

for (const filter of filterNames)
  test(`${filter} grades colours as its table says`, (t) => {
    const grade = filters[filter]
    for (const rgb of samples) {
      const out = middle(shown(plain(...rgb), { smooth: 0, detail: 0, white: 0, grade }))
      for (const [index, want] of cdl(grade, rgb).entries())
        t.true(Math.abs(out[index]! - want) < 0.02, `${filter} ${rgb} → ${out}, wanted ${cdl(grade, rgb)}`)
    }
  })

test('whitening lightens skin more than the rest, and grows with its level', (t) => {
  const gain = (white: number, rgb: Rgb): number =>
    middle(shown(plain(...rgb), { smooth: 0, detail: 0, white }))[1]! - rgb[1]
  t.true(gain(1, [0.7, 0.55, 0.45]) > gain(0.5, [0.7, 0.55, 0.45]))
  t.true(gain(1, [0.7, 0.55, 0.45]) > gain(1, [0.45, 0.55, 0.65]) * 1.5)
  t.true(gain(0.1, [0.5, 0.5, 0.5]) > 0)
  // What is no skin gets its share of the curve, which takes 0.5 to 0.644.
  const grey = gain(1, [0.5, 0.5, 0.5])
  t.true(Math.abs(grey - 0.144 * whiteEverywhere) < 0.02, `${grey}`)
})

test('smoothing takes noise off skin, leaves edges, and leaves what is no skin', (t) => {
  const { stride } = i420Layout(size.width, size.height)
  const noisy = (rgb: Rgb): Uint8Array => {
    const frame = plain(...rgb)
    let seed = 7
    for (let at = 0; at < stride * size.height; at += 1) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      frame[at] = (frame[at] ?? 0) + ((seed >> 16) % 13) - 6
      if (at % stride >= 128) frame[at] = Math.max(0, (frame[at] ?? 0) - 70)
    }
    return frame
  }
  const spread = (frame: Uint8Array, fromX: number, toX: number): number => {
    const values = [...frame.subarray(0, stride * size.height)].filter(
      (_, at) => at % stride >= fromX && at % stride < toX,
    )
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  }
  const look = { smooth: 1, detail: 0.12, white: 0 }
  const skinTone = [0.75, 0.55, 0.45] as const
  const [before, after] = [noisy(skinTone), shown(noisy(skinTone), look)]
  t.true(spread(after, 16, 112) < spread(before, 16, 112) * 0.45)
  const step = (frame: Uint8Array): number => frame[96 * stride + 126]! - frame[96 * stride + 129]!
  t.true(step(after) > 55, `${step(after)}`)
  const sky = [0.45, 0.6, 0.75] as const
  t.deepEqual(shown(noisy(sky), look), noisy(sky))
})

test('rows that are padded and sizes that are odd at half are kept as they are', (t) => {
  t.deepEqual(i420Layout(362, 638), {
    width: 362,
    height: 638,
    stride: 364,
    chromaStride: 184,
    u: 364 * 638,
    v: 364 * 638 + 184 * 319,
    bytes: 364 * 638 + 184 * 638,
  })
  const pixels = new PixelLook(66, 50, video)
  pixels.set({ smooth: 1, detail: 0, white: 1, grade: filters.cool })
  pixels.apply(new Uint8Array(pixels.layout.bytes).fill(140))
  t.throws(() => pixels.apply(new Uint8Array(10)), { instanceOf: RangeError })
})

test('colorimetry is read by name, by numbers and by GStreamer’s default', (t) => {
  t.deepEqual(readColorimetry('bt601', 720), { matrix: 'bt601', range: 'video' })
  t.deepEqual(readColorimetry('bt709', 360), { matrix: 'bt709', range: 'video' })
  t.deepEqual(readColorimetry('1:4:0:0', 720), { matrix: 'bt601', range: 'full' })
  t.deepEqual(readColorimetry('2:3:5:1', 360), { matrix: 'bt709', range: 'video' })
  t.deepEqual(readColorimetry(undefined, 360), { matrix: 'bt601', range: 'video' })
  t.deepEqual(readColorimetry(undefined, 640), { matrix: 'bt709', range: 'video' })
})
