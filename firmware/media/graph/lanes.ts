/** A plan for one track → the launch text and settings that the media process runs. Pure. */
import type { LaneSpec, PropertySetting } from '../protocol.js'
import {
  type AudioEncoder,
  audioDelayMs,
  audioEncoderLaunch,
  type EncodingWish,
  type VideoEncoder,
  videoEncoders,
} from './encoders.js'
import { metronomeLaunch } from './metronome.js'
import { flipLaunch, mirrorLaunch, mirrorSetting } from './mirror.js'
import { mixerPatienceMs, musicCaps } from './music.js'
import { type PaceSpec, paceLaunch } from './pace.js'
import {
  type AudioSource,
  audioSource,
  type Picture,
  samplesPerFrame,
  type VideoSource,
  videoSource,
} from './sources.js'
import { type PictureSize, type ZoomSpec, zoomLaunch } from './zoom.js'

export interface VideoPlan {
  readonly source: VideoSource
  readonly picture: Picture
  readonly encoder: VideoEncoder
  readonly encoding: EncodingWish
  /** what the rate controller may do */
  readonly pace?: PaceSpec
  readonly mirrored?: boolean
  /** 1 unless given */
  readonly zoom?: number
  /** whether looks may be wanted; the lane then has a stage for them */
  readonly looks?: boolean
  /** can stand by: has a valve that keeps its pictures from everything that costs */
  readonly gated?: boolean
}

export interface AudioPlan {
  readonly source: AudioSource
  readonly encoder: AudioEncoder
  readonly sampleRate: number
  readonly kbps: number
  readonly muted: boolean
  /** what is done to the voice, of {@link ./sound.ts}; nothing when empty */
  readonly voice?: string
  /** 0 to 1 */
  readonly volume?: number
  /** whether GStreamer's level meter is present */
  readonly meter?: boolean
  /** whether background music can be mixed in, which takes the meter as well */
  readonly music?: { readonly volume: number }
}

/** Elements present on this system that change the text. */
export interface Presence {
  readonly overlays: boolean
  readonly convertScale: boolean
  /** whether there is what mirrors a picture */
  readonly mirror: boolean
}

const openDeadlineMs = 10_000
const stallMs = 3_000

const toHub = (track: 'video' | 'audio'): string =>
  `flvmux name=mux streamable=true ! gdppay crc-header=false ! appsink name=${track} sync=false async=false max-buffers=500`

/** videorate holds a picture back until it has seen the next one: whole tenths of a second that some sources spare. */
const rate = (source: VideoSource, fps: number): string[] => {
  const kept = source.kind === 'libcamera' || (source.kind === 'v4l2' && source.format?.fps === fps)
  return kept ? [] : [`videorate skip-to-first=true ! video/x-raw,framerate=${fps}/1`]
}

/** The size that the encoder gets; what was cropped by a pixel more or less fills it all the same. */
const scaled = ({ width, height }: Picture, convertScale: boolean): string =>
  `${
    convertScale ? 'videoconvertscale add-borders=false' : 'videoscale add-borders=false ! videoconvert'
  } ! video/x-raw,format=I420,width=${width},height=${height},pixel-aspect-ratio=1/1`

/**
 * Rate, crop to the wanted shape, zoom, scale, convert: one pass each, and nothing where nothing is to do. A camera
 * whose size nobody knows is scaled before it is zoomed.
 */
const shape = (source: VideoSource, picture: Picture, convertScale: boolean): readonly string[] => {
  const toSize = scaled(picture, convertScale)
  const { width, height } = picture
  const toShape = [...rate(source, picture.fps), `aspectratiocrop name=crop aspect-ratio=${width}/${height}`]
  switch (source.kind) {
    case 'slate':
    case 'image':
      return []
    case 'test':
      return [zoomLaunch, toSize]
    case 'v4l2':
      return source.format ? [...toShape, zoomLaunch, toSize] : [...toShape, toSize, zoomLaunch, toSize]
    case 'libcamera':
    case 'clip':
      return [...toShape, zoomLaunch, toSize]
  }
}

/**
 * Behind the change of rate, which would fill the time of a closed gate with copies of one picture, and before all
 * effects.
 */
const gateLaunch = 'valve name=gate'

export const gateSetting = (open: boolean): PropertySetting => ({
  element: 'gate',
  property: 'drop',
  value: !open,
})

const isSlate = ({ kind }: VideoSource): boolean => kind === 'slate' || kind === 'image'

/** What the zoom cuts from; undefined for a clip, whose frames tell. */
export const zoomedSize = (source: VideoSource, { width, height }: PictureSize): PictureSize | undefined => {
  if (source.kind === 'clip') return undefined
  return source.kind === 'v4l2' && source.format ? source.format : { width, height }
}

const zoomSpec = ({ source, picture, zoom = 1 }: VideoPlan): ZoomSpec | undefined => {
  if (isSlate(source)) return undefined
  const size = zoomedSize(source, picture)
  const { width, height } = picture
  return { factor: zoom, ...(size ? { source: size } : {}), shape: { width, height } }
}

/**
 * The way past the stage for looks, open from the start. An output-selector decides for each picture in one step: none
 * is lost and none goes both ways. Only the way that is open gets events.
 */
const looksSwitch = 'output-selector name=looks pad-negotiation-mode=active ! funnel name=looked'

/** The way through it: pictures with their time, and back. An encoder that is late costs the oldest of them. */
const looksStage =
  'looks. ! gdppay crc-header=false ! appsink name=look sync=false async=false max-buffers=8 appsrc name=looked-at is-live=true format=time max-bytes=0 max-buffers=4 leaky-type=downstream ! looked.'

export const videoLane = (plan: VideoPlan, presence: Presence): LaneSpec => {
  const { picture } = plan
  // The slate is ours: nobody on it wants to be prettier.
  const looks = plan.looks === true && !isSlate(plan.source)
  const source = videoSource(plan.source, picture, presence.overlays)
  const zoom = zoomSpec(plan)
  // People must be able to read the slate.
  const mirror = presence.mirror && !isSlate(plan.source)
  const parts = [
    source.launch,
    ...shape(plan.source, picture, presence.convertScale),
    ...(plan.gated ? [gateLaunch] : []),
    ...(mirror ? [mirrorLaunch] : []),
    ...(looks ? [looksSwitch] : []),
    'tee name=shot',
    ...(isSlate(plan.source) ? [] : [paceLaunch(picture)]),
    videoEncoders[plan.encoder].launch(plan.encoding),
    'h264parse name=parse',
    toHub('video'),
  ]
  const still = [
    'shot. ! valve name=shutter drop=true ! queue max-size-buffers=1 leaky=downstream',
    ...(presence.mirror ? [flipLaunch] : []),
    'videoconvert ! jpegenc name=jpeg',
    'appsink name=snapshot sync=false async=false max-buffers=1 drop=true',
  ].join(' ! ')
  return {
    track: 'video',
    launch: [parts.join(' ! '), still, ...(looks ? [looksStage] : []), metronomeLaunch].join(' '),
    settings: [
      ...source.settings,
      ...(plan.gated ? [gateSetting(true)] : []),
      ...(mirror ? [mirrorSetting(plan.mirrored ?? false)] : []),
    ],
    ...(plan.pace && !isSlate(plan.source) ? { pace: plan.pace } : {}),
    ...(zoom ? { zoom } : {}),
    source: source.element,
    ...(source.clip ? { clip: source.clip } : {}),
    ...(looks ? { looks } : {}),
    facts: { ...picture, kbps: plan.encoding.kbps },
    replace: 'overlap',
    openDeadlineMs,
    stallMs,
  }
}

export const muteSetting = (muted: boolean): PropertySetting => ({
  element: 'volume',
  property: 'mute',
  value: muted,
})

/** @param volume 0 to 1 */
export const volumeSetting = (volume: number): PropertySetting => ({
  element: 'volume',
  property: 'volume',
  value: volume,
})

/** @param volume 0 to 1 */
export const musicVolumeSetting = (volume: number): PropertySetting => ({
  element: 'music-volume',
  property: 'volume',
  value: volume,
})

/** How often the meter tells the loudness of the microphone, ms. */
const meterMs = 300

/**
 * In a lane from the first music on. It waits for a microphone or music that is late, at its start in any case, so a
 * lane without music is better off without it. Effects may hold sound back for longer than a sound card can wait,
 * which a mixer that is live refuses, hence the queue. It gives as much as an encoder takes, and so holds nothing back.
 */
const mixer = (rate: number, voice: boolean): string =>
  `${voice ? 'queue ! ' : ''}audiomixer name=mixer start-time-selection=first ignore-inactive-pads=true latency=${mixerPatienceMs}000000 output-buffer-duration-fraction=${samplesPerFrame}/${rate} ! audioconvert`

/** The rate is said here as well: music that comes before the microphone would decide upon it. */
const musicBranch = (rate: number): string =>
  `appsrc name=music is-live=true format=time min-latency=0 max-latency=${mixerPatienceMs}000000 max-bytes=0 caps="${musicCaps}" ! audioconvert ! audioresample ! audio/x-raw,rate=${rate},channels=1 ! volume name=music-volume ! mixer.`

export const audioLane = (plan: AudioPlan): LaneSpec => {
  const source = audioSource(plan.source)
  const music = plan.meter ? plan.music : undefined
  const parts = [
    source.launch,
    'audioconvert ! audioresample',
    `audio/x-raw,rate=${plan.sampleRate},channels=1`,
    ...(plan.voice ? [plan.voice, 'audioconvert'] : []),
    'volume name=volume',
    ...(plan.meter ? [`level name=level interval=${meterMs}000000`] : []),
    ...(music ? [mixer(plan.sampleRate, Boolean(plan.voice))] : []),
    audioEncoderLaunch(plan.encoder, plan.kbps),
    'aacparse name=parse',
    toHub('audio'),
  ]
  return {
    track: 'audio',
    launch: `${parts.join(' ! ')}${music ? ` ${musicBranch(plan.sampleRate)}` : ''} ${metronomeLaunch}`,
    settings: [
      ...source.settings,
      muteSetting(plan.muted),
      volumeSetting(plan.volume ?? 1),
      ...(music ? [musicVolumeSetting(music.volume)] : []),
    ],
    source: source.element,
    // With a mixer frames come whether or not the microphone delivers; its meter tells.
    ...(music ? { music: 'music', pulse: 'level' } : {}),
    ...(source.clip ? { clip: source.clip } : {}),
    codecDelayMs: audioDelayMs(plan.encoder, plan.sampleRate),
    facts: { kbps: plan.kbps, sampleRate: plan.sampleRate },
    replace: 'overlap',
    openDeadlineMs,
    stallMs,
  }
}
