/**
 * What is done to the picture between the camera and the encoder: attributes → a look, as numbers. Pure.
 * The GPU ({@link ./look-shader.ts}) and the CPU (../engine/looks/look-pixels.ts) make the same picture of them.
 */
import type { Attributes } from '../../pusher/attributes.js'

type Rgb = readonly [red: number, green: number, blue: number]

/**
 * A colour grade as the ASC Color Decision List defines it, on R'G'B' from 0 to 1: out = (in × slope + offset) ^ power
 * per channel, then every channel is moved away from the luma (Rec. 709 weights) by the saturation.
 */
export interface Grade {
  readonly slope: Rgb
  readonly offset: Rgb
  readonly power: Rgb
  readonly saturation: number
}

export interface Look {
  /** skin smoothing, 0 to 1 */
  readonly smooth: number
  /** share of the fine detail of the skin that stays, 0 to 1 */
  readonly detail: number
  /** whitening, 0 to 1 */
  readonly white: number
  readonly grade?: Grade
}

export type LookAttributes = Pick<
  Attributes,
  'beauty' | 'whiteness' | 'beauty-style' | 'filter' | 'custom-effect' | 'skin-smoothness' | 'skin-whiteness'
>

export type Filter = Attributes['filter']

/** What each filter does to colours (spec 3.2); `standard` does nothing. */
export const filters: Readonly<Record<Exclude<Filter, 'standard'>, Grade & { readonly help: string }>> = {
  pink: {
    help: 'rosy: highlights warm pink, midtones lifted',
    slope: [1.03, 0.96, 0.99],
    offset: [0.045, 0.02, 0.035],
    power: [0.92, 1, 0.97],
    saturation: 1,
  },
  nostalgia: {
    help: 'nostalgic: faded, brownish, blacks lifted',
    slope: [0.96, 0.87, 0.7],
    offset: [0.07, 0.05, 0.035],
    power: [1, 1.02, 1.05],
    saturation: 0.5,
  },
  blues: {
    help: 'blue tone: cold shadows, colours held back',
    slope: [0.88, 0.97, 1.06],
    offset: [-0.01, 0.01, 0.06],
    power: [1.08, 1, 0.95],
    saturation: 0.78,
  },
  romantic: {
    help: 'romantic: violet haze over soft contrast',
    slope: [0.93, 0.85, 0.95],
    offset: [0.085, 0.04, 0.1],
    power: [0.98, 1.02, 0.95],
    saturation: 0.92,
  },
  cool: {
    help: 'cool: clear and bright with a breath of cyan',
    slope: [0.94, 1.03, 1.06],
    offset: [-0.01, 0.012, 0.025],
    power: [1, 0.94, 0.9],
    saturation: 1.04,
  },
  fresher: {
    help: 'fresh: bright, fuller colours, a little green',
    slope: [0.99, 1.035, 0.98],
    offset: [0.008, 0.016, 0.01],
    power: [0.9, 0.875, 0.9],
    saturation: 1.12,
  },
  solor: {
    help: 'Japanese: overexposed, pale, blacks lifted to teal',
    slope: [0.9, 0.9, 0.87],
    offset: [0.07, 0.095, 0.105],
    power: [0.84, 0.82, 0.84],
    saturation: 0.78,
  },
  aestheticism: {
    help: 'aesthetic: peach light, low contrast',
    slope: [0.99, 0.94, 0.86],
    offset: [0.065, 0.05, 0.055],
    power: [0.88, 0.92, 0.98],
    saturation: 0.9,
  },
  whitening: {
    help: 'whitening: everything lighter, yellow taken back',
    slope: [1.02, 1.02, 1.05],
    offset: [0.01, 0.012, 0.02],
    power: [0.76, 0.76, 0.74],
    saturation: 0.92,
  },
  cerisered: {
    help: 'cherry red: deep reds, fuller colours',
    slope: [1.05, 0.91, 0.955],
    offset: [0.025, -0.003, 0.012],
    power: [0.96, 1.03, 1],
    saturation: 1.12,
  },
}

/** Share of the skin's fine detail that each style keeps. */
const detailOf = { smooth: 0.12, nature: 0.5 } as const
const mostLevel = 9

/** The look that the attributes ask for; undefined when they ask for none. */
export const lookOf = (wish: LookAttributes): Look | undefined => {
  const custom = wish['custom-effect']
  const smooth = Math.max(wish.beauty / mostLevel, custom ? wish['skin-smoothness'] : 0)
  const white = Math.max(wish.whiteness / mostLevel, custom ? wish['skin-whiteness'] : 0)
  if (smooth === 0 && white === 0 && wish.filter === 'standard') return undefined
  const detail = smooth > 0 ? detailOf[wish['beauty-style']] : 0
  if (wish.filter === 'standard') return { smooth, detail, white }
  const { slope, offset, power, saturation } = filters[wish.filter]
  return { smooth, detail, white, grade: { slope, offset, power, saturation } }
}

/** Where effects are computed: the GPU if there is one, else the CPU; one of the two; nowhere. */
export const effectPlaces = ['auto', 'gpu', 'cpu', 'off'] as const
export type EffectPlace = (typeof effectPlaces)[number]

const lookAttributes: readonly string[] = [
  'beauty',
  'whiteness',
  'beauty-style',
  'filter',
  'skin-smoothness',
  'skin-whiteness',
]

/** Why an attribute's value can't be seen on this box; undefined when it can, or when it asks for nothing. */
export const lookLack = (name: string, wish: LookAttributes, lack: string | undefined): string | undefined =>
  lack !== undefined && lookAttributes.includes(name) && lookOf(wish) ? `no effect here: ${lack}` : undefined

/** GStreamer elements without which the GPU can't be used. */
export const gpuElements = ['glupload', 'glcolorconvert', 'glshader', 'gldownload'] as const

// How skin is smoothed, the same on GPU and CPU.

/** Radius of the disc whose samples smooth a point, as a share of the picture's shorter side. */
export const reachShare = 0.024
/** Colours that are further apart (largest difference of a channel, 0 to 1) don't mix. */
export const edgeStep = 0.17

export interface Tap {
  readonly x: number
  readonly y: number
  readonly weight: number
}

/** Samples on the unit disc with their weight by distance, on a spiral that covers it evenly. */
export const taps = (count: number): readonly Tap[] =>
  Array.from({ length: count }, (_, index) => {
    const radius = Math.sqrt((index + 0.5) / count)
    const angle = index * Math.PI * (3 - Math.sqrt(5))
    const weight = (Math.exp(-1.2 * radius ** 2) * 32) / count
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle), weight }
  })

/** Weight of the point itself among its samples. */
export const ownWeight = 0.3
/** How much of the smoothed picture is taken at most. */
export const mostSmooth = 0.95
/** How much smoothed skin is lightened. */
export const glow = 0.1

/**
 * Skin lies near one direction from grey in the plane of colour differences (B−Y)·0.564, (R−Y)·0.713, whatever its
 * lightness; the length of the difference relative to the luma tells it from grey and from paint.
 */
export const skin = {
  direction: [-0.66, 0.75],
  /** cosine of the angle to that direction: none below, full above */
  along: [0.76, 0.94],
  /** length over luma: none below, full from, full to, none above */
  depth: [0.015, 0.06, 0.42, 0.62],
  luma: [0.05, 0.16],
} as const

/** Whitening follows log(1 + k·c) / log(1 + k), with this k at full level. */
export const whiteCurve = 2.4
/** Share of the whitening that everything gets; skin gets all of it. */
export const whiteEverywhere = 0.4
