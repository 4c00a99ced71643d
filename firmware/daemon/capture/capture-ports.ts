/** What the capture side needs from outside, and what it tells. */
import type { EffectPlace } from '../../media/graph/looks.js'
import type { AudioSource, Picture, VideoSource } from '../../media/graph/sources.js'
import type { Attributes } from '../../pusher/attributes.js'
import type { Relief } from '../../pusher/board-relief.js'
import type { StatusCode } from '../../pusher/codes.js'
import type { Cause } from '../../pusher/events.js'
import type { Position } from './lane-state.js'
import type { ZoomRange } from './zoom.js'

export type { Position } from './lane-state.js'
export type Want = 'camera' | 'slate' | 'nothing'

/** A device that was decided upon, or why there is none. */
export type Found<Source> = { readonly source: Source } | { readonly missing: Cause }

/** A picture that may be there or not. */
export interface WaitingPicture {
  /** a PNG */
  readonly file: string | undefined
  /** It could not be shown: it is not to be offered again as it is. */
  unshowable(file: string, cause: Cause): void
}

export interface CaptureDevices {
  /** The camera of a position with a format that suits the picture. Asked again at every attempt to open it. */
  camera(position: Position, picture: Picture): Promise<Found<VideoSource>>
  microphone(position: Position): Promise<Found<AudioSource>>
  /** Switches the automatic focus on or off. Gives why that has no effect, or undefined; never rejects. */
  focus?(position: Position, automatic: boolean): Promise<string | undefined>
  /** Who has that device open, e.g. `ffmpeg (812)`, as far as that is known; never rejects. */
  holder?(device: string): Promise<string | undefined>
  /** shown while the camera is closed on purpose */
  readonly waitingImage?: WaitingPicture
  /** in order of preference */
  readonly encoders: readonly string[]
  /** encoders that are installed but have no device: never opened, which may hang */
  readonly withoutDevice?: ReadonlySet<string>
  readonly preset: string
  readonly zoom: ZoomRange
  /** where picture effects are computed; `auto` when it isn't said */
  readonly effects?: EffectPlace
  /** both cameras are open while one is shown */
  readonly hotSwitch: boolean
}

export interface CaptureReport {
  code(code: StatusCode, cause?: Cause): void
  /** something that no code of the component describes */
  notice(kind: string, message: string, cause?: Cause): void
  /** something that `facts` tells changed */
  changed(): void
}

export interface CaptureFacts {
  readonly encoder: string
  readonly picture: Picture
  /** pictures are to be expected */
  readonly shows: boolean
  /** the slate stands where a camera should be */
  readonly slate: boolean
  /** of the camera that is shown */
  readonly position: Position
  /** the stream has that camera's picture mirrored */
  readonly mirrored: boolean
}

export interface CaptureTimes {
  /** a lost device is asked again after this */
  readonly reopenMs: number
  /** a camera that could not be kept ready beside the other is tried again after this */
  readonly standbyMs: number
  /** a second failure of a fallen-back encoder within this time is final for that encoder */
  readonly encoderRetryMs: number
}

export const usualTimes: CaptureTimes = { reopenMs: 1_000, standbyMs: 10_000, encoderRetryMs: 10_000 }

/** What is to be seen and heard at the moment. `capture.ts` alone writes it. */
export interface Wanted {
  /** of GStreamer, while there is a media process */
  readonly elements: ReadonlySet<string> | undefined
  readonly want: Want
  readonly attributes: Attributes
  /** of the microphone, 0 to 1 */
  readonly micVolume: number
  /** 0 to 1 */
  readonly musicVolume: number
  /** the sound can take music in */
  readonly withMusic: boolean
  /** less work, because the board is strained */
  readonly spare: Relief | undefined
  /** for good */
  readonly stopped: boolean
}

/** Whether nothing of the microphone is to be heard. */
export const isSilent = ({ attributes, want }: Pick<Wanted, 'attributes' | 'want'>): boolean =>
  attributes.muted || !attributes['enable-mic'] || want === 'slate'

/** A look-up that throws is a device that can't be used: it must not end the planning of everything else. */
export const lookUp = async <Source>(look: () => Promise<Found<Source>>): Promise<Found<Source>> => {
  try {
    return await look()
  } catch (error) {
    return { missing: { kind: 'device-failed', detail: String(error).slice(0, 300) } }
  }
}
