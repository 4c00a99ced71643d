/**
 * What the daemon and the media process say to each other over the fork channel
 * (structured clone, so bytes travel as they are).
 */
import type { RateDecision, RateLimits } from '../pusher/bitrate.js'
import type { Cause } from '../pusher/events.js'
import type { Track } from './engine/flv.js'
import type { EffectPlace, Look } from './graph/looks.js'
import { mirrorElements } from './graph/mirror.js'
import type { PaceSpec } from './graph/pace.js'
import { soundElements } from './graph/sound.js'
import type { ZoomSpec } from './graph/zoom.js'

/** A property that is set on an element: the only way in for text from outside. */
export interface PropertySetting {
  readonly element: string
  readonly property: string
  readonly value: string | number | boolean
}

/** A capture+encode pipeline for one track. */
export interface LaneSpec {
  readonly track: Track
  /** launch text made of our own parts only; its appsink is named like the track */
  readonly launch: string
  readonly settings: readonly PropertySetting[]
  /** undefined where nothing is zoomed */
  readonly zoom?: ZoomSpec
  /** element whose PLAYING means that the device is open, and whose errors are the device's */
  readonly source: string
  /** a file whose decoded frames are pushed into the appsrc named `feed` */
  readonly clip?: { readonly file: string }
  /** ms of silence that the encoder puts before what it is given */
  readonly codecDelayMs?: number
  /** has a stage for looks: switch `looks`, sink `look`, source `looked-at` */
  readonly looks?: boolean
  /** the appsrc that background music is pushed into, where there is one */
  readonly music?: string
  /** the element whose messages show that the source delivers, where frames come without it too */
  readonly pulse?: string
  /** undefined where the rate is what it is: the slate's, and the sound's */
  readonly pace?: PaceSpec
  /** what stream metadata says about this track */
  readonly facts: LaneFacts
  /** start beside the running pipeline and cut over at its first keyframe, or stop the running one first */
  readonly replace: 'overlap' | 'break-first'
  /** no first frame by then: failed */
  readonly openDeadlineMs: number
  /** no frame for that long while running: failed */
  readonly stallMs: number
}

export interface LaneFacts {
  readonly width?: number
  readonly height?: number
  readonly fps?: number
  readonly kbps: number
  readonly sampleRate?: number
}

/** Where to push. The stream name is secret: it travels in this message only. */
export interface Destination {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

export interface OutputLimits {
  /** TCP (and TLS) must stand by then */
  readonly connectMs: number
  /** publish must be accepted by then, counted from the connection */
  readonly publishMs: number
  /** bytes wait and none goes: the peer no longer reads */
  readonly stallMs: number
  /** older than this in the queue: video up to the next keyframe is dropped */
  readonly queueMs: number
}

export type ToEngine =
  | {
      readonly type: 'run'
      readonly generation: number
      readonly spec: LaneSpec
      /** what feeds the hub until then stands by afterwards */
      readonly keeps?: boolean
    }
  /** A camera that is kept open beside the one that is shown; without `run` there is none. It has a gate. */
  | { readonly type: 'standby'; readonly run?: { readonly generation: number; readonly spec: LaneSpec } }
  | { readonly type: 'halt'; readonly track: Track }
  | { readonly type: 'set'; readonly track: Track; readonly setting: PropertySetting }
  /** 1 is the whole picture of the camera */
  | { readonly type: 'zoom'; readonly factor: number }
  | { readonly type: 'facts'; readonly track: Track; readonly facts: LaneFacts }
  /** what the rate controller may do with the pipeline that runs */
  | { readonly type: 'limits'; readonly limits: RateLimits }
  | { readonly type: 'keyframe' }
  /** shown by every lane with a stage for it, from now on; null: none */
  | { readonly type: 'look'; readonly look: Look | null; readonly place: EffectPlace }
  /** UTF-8 text for the next video frame */
  | { readonly type: 'message'; readonly text: Uint8Array }
  | {
      readonly type: 'connect'
      readonly connection: number
      readonly destination: Destination
      readonly limits: OutputLimits
    }
  | { readonly type: 'disconnect' }
  /** somebody else was just answered there: a connection that still waits for it had better be asked for anew */
  | { readonly type: 'answers'; readonly connection: number }
  | {
      readonly type: 'snapshot'
      readonly request: number
      readonly quality: number
      /** left and right changed */
      readonly flipped: boolean
    }
  /** background music from a file that is there; what played before ends without a word */
  | {
      readonly type: 'play-music'
      readonly piece: number
      readonly file: string
      readonly startMs?: number | undefined
      readonly endMs?: number | undefined
    }
  | { readonly type: 'pause-music'; readonly paused: boolean }
  | { readonly type: 'stop-music' }
  | { readonly type: 'shutdown' }

export type LaneEventName = 'opened' | 'first-frame' | 'live' | 'failed'

export type FromEngine =
  | { readonly type: 'hello'; readonly elements: readonly string[]; readonly previewSocket: string }
  | { readonly type: 'beat'; readonly counters: EngineCounters }
  | {
      readonly type: 'lane'
      readonly track: Track
      readonly generation: number
      readonly event: LaneEventName
      readonly cause?: LaneFailure
    }
  /** what becomes of the look; `trying`: from now on a fault of the place may end this process */
  | {
      readonly type: 'look'
      readonly event: 'trying' | 'works' | 'failed' | 'slow'
      readonly place: 'gpu' | 'cpu'
      readonly cause?: Cause
    }
  /** what the rate controller decided, when it is something else than before */
  | {
      readonly type: 'rate'
      readonly decision: Pick<RateDecision, 'targetKbps' | 'step' | 'events' | 'disobeys'>
    }
  /** loudness of the microphone, RMS over some 300 ms */
  | { readonly type: 'level'; readonly rmsDb: number }
  | {
      readonly type: 'music'
      readonly piece: number
      readonly event: MusicEvent
    }
  | {
      readonly type: 'output'
      readonly connection: number
      readonly event: 'connected' | 'published' | 'lost'
      readonly cause?: Cause
    }
  | {
      readonly type: 'snapshot'
      readonly request: number
      readonly image?: Uint8Array
      readonly width?: number
      readonly height?: number
      readonly cause?: Cause
    }

/** What becomes of a piece of background music; times in ms of its file, a duration of 0 is unknown. */
export type MusicEvent =
  | { readonly at: 'started'; readonly durationMs: number }
  | { readonly at: 'progress'; readonly positionMs: number; readonly durationMs: number }
  | { readonly at: 'completed' }
  | { readonly at: 'failed'; readonly cause: Cause }

/** Which part of a lane failed: decides between camera, microphone and encoder codes. */
export interface LaneFailure extends Cause {
  readonly part: 'source' | 'encoder'
}

/** Cumulative since the media process started, except where a unit says otherwise. */
export interface EngineCounters {
  /** monotonic ms */
  readonly atMs: number
  readonly videoBytes: number
  readonly audioBytes: number
  readonly videoFrames: number
  readonly audioFrames: number
  /** ms between the last two keyframes */
  readonly gopMs: number
  readonly bytesSent: number
  readonly videoQueued: number
  readonly audioQueued: number
  /** age of the oldest waiting tag, ms */
  readonly queueAgeMs: number
  readonly videoDropped: number
  /** kernel's figures for the connection; 0 without one */
  readonly rttMs: number
  readonly rttVarMs: number
  readonly notSentBytes: number
  readonly viewers: number
  /** what is encoded goes to a server: the session's opening keyframe went out */
  readonly streaming: boolean
}

/** Elements whose presence decides what the daemon asks for. */
export const probedElements = [
  'v4l2h264enc',
  'nvv4l2h264enc',
  'x264enc',
  'openh264enc',
  'avenc_aac',
  'fdkaacenc',
  'voaacenc',
  'rtmp2sink',
  'rtmpsink',
  'gdppay',
  'flvmux',
  'videoconvertscale',
  'textoverlay',
  'clockoverlay',
  'jpegenc',
  'imagefreeze',
  'pngdec',
  'jpegdec',
  'alsasrc',
  'v4l2src',
  'libcamerasrc',
  'level',
  ...mirrorElements,
  'audiomixer',
  ...soundElements,
] as const

export type ProbedElement = (typeof probedElements)[number]
