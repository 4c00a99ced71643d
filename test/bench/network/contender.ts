/** What a rate controller is given in the simulator, ours and those it is compared with. */

export type Mode = 'RTC' | 'HD'

export interface Bounds {
  readonly mode: Mode
  readonly minKbps: number
  readonly maxKbps: number
  readonly audioKbps: number
  readonly width: number
  readonly height: number
  readonly fps: number
}

export interface Observed {
  readonly atMs: number
  /** number of the session, null without one */
  readonly session: number | null
  readonly rttMs: number
  readonly minRttMs: number
  readonly rttVarMs: number
  readonly deliveryKbps: number
  readonly bytesAcked: number
  /** handed to the kernel on this connection */
  readonly bytesSent: number
  readonly notSentBytes: number
  readonly queueAgeMs: number
  /** waiting above the kernel, with what the sink took ahead */
  readonly queueBytes: number
  readonly queuePackets: number
  readonly encodedKbps: number
}

export interface Chosen {
  readonly targetKbps: number
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly drop: boolean
  /** most that may be below the session's queue; left out: what the sink and the kernel take */
  readonly windowBytes?: number
}

export interface Contender {
  readonly name: string
  readonly tickMs: number
  /** pictures older than this go, up to the next keyframe; undefined: nothing is dropped */
  dropAfterMs(mode: Mode): number | undefined
  /** the bounds hold for the whole run */
  start(bounds: Bounds): (observed: Observed) => Chosen
}
