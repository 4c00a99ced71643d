/** What the daemon knows of the pipelines of a track: what it asked for, what feeds the stream, what failed. */
import type { AudioSource, VideoSource } from '../../media/graph/sources.js'
import type { LaneSpec } from '../../media/protocol.js'
import type { Cause } from '../../pusher/events.js'
import type { LiveChange } from './lane-wishes.js'

export type Track = 'video' | 'audio'

export type Position = 'front' | 'back'

/** A pipeline that the media process was asked to run; generations count up. */
export interface Run extends Started {
  readonly generation: number
  readonly key: string
  readonly spec: LaneSpec
  /** performance.now() */
  readonly askedAtMs: number
  /** what holds on it now of the things that can be changed while it runs */
  holds: readonly LiveChange[]
  /** what was shown before and stays open beside it */
  readonly keeps?: Run
}

/** What a pipeline was made of: whoever reports its failure needs what was true then. */
export interface Started {
  readonly source: VideoSource | AudioSource
  readonly encoder: string
  readonly position: Position
}

export interface LaneState {
  generations: number
  /** the media process keeps nothing of this track */
  halted: boolean
  /** what was asked for last; undefined when there is nothing or it failed */
  asked: Run | undefined
  /** what feeds the stream: `asked`, or what ran before until `asked` has its first keyframe */
  live: Run | undefined
  /** asked for between the two: the last of them may have gone live just before `asked` reached the media process */
  passedOver: readonly Run[]
  /** the device failed and is tried again */
  failure: Cause | undefined
  retry: NodeJS.Timeout | undefined
}

export const newLane = (): LaneState => ({
  generations: 0,
  halted: true,
  asked: undefined,
  live: undefined,
  passedOver: [],
  failure: undefined,
  retry: undefined,
})

/** What feeds the stream, or is about to when nothing does. */
export const shownBy = ({ live, asked }: LaneState): Run | undefined => live ?? asked

/** By the next plan, whenever that is. */
export const askDeviceAgain = (lane: LaneState): void => {
  lane.failure = undefined
  clearTimeout(lane.retry)
}

/** What people know a device or file by; undefined for made pictures and sounds. */
export const deviceName = (source: VideoSource | AudioSource): string | undefined => {
  switch (source.kind) {
    case 'v4l2':
    case 'alsa':
      return source.device
    case 'libcamera':
      return source.id === undefined ? 'libcamera' : `libcamera:${source.id}`
    case 'clip':
      return source.file
    case 'test':
    case 'slate':
    case 'image':
    case 'silence':
      return undefined
  }
}

/** Whether only one of them can be open at a time. The unnamed camera of libcamera may be any of its cameras. */
export const sameDevice = (a: VideoSource | AudioSource, b: VideoSource | AudioSource): boolean => {
  if (a.kind === 'clip' || a.kind !== b.kind) return false
  if (a.kind === 'libcamera' && b.kind === 'libcamera')
    return a.id === undefined || b.id === undefined || a.id === b.id
  return deviceName(a) !== undefined && deviceName(a) === deviceName(b)
}

/** Not a picture or silence that stands for one. */
export const isDevice = (run: Started): boolean => !isSlate(run) && run.source.kind !== 'silence'

/** A standing picture where a camera could be: the neutral one, or the waiting image. */
export const isSlate = (run: Started | undefined): boolean =>
  run?.source.kind === 'slate' || run?.source.kind === 'image'
