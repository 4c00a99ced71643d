/** What a {@link ./live-pusher.ts} is made of: `compose.ts` hands it in, tests hand in something simpler. */
import type { AttributeLayers } from '../config/attribute-layers.js'
import type { PushState } from '../config/push-memory.js'
import type { FromEngine, ToEngine } from '../media/protocol.js'
import type { Attributes } from '../pusher/attributes.js'
import type { Cause } from '../pusher/events.js'
import type { ReconnectPolicy } from '../pusher/reconnect.js'
import type { CaptureDevices, CaptureTimes } from './capture/capture-ports.js'
import type { QueueLimits } from './command-queue.js'
import type { MusicFiles } from './music/music-file.js'
import type { OutageTimes } from './session/outage.js'
import type { SnapshotStore } from './snapshot-store.js'
import type { Torch } from './torch-switch.js'
import type { WaitingImage } from './waiting-image/waiting-image.js'

/** The media process as the daemon needs it. */
export interface Media {
  readonly up: boolean
  send(message: ToEngine): void
  snapshot(
    quality: number,
    flipped: boolean,
  ): Promise<{ readonly image: Uint8Array; readonly width: number; readonly height: number }>
  on(event: 'up', listener: (elements: readonly string[]) => void): unknown
  on(event: 'down' | 'failed', listener: (cause: Cause) => void): unknown
  on(event: 'message', listener: (message: FromEngine) => void): unknown
}

export interface LivePusherOptions {
  readonly version: string
  readonly policy: ReconnectPolicy
  readonly pauseLimitMs: number
  readonly backgroundLimitMs: number
  readonly layers: AttributeLayers
  readonly media: Media
  readonly devices: Omit<CaptureDevices, 'waitingImage'>
  readonly waitingImage: WaitingImage
  readonly snapshots: SnapshotStore
  /** the light beside the back camera, if there is one */
  readonly torch?: Torch
  readonly music: MusicFiles
  /** keeps what was set at run time; throws when it can't */
  readonly store: { save(values: Partial<Attributes>): Promise<void> }
  /** keeps whether the box was pushing, and paused */
  readonly memory: { save(state: PushState): Promise<void> }
  /** where to push when the url attribute is empty */
  readonly defaultUrl: () => string
  /** what the network of this machine has, one line each: a new one is a reason to ask for the server at once */
  readonly networkFacts?: () => ReadonlySet<string>
  /** other times than the usual ones */
  readonly times?: Partial<LivePusherTimes>
}

/** Times of the live-pusher itself. */
export interface OwnTimes {
  readonly netStatusMs: number
  readonly stableMs: number
  /** frames must have advanced within this time while something is shown */
  readonly frozenMs: number
  /** a command must not take longer than this */
  readonly stuckMs: number
  /** the same warning is not told again within this time */
  readonly warningRepeatMs: number
}

export interface LivePusherTimes extends OwnTimes, CaptureTimes, OutageTimes, Pick<QueueLimits, 'replyMs'> {}

export const usualTimes: OwnTimes = {
  netStatusMs: 2_000,
  stableMs: 10_000,
  frozenMs: 15_000,
  stuckMs: 10_000,
  warningRepeatMs: 2_000,
}
