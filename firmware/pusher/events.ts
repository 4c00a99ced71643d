/**
 * What the box tells the world and what the world may ask of it: the shapes of the MQTT contract.
 * Everything outside (MQTT, HTTP, buttons, start-up) talks to the box through {@link Box} alone.
 */

/** State as published on `…/state`. */
export type BoxStateName =
  | 'idle'
  | 'starting'
  | 'connecting'
  | 'pushing'
  | 'paused'
  | 'reconnecting'
  | 'stopping'
  | 'failed'

export interface BoxState {
  readonly state: BoxStateName
  /** ms since the epoch at which this state was entered */
  readonly since: number
  /** last status code, 0 when there was none */
  readonly code: number
  /** reconnection attempt, 0 when none is going on */
  readonly attempt: number
  readonly camera: 'front' | 'back'
  readonly muted: boolean
  readonly encoder: string
  readonly width: number
  readonly height: number
  readonly fps: number
  /** the push address with its secret parts as `***`; empty when there is none */
  readonly url: string
  /** number of RTMP sessions that reached 1002 since the daemon started */
  readonly session: number
  readonly version: string
}

/** Why something happened, in a form that a program can read. `kind` is stable. */
export interface Cause {
  readonly kind: string
  readonly [detail: string]: string | number | boolean | undefined
}

export type Level = 'event' | 'warning' | 'error'

/** Payload of `…/event/statechange`. */
export interface StatusEvent {
  readonly code: number
  readonly name: string
  readonly level: Level
  readonly message: string
  readonly cause?: Cause
  readonly time: number
  /** counts up by one from 1 at each start of the box */
  readonly seq: number
}

/** Payload of `…/event/error` (binderror). */
export interface ErrorEvent {
  readonly errCode: number
  readonly errMsg: string
  readonly time: number
}

/** Payload of `…/event/notice`: what no code of the component describes, e.g. a fallen-back configuration. */
export interface NoticeEvent {
  readonly kind: string
  readonly message: string
  readonly cause?: Cause
  readonly time: number
}

/** The `info` object of netstatus; units in spec section 9. */
export interface NetStatus {
  /** kbit/s leaving the video encoder */
  readonly videoBitrate: number
  /** kbit/s leaving the audio encoder */
  readonly audioBitrate: number
  readonly videoFPS: number
  /** seconds between keyframes */
  readonly videoGOP: number
  /** kbit/s really sent */
  readonly netSpeed: number
  /** ms */
  readonly netJitter: number
  /** 0 unknown, 1 best … 5 very poor, 6 no connection */
  readonly netQualityLevel: number
  readonly videoWidth: number
  readonly videoHeight: number
  /** frames waiting to be sent */
  readonly videoCache: number
  readonly audioCache: number
}

/** Payload of `…/snapshot`. */
export interface SnapshotInfo {
  readonly id: string
  readonly time: number
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly sha256: string
  readonly path: string
}

export interface ButtonEvent {
  readonly button: string
  readonly gesture: 'press' | 'hold' | 'double'
  readonly time: number
}

export interface Telemetry {
  readonly temperatureC?: number
  readonly throttled?: readonly string[]
  readonly cpu?: number
  readonly memoryMB?: number
  readonly diskFreeMB?: number
  readonly uptimeS?: number
}

/** Payload of `…/update`: where an update of the whole system stands. */
export interface UpdateReport {
  readonly state:
    | 'idle'
    | 'waiting'
    | 'downloading'
    | 'checking'
    | 'installing'
    | 'rebooting'
    | 'proving'
    | 'committed'
    | 'rolled-back'
    | 'failed'
  /** of the bundle, once it is known */
  readonly version?: string
  readonly percent?: number
  /** what the end of the stream is waited for with */
  readonly before?: 'download' | 'install' | 'reboot'
  /** what the new system has not shown yet */
  readonly missing?: readonly string[]
  /** where the bundle comes from */
  readonly host?: string
  readonly cause?: Cause
  readonly time: number
}

/** Everything the box emits, by the last part of its MQTT topic. */
export interface BoxEvents {
  state: BoxState
  /** every attribute, secrets masked */
  attributes: Readonly<Record<string, unknown>>
  statechange: StatusEvent
  error: ErrorEvent
  netstatus: { readonly info: NetStatus }
  notice: NoticeEvent
  bgmstart: Readonly<Record<string, never>>
  bgmprogress: { readonly progress: number; readonly duration: number }
  bgmcomplete: Readonly<Record<string, never>>
  audiovolumenotify: { readonly volume: number }
  button: ButtonEvent
  snapshot: SnapshotInfo
  /** the JPEG of the snapshot announced just before */
  snapshotImage: Uint8Array
  telemetry: Telemetry
  update: UpdateReport
}

export interface Problem {
  /** dotted path of the field, e.g. `max-bitrate` or `mqtt.url` */
  readonly path: string
  readonly message: string
}

/** A request from MQTT, a button, HTTP or start-up. `method` is not trusted. */
export interface CommandRequest {
  /** a method of the context, or `setAttributes` */
  readonly method: string
  /** what came with it, not yet validated; undefined when nothing came */
  readonly options?: unknown
  readonly origin: 'mqtt' | 'http' | 'button' | 'start-up' | 'config'
}

export type CommandReply =
  | { readonly ok: true; readonly method: string; readonly result: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false
      readonly method: string
      readonly errCode: number
      readonly errMsg: string
      readonly problems?: readonly Problem[]
    }

/** The box as everybody outside of it sees it. */
export interface Box {
  /** Never rejects; answers within 10 s whatever happens. */
  submit(request: CommandRequest): Promise<CommandReply>
  state(): BoxState
  /** every attribute with its value, kebab-case, secrets as `***` */
  attributes(): Readonly<Record<string, unknown>>
  /** Calls back for each event until the returned function is called. */
  on<Name extends keyof BoxEvents>(name: Name, listener: (payload: BoxEvents[Name]) => void): () => void
}
