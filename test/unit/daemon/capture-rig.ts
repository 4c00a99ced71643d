/** A {@link Capture} with devices and a media process that do what a test tells them. */
import { Capture } from '../../../firmware/daemon/capture/capture.js'
import type { CaptureTimes, Found, Position, Want } from '../../../firmware/daemon/capture/capture-ports.js'
import type { AudioSource, Picture, VideoSource } from '../../../firmware/media/graph/sources.js'
import type {
  FromEngine,
  LaneEventName,
  LaneFailure,
  LaneSpec,
  ToEngine,
} from '../../../firmware/media/protocol.js'
import { type Attributes, defaultAttributes } from '../../../firmware/pusher/attributes.js'
import type { Cause } from '../../../firmware/pusher/events.js'
import type { Teardown } from '../../support/teardown.js'

type Track = 'video' | 'audio'

export type Run = Extract<ToEngine, { type: 'run' }>

export interface Told {
  readonly code: number
  readonly cause: Cause | undefined
}

export const usualElements = [
  'x264enc',
  'openh264enc',
  'avenc_aac',
  'textoverlay',
  'clockoverlay',
  'taginject',
  'videoflip',
]

export const camera = (device: string): Found<VideoSource> => ({ source: { kind: 'v4l2', device } })
export const microphone = (device: string): Found<AudioSource> => ({ source: { kind: 'alsa', device } })
export const missing = (device: string, kind = 'device-missing') => ({
  missing: { kind, device, position: 'front' },
})

export interface RigOptions {
  readonly attributes?: Partial<Attributes>
  readonly encoders?: readonly string[]
  readonly elements?: readonly string[]
  readonly times?: Partial<CaptureTimes>
  readonly front?: Found<VideoSource>
  readonly back?: Found<VideoSource>
  readonly mic?: Found<AudioSource>
  readonly hotSwitch?: boolean
  readonly waitingImage?: string
}

export class Rig {
  readonly capture: Capture
  readonly sent: ToEngine[] = []
  readonly told: Told[] = []
  readonly notices: { readonly kind: string; readonly cause: Cause | undefined }[] = []
  /** how often something that the state shows was said to have changed */
  changes = 0
  /** what a look-up gives; replace it while running */
  cameras: Record<Position, Found<VideoSource>>
  mic: Found<AudioSource>
  /** the waiting image that there is, and those that could not be shown */
  waitingImage: string | undefined
  readonly unshowable: string[] = []
  /** look-ups of cameras, in order */
  readonly looked: { readonly position: Position; readonly picture: Picture }[] = []
  /** what was asked of the focus, in order, and why it has no effect */
  readonly focused: { readonly position: Position; readonly automatic: boolean }[] = []
  focusLack: string | undefined
  /** every look-up of a camera waits for this */
  gate: Promise<unknown> = Promise.resolve()
  #attributes: Attributes
  #last = new Map<Track, Run>()

  constructor(options: RigOptions) {
    this.cameras = {
      front: options.front ?? camera('/dev/video0'),
      back: options.back ?? camera('/dev/video2'),
    }
    this.mic = options.mic ?? microphone('hw:CARD=Webcam,DEV=0')
    this.waitingImage = options.waitingImage
    const rig = this
    this.#attributes = { ...defaultAttributes, ...options.attributes }
    this.capture = new Capture(
      {
        camera: async (position, picture) => {
          this.looked.push({ position, picture })
          await this.gate
          return this.cameras[position]
        },
        microphone: async () => this.mic,
        focus: async (position, automatic) => {
          this.focused.push({ position, automatic })
          return this.focusLack
        },
        waitingImage: {
          get file() {
            return rig.waitingImage
          },
          unshowable: (file) => {
            rig.waitingImage = undefined
            rig.unshowable.push(file)
          },
        },
        encoders: options.encoders ?? ['x264enc', 'openh264enc'],
        preset: 'superfast',
        zoom: { factor: 2, max: 5 },
        hotSwitch: options.hotSwitch ?? false,
      },
      this.#attributes,
      (message) => {
        this.sent.push(message)
        if (message.type === 'run') this.#last.set(message.spec.track, message)
      },
      {
        code: (code, cause) => this.told.push({ code, cause }),
        notice: (kind, _message, cause) => this.notices.push({ kind, cause }),
        changed: () => {
          this.changes += 1
        },
      },
      options.times,
    )
  }

  get codes(): number[] {
    return this.told.map(({ code }) => code)
  }

  causeOf(code: number): Cause | undefined {
    return this.told.findLast((each) => each.code === code)?.cause
  }

  runs(track: Track): Run[] {
    return this.sent.filter(
      (message): message is Run => message.type === 'run' && message.spec.track === track,
    )
  }

  /** The last pipeline that was asked for, however long ago. */
  last(track: Track): Run {
    const run = this.#last.get(track)
    if (!run) throw new Error(`no ${track} pipeline was asked for`)
    return run
  }

  /** What was sent of some type since the last call, the usual chatter left out. */
  take(...types: readonly ToEngine['type'][]): ToEngine[] {
    return this.sent.splice(0).filter(({ type }) => types.includes(type))
  }

  event(track: Track, generation: number, event: LaneEventName, cause?: LaneFailure): void {
    this.capture.onLane({ type: 'lane', track, generation, event, ...(cause ? { cause } : {}) })
  }

  /** The last pipeline of each track comes to feed the stream. */
  goLive(...tracks: readonly Track[]): void {
    for (const track of tracks)
      for (const event of ['opened', 'first-frame', 'live'] as const)
        this.event(track, this.last(track).generation, event)
  }

  async fail(track: Track, failure: Partial<LaneFailure> = {}, generation?: number): Promise<void> {
    const cause = { part: 'source', kind: 'device-lost', ...failure } as const
    this.event(track, generation ?? this.last(track).generation, 'failed', cause)
    await settled()
  }

  /** The rate controller in the media process decides that. */
  async decide(decision: Extract<FromEngine, { type: 'rate' }>['decision']): Promise<void> {
    this.capture.onRate({ type: 'rate', decision })
    await settled()
  }

  async want(want: Want): Promise<void> {
    await this.capture.want(want)
    await settled()
  }

  async set(attributes: Partial<Attributes>): Promise<void> {
    this.#attributes = { ...this.#attributes, ...attributes }
    await this.capture.apply(this.#attributes)
    await settled()
  }
}

/** A box whose media process is up and that shows the camera, nothing live yet. */
export const startRig = async (t: Teardown, options: RigOptions = {}): Promise<Rig> => {
  const rig = new Rig(options)
  t.teardown(() => rig.capture.stop())
  await rig.capture.mediaUp(options.elements ?? usualElements)
  await rig.want('camera')
  return rig
}

/** One whose camera and microphone feed the stream, with nothing told or sent so far. */
export const liveRig = async (t: Teardown, options: RigOptions = {}): Promise<Rig> => {
  const rig = await startRig(t, options)
  rig.goLive('video', 'audio')
  rig.sent.splice(0)
  rig.told.splice(0)
  return rig
}

/** Fakes answer at once: after a turn of the loop every plan is made. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What a pipeline shows, by its source's element: `camera`, `slate`, `mic`, `silence`, `clip`. */
export const shows = (run: Run): string => run.spec.source

export const setting = (spec: LaneSpec, element: string, property: string) =>
  spec.settings.find((each) => each.element === element && each.property === property)?.value
