/** What is shown beside the stream and how: shapes for whoever shows the preview, and what the attributes say of it. */
import type { BoxState, BoxStateName, StatusEvent } from './events.js'

/** The figures of the debug overlay by its labels (spec 10.9). Rates are means over the last two seconds. */
export interface DebugFigures {
  /** percent of all CPUs together; a part that the board can't give is absent */
  readonly CPU: {
    /** what the box's own processes take */
    readonly process?: number
    /** what everything on the machine takes */
    readonly system?: number
  }
  /** the pushed picture, width × height in px */
  readonly RES: string
  /** kbit/s really sent */
  readonly SPD: number
  /** ms by which the round trip to the server varies */
  readonly JIT: number
  /** frames per second out of the encoder */
  readonly FPS: number
  /** seconds between keyframes */
  readonly GOP: number
  /** kbit/s of sound */
  readonly ARA: number
  /** kbit/s of video */
  readonly VRA: number
  /** video frames that wait to be sent */
  readonly QUE: number
  /** video frames dropped since the media process started */
  readonly DRP: number
  /** ms for which the oldest of what waits has been cached */
  readonly CAS: number
  /** host of the server; empty when there is none */
  readonly SVR: string
}

/** Everything that helps to find a fault; no secret is in it. */
export interface DebugReport extends DebugFigures {
  /** the attribute `debug` */
  readonly enabled: boolean
  readonly state: BoxState
  /** the last 20, oldest first */
  readonly codes: readonly StatusEvent[]
}

/** A status code as the overlay lists it. */
export interface DebugCode extends Pick<StatusEvent, 'time' | 'code' | 'level' | 'message'> {
  readonly messageZh: string
  /** kind of the cause */
  readonly cause?: string
}

/** What a page that plays the preview has to know. */
export interface PreviewView {
  /** of the box */
  readonly name: string
  readonly state: BoxStateName
  /** a picture is to be expected */
  readonly picture: boolean
  /** the pushed picture is to be flipped left to right when it is shown */
  readonly mirrored: boolean
  /** only while the attribute `debug` is set */
  readonly debug?: {
    readonly figures: DebugFigures
    /** the last 20, oldest first */
    readonly codes: readonly DebugCode[]
  }
}

/**
 * Whether the preview shows the pushed picture flipped: when its own mirroring and the stream's differ.
 * @param wish the attribute `local-mirror`
 * @param streamed the stream has the picture mirrored already
 */
export const isPreviewFlipped = (
  wish: 'auto' | 'enable' | 'disable',
  position: 'front' | 'back',
  streamed: boolean,
): boolean => {
  const mirrored = wish === 'enable' || (wish === 'auto' && position === 'front')
  return mirrored !== streamed
}
