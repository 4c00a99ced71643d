/**
 * How much is encoded, on a pipeline that runs: rate, size and frame rate. The size is changed behind everything but
 * the encoder, so that a snapshot keeps its pixels and effects their frames.
 */
import type { RateLimits } from '../../pusher/bitrate.js'
import type { PropertySetting } from '../protocol.js'
import type { VideoEncoder } from './encoders.js'
import type { Picture } from './sources.js'

/** What the rate controller may do to a pipeline. */
export interface PaceSpec {
  readonly encoder: VideoEncoder
  readonly limits: RateLimits
}

export interface Pace extends Picture {
  readonly kbps: number
}

const caps = ({ width, height }: Picture): string =>
  `video/x-raw,width=${width},height=${height},pixel-aspect-ratio=1/1`

/** Dropping only, videorate holds nothing back; and a scaler of equal sizes does nothing. */
export const paceLaunch = (picture: Picture): string =>
  `videorate name=fewer drop-only=true ! videoscale add-borders=false ! capsfilter name=size caps="${caps(picture)}"`

/** More than any camera gives. */
const noLimit = 1_000

/** @param full what the pipeline was made for */
export const paceSettings = (pace: Pace, full: Picture): readonly PropertySetting[] => [
  { element: 'fewer', property: 'max-rate', value: pace.fps < full.fps ? pace.fps : noLimit },
  { element: 'size', property: 'caps', value: caps(pace) },
]
