/**
 * What a track shall run, from the attributes and what there is: a pipeline's text and settings, and what can be set
 * on one that runs already. Pure.
 */
import type { AudioEncoder, VideoEncoder } from '../../media/graph/encoders.js'
import { audioLane, videoLane } from '../../media/graph/lanes.js'
import { canMirror, mirrorSetting } from '../../media/graph/mirror.js'
import { voiceChain } from '../../media/graph/sound.js'
import type { AudioSource, Picture, VideoSource } from '../../media/graph/sources.js'
import type { LaneSpec, PropertySetting, ToEngine } from '../../media/protocol.js'
import { type Attributes, effectiveBitrates } from '../../pusher/attributes.js'
import type { RateLimits } from '../../pusher/bitrate.js'
import type { Relief } from '../../pusher/board-relief.js'
import type { Cause } from '../../pusher/events.js'
import { encoderProfile, pictureSize } from '../../pusher/geometry.js'

const slateFps = 5
/**
 * Under 50 kbit/s, with what a keyframe takes in one go: the bits of a whole group. A standing picture has no use for
 * more keyframes, and each of them would begin blurred again for lack of bits.
 */
const standing = { kbps: 40, gopSeconds: 10, burstMs: 10_000 }
/** There is something to read, at once; and whoever joins shall not wait long for a keyframe. */
const lost = { kbps: 100, gopSeconds: 2, burstMs: 2_000 }
/** What `audio-quality` means. */
export const audioFormats = {
  high: { sampleRate: 48_000, kbps: 64 },
  low: { sampleRate: 16_000, kbps: 24 },
} as const

export interface LaneWish {
  readonly spec: LaneSpec
  readonly source: VideoSource | AudioSource
  readonly encoder: string
  /** two wishes of the same key differ only in what `live` sets */
  readonly key: string
  /** what brings a pipeline of the same key to this wish */
  readonly live: readonly LiveChange[]
}

export type LiveChange = Extract<ToEngine, { readonly type: 'set' | 'zoom' | 'limits' }>

export interface VideoChoice {
  readonly elements: ReadonlySet<string>
  readonly attributes: Attributes
  readonly encoder: VideoEncoder
  readonly preset: string
  /** an encoder that can't change its rate is started with this one, kbit/s */
  readonly atMostKbps?: number | undefined
  /** whether looks may be wanted */
  readonly looks: boolean
  /** undefined: the slate */
  readonly source: VideoSource | undefined
  readonly slateText: string
  /** 1 is the whole picture */
  readonly zoom: number
  /** can stand by, its pictures not encoded */
  readonly gated: boolean
  /** shown instead of the slate */
  readonly waitingImage: string | undefined
  /** less work, because the board is strained */
  readonly spare?: Relief | undefined
}

export const videoWish = (choice: VideoChoice): LaneWish => {
  const { elements, attributes, encoder, source } = choice
  const picture = { ...pictureSize(attributes), fps: source ? attributes.fps : slateFps }
  const encoding: { readonly kbps: number; readonly gopSeconds: number; readonly burstMs?: number } = source
    ? camera(attributes, choice.atMostKbps)
    : choice.slateText === ''
      ? standing
      : lost
  const shown = source ?? standIn(choice)
  const pace = source ? { encoder, limits: rateLimits(attributes, picture, choice.spare) } : undefined
  const spec = videoLane(
    {
      source: shown,
      picture,
      encoder,
      encoding: {
        kbps: encoding.kbps,
        gopFrames: encoding.gopSeconds * picture.fps,
        preset: choice.preset,
        ...(encoding.burstMs === undefined ? {} : { burstMs: encoding.burstMs }),
      },
      ...(pace ? { pace } : {}),
      mirrored: attributes['remote-mirror'],
      zoom: choice.zoom,
      looks: choice.looks,
      gated: choice.gated && source !== undefined,
    },
    {
      overlays: elements.has('textoverlay') && elements.has('clockoverlay'),
      convertScale: elements.has('videoconvertscale'),
      mirror: canMirror(elements),
    },
  )
  const mirror = source && canMirror(elements) ? [mirrorSetting(attributes['remote-mirror'])] : []
  return {
    spec,
    source: shown,
    encoder,
    // The rate controller sets the rate of what runs.
    key: keyOf(spec, choice.atMostKbps ? spec.launch : withoutRate(spec.launch), mirror),
    live: [
      ...mirror.map((setting) => ({ type: 'set', track: 'video', setting }) as const),
      ...(spec.zoom ? [{ type: 'zoom', factor: spec.zoom.factor } as const] : []),
      ...(pace ? [{ type: 'limits', limits: pace.limits } as const] : []),
    ],
  }
}

const withoutRate = (launch: string): string => launch.replace(/\b(video_)?bitrate=\d+/, '')

/** What the rate controller may choose from. */
const rateLimits = (
  attributes: Attributes,
  { width, height, fps }: Picture,
  spare: Relief | undefined,
): RateLimits => ({
  mode: attributes.mode,
  ...effectiveBitrates(attributes),
  audioKbps: audioFormats[attributes['audio-quality']].kbps,
  width,
  height,
  fps,
  ...(spare ? { spare } : {}),
})

const camera = (attributes: Attributes, atMostKbps = Number.POSITIVE_INFINITY) => ({
  kbps: Math.min(effectiveBitrates(attributes).maxKbps, atMostKbps),
  gopSeconds: encoderProfile(attributes.mode).gopSeconds,
})

const standIn = ({ slateText: text, waitingImage: file }: VideoChoice): VideoSource =>
  file === undefined ? { kind: 'slate', text } : { kind: 'image', file }

export interface AudioChoice {
  readonly elements: ReadonlySet<string>
  readonly attributes: Attributes
  readonly encoder: AudioEncoder
  readonly source: AudioSource
  /** for whatever reason */
  readonly silent: boolean
  /** 0 to 1 */
  readonly micVolume: number
  /** how loud background music shall be, where any may come */
  readonly musicVolume: number | undefined
}

export const audioWish = (choice: AudioChoice): LaneWish => {
  const { elements, attributes, encoder, source } = choice
  const spec = audioLane({
    source,
    encoder,
    ...audioFormats[attributes['audio-quality']],
    muted: choice.silent,
    volume: choice.micVolume,
    voice: source.kind === 'silence' ? '' : voiceChain(attributes, elements),
    meter: elements.has('level'),
    ...(canMix(elements) && choice.musicVolume !== undefined
      ? { music: { volume: choice.musicVolume } }
      : {}),
  })
  return { spec, source, encoder, key: keyOf(spec, spec.launch, spokenFor), live: [] }
}

/** Whether background music can be mixed in. The meter tells that the microphone delivers, which the mixer hides. */
export const canMix = (elements: ReadonlySet<string>): boolean =>
  elements.has('audiomixer') && elements.has('level')

/** Mute and volume are set whenever they change, by whoever changes them. */
const spokenFor = [
  { element: 'volume', property: 'mute' },
  { element: 'volume', property: 'volume' },
  { element: 'music-volume', property: 'volume' },
]

/** @param changeable properties that are set on a pipeline that runs */
const keyOf = (
  spec: LaneSpec,
  launch: string,
  changeable: readonly Pick<PropertySetting, 'element' | 'property'>[],
): string => {
  const lasting = spec.settings.filter(
    ({ element, property }) =>
      !changeable.some((each) => each.element === element && each.property === property),
  )
  return JSON.stringify([launch, lasting, spec.clip])
}

/** What the slate says where a camera should be. */
export const slateText = (failure: Cause | undefined): string => {
  if (!failure) return ''
  const device = failure.device ? ` (${String(failure.device)})` : ''
  return `Camera not available: ${failure.kind.replace(/^device-/, '')}${device}`
}
