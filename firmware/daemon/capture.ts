/**
 * What the encoder side shows: decides which pipeline each track runs, and what to run when a device fails.
 * A camera that can't be shown is replaced by the slate, a microphone by silence, an encoder by the next one;
 * the lost device is tried again until it is back. The RTMP session notices none of it.
 */
import { audioEncoders, encoderPackages, type VideoEncoder, videoEncoders } from '../media/graph/encoders.js'
import { musicVolumeSetting, muteSetting, volumeSetting } from '../media/graph/lanes.js'
import type { EffectPlace } from '../media/graph/looks.js'
import { canMirror, mirrorLack } from '../media/graph/mirror.js'
import { soundLack } from '../media/graph/sound.js'
import type { AudioSource, Picture, VideoSource } from '../media/graph/sources.js'
import type { FromEngine, LaneEventName, LaneFailure, ToEngine } from '../media/protocol.js'
import type { Attributes } from '../pusher/attributes.js'
import type { StatusCode } from '../pusher/codes.js'
import type { Cause } from '../pusher/events.js'
import { pictureSize, type Size } from '../pusher/geometry.js'
import { EncoderPace } from './encoder-pace.js'
import { EncoderTrials, rateFormat, sizeFormat } from './encoder-trials.js'
import {
  askDeviceAgain,
  deviceName,
  isDevice,
  isSlate,
  type LaneState,
  newLane,
  type Position,
  type Run,
  sameDevice,
  shownBy,
  type Track,
} from './lane-state.js'
import {
  audioFormats,
  audioWish,
  canMix,
  type LaneWish,
  type LiveChange,
  slateText,
  videoWish,
} from './lane-wishes.js'
import { PictureLooks } from './picture-looks.js'
import { Standby } from './standby.js'
import { Zoom, type ZoomRange } from './zoom.js'

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
  /** shown while the camera is closed on purpose */
  readonly waitingImage?: WaitingPicture
  /** in order of preference */
  readonly encoders: readonly string[]
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

const usualTimes: CaptureTimes = { reopenMs: 1_000, standbyMs: 10_000, encoderRetryMs: 10_000 }
/** What a plan starts from. */
interface Plan {
  readonly elements: ReadonlySet<string>
  readonly want: Want
  readonly attributes: Attributes
}

export class Capture {
  #devices: CaptureDevices
  #send: (message: ToEngine) => void
  #report: CaptureReport
  #times: CaptureTimes
  #attributes: Attributes
  #want: Want = 'nothing'
  #elements: ReadonlySet<string> | undefined
  #lanes: Record<Track, LaneState> = { video: newLane(), audio: newLane() }
  #trials: EncoderTrials
  #looks: PictureLooks
  #told = new Set<string>()
  #picture: Picture = { width: 0, height: 0, fps: 0 }
  #encoder = ''
  #micVolume = 1
  #zoom: Zoom
  #standby: Standby
  /** why auto-focus has no effect */
  #focusLack: string | undefined
  #standbyRetry: NodeJS.Timeout | undefined
  #musicVolume = 1
  /** the sound can take music in */
  #withMusic = false
  #pace: EncoderPace
  #planning: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(
    devices: CaptureDevices,
    attributes: Attributes,
    send: (message: ToEngine) => void,
    report: CaptureReport,
    times: Partial<CaptureTimes> = {},
  ) {
    this.#devices = devices
    this.#attributes = attributes
    this.#send = send
    this.#report = report
    this.#times = { ...usualTimes, ...times }
    this.#pace = new EncoderPace(report)
    this.#trials = new EncoderTrials(this.#times.encoderRetryMs)
    this.#zoom = new Zoom(devices.zoom)
    this.#looks = new PictureLooks(devices.effects ?? 'auto', attributes, send, (kind, message, cause) =>
      report.notice(kind, message, cause),
    )
    this.#standby = new Standby(send)
  }

  get facts(): CaptureFacts {
    const shown = shownBy(this.#lanes.video)
    return {
      encoder: this.#encoder,
      picture: this.#picture,
      shows: !this.#lanes.video.halted,
      slate: isSlate(shown),
      position: shown?.position ?? this.#attributes['device-position'],
      mirrored:
        this.#attributes['remote-mirror'] && this.#elements !== undefined && canMirror(this.#elements),
    }
  }

  /** The waiting image is another one. */
  waitingImageChanged(): void {
    void this.#replan()
  }

  /** Shows something else from now on. Resolves once the media process was told. */
  want(want: Want): Promise<void> {
    if (want !== this.#want) this.#forgive()
    // -1303 tells people to start again.
    if (this.#want === 'nothing') this.#trials.forgive()
    this.#want = want
    if (want === 'nothing') this.#withMusic = false
    this.#askEncodersAgain()
    return this.#replan()
  }

  /** Loudness of the microphone in the stream from now on, 0 to 1. */
  setMicVolume(volume: number): void {
    this.#micVolume = volume
    this.#send({ type: 'set', track: 'audio', setting: volumeSetting(volume) })
  }

  /** The greatest factor that {@link setZoom} takes: the camera that is shown, or would be, has so many pixels. */
  async maxZoom(): Promise<number> {
    const { asked } = this.#lanes.video
    const picture = { ...pictureSize(this.#attributes), fps: this.#attributes.fps }
    if (asked && isDevice(asked)) return this.#zoom.max(asked.source as VideoSource, picture)
    const found = await lookUp(() => this.#devices.camera(this.#attributes['device-position'], picture))
    return this.#zoom.max('source' in found ? found.source : undefined, picture)
  }

  /** Whether the camera of that position is open, shown or not. */
  isOpen(position: Position): boolean {
    return this.#standby.of(position) !== undefined
  }

  /** Zooms in from now on, whatever the attribute says. */
  setZoom(factor: number): void {
    this.#zoom.choose(factor)
    this.#adjust()
  }

  /** The attribute was set: it counts again, with the next {@link apply}. */
  forgetZoom(): void {
    this.#zoom.forget()
  }

  /** Music may come from now on, until nothing is shown any more. Resolves once the media process was told. */
  takeMusic(): Promise<void> {
    this.#withMusic = true
    return this.#replan()
  }

  /** Loudness of the background music in the stream from now on, 0 to 1. */
  setMusicVolume(volume: number): void {
    this.#musicVolume = volume
    if (this.#withMusic) this.#send({ type: 'set', track: 'audio', setting: musicVolumeSetting(volume) })
  }

  /** Whether this system can mix music in; undefined while that is unknown. */
  get takesMusic(): boolean | undefined {
    return this.#elements && canMix(this.#elements)
  }

  /** Why the value of an attribute has no effect on this system, as far as that is known. */
  lack(name: string): string | undefined {
    if (name === 'auto-focus') return this.#focusLack
    const elements = this.#elements
    return (
      this.#looks.lack(name) ??
      (elements &&
        (soundLack(name, this.#attributes, elements) ?? mirrorLack(name, this.#attributes, elements)))
    )
  }

  /** Takes changed attributes over. Resolves once the media process was told. */
  async apply(attributes: Attributes): Promise<void> {
    const before = this.#attributes
    this.#attributes = attributes
    this.#looks.apply(attributes)
    if (before['device-position'] !== attributes['device-position']) {
      this.#forgive()
      this.#zoom.forget()
    } else this.#adjust()
    if (
      this.#silent(before) !== this.#silent(attributes) ||
      before['enable-mic'] !== attributes['enable-mic']
    )
      this.#send({ type: 'set', track: 'audio', setting: muteSetting(this.#silent(attributes)) })
    const planned = this.#replan()
    if (before['auto-focus'] !== attributes['auto-focus']) await this.#focus()
    await planned
  }

  mediaUp(elements: readonly string[]): Promise<void> {
    this.#elements = new Set(elements)
    this.#looks.mediaUp()
    this.#askEncodersAgain()
    return this.#replan()
  }

  /** Everything that ran is gone. */
  mediaDown(): void {
    this.#elements = undefined
    this.#looks.mediaDown()
    this.#pace.forget()
    this.#standby.forget()
    for (const lane of Object.values(this.#lanes)) {
      lane.halted = true
      lane.asked = undefined
      lane.live = undefined
      lane.passedOver = []
      askDeviceAgain(lane)
    }
  }

  /** For good: nothing is asked for any more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#standbyRetry)
    for (const lane of Object.values(this.#lanes)) clearTimeout(lane.retry)
  }

  /** The rate controller decided. */
  onRate({ decision }: Extract<FromEngine, { type: 'rate' }>): void {
    const { live } = this.#lanes.video
    if (this.#stopped || !live?.spec.pace) return
    const anew = this.#pace.on(decision, live.spec.pace.encoder)
    this.#keepFacts()
    this.#report.changed()
    if (anew) void this.#replan()
  }

  onLook(event: Extract<FromEngine, { type: 'look' }>): void {
    this.#looks.on(event)
  }

  onLane(event: Extract<FromEngine, { type: 'lane' }>): void {
    if (this.#stopped) return
    const { track } = event
    const lane = this.#lanes[track]
    const run = [lane.asked, lane.live, ...lane.passedOver].find(
      (each) => each?.generation === event.generation,
    )
    if (!run) return this.#standbyEvent(event)
    if (run !== lane.asked) return this.#overtaken(lane, run, event.event)
    const camera = isDevice(run) && track === 'video'
    switch (event.event) {
      case 'opened':
        if (camera) this.#report.code(1003)
        // A camera forgets it when it is closed.
        if (camera) void this.#focus()
        return
      case 'first-frame':
        if (camera) this.#report.code(1007)
        return
      case 'live':
        lane.live = run
        lane.passedOver = []
        if (run.keeps) this.#standby.inherit(run.keeps)
        if (track === 'video') this.#planStandby()
        this.#keepFacts()
        if (isDevice(run)) this.#recovered(track)
        if (camera) this.#report.code(1008, { kind: 'encoder', encoder: run.encoder })
        this.#report.changed()
        return
      case 'failed':
        this.#failed(track, run, event.cause ?? { part: 'source', kind: 'unknown' })
    }
  }

  /** Its successor is under way: nobody is told of it any more, but what feeds the stream must be known. */
  #overtaken(lane: LaneState, run: Run, event: LaneEventName): void {
    if (event === 'live') lane.live = run
    if (event !== 'live' && event !== 'failed') return
    if (event === 'failed' && lane.live === run) lane.live = undefined
    lane.passedOver = lane.passedOver.filter((each) => each !== run)
    this.#keepFacts()
    this.#report.changed()
  }

  async #focus(): Promise<void> {
    const { 'device-position': position, 'auto-focus': automatic } = this.#attributes
    this.#focusLack = await this.#devices.focus?.(position, automatic)
  }

  #silent(attributes: Attributes): boolean {
    return attributes.muted || !attributes['enable-mic'] || this.#want === 'slate'
  }

  /** A new wish deserves a fresh try of every device, and a fresh word when it fails. */
  #forgive(): void {
    for (const lane of Object.values(this.#lanes)) askDeviceAgain(lane)
    this.#told.clear()
  }

  /** When there is none still, that is to be told again. */
  #askEncodersAgain(): void {
    for (const key of ['video -1303', 'audio -1304']) this.#told.delete(key)
  }

  #recovered(track: Track): void {
    this.#lanes[track].failure = undefined
    for (const key of [...this.#told]) if (key.startsWith(track)) this.#told.delete(key)
  }

  /** One plan at a time: devices are looked up asynchronously. */
  #replan(): Promise<void> {
    this.#planning = this.#planning.then(async () => {
      const [elements, want, attributes] = [this.#elements, this.#want, this.#attributes]
      if (!elements || this.#stopped) return
      const plan = { elements, want, attributes }
      await Promise.all([this.#planVideo(plan), this.#planAudio(plan)])
    })
    return this.#planning
  }

  /** Something changed while devices were looked up; the plan for that is in line, or comes with the media process. */
  #isOutdated({ elements, want, attributes }: Plan): boolean {
    return (
      this.#stopped || this.#elements !== elements || this.#want !== want || this.#attributes !== attributes
    )
  }

  async #planVideo(plan: Plan): Promise<void> {
    const { elements, want, attributes } = plan
    if (want === 'nothing') return this.#halt('video')
    const size = pictureSize(attributes)
    const position = attributes['device-position']
    const closed = want === 'slate' || !attributes['enable-camera']
    if (closed) this.#standby.drop()
    const picture = { ...size, fps: attributes.fps }
    const encoder = this.#chooseEncoder(elements, size)
    if (!encoder) {
      // With encoders that only refuse this size, -1305 was told already.
      if (!this.#chooseEncoder(elements))
        this.#tell('video', -1303, { kind: 'no-encoder', install: encoderPackages.video })
      return this.#halt('video')
    }
    const found = closed ? undefined : await this.#camera(position, picture)
    if (this.#isOutdated(plan)) return
    if (found && 'missing' in found) this.#deviceMissing('video', found.missing)
    this.#tellMissingEncoders(elements, encoder)
    const failure = this.#lanes.video.failure
    const source = found && 'source' in found && !failure ? found.source : undefined
    this.#run('video', this.#videoWish(plan, encoder, source, closed ? '' : slateText(failure)), position)
    const { asked, live } = this.#lanes.video
    if (asked === live) this.#planStandby()
  }

  /** One that stands by is there: asking for it again would cost the time that it saves. */
  #camera(position: Position, picture: Picture): Promise<Found<VideoSource>> {
    const ready = this.#standby.of(position)
    const { width, height, fps } = ready?.spec.facts ?? {}
    if (ready && width === picture.width && height === picture.height && fps === picture.fps)
      return Promise.resolve({ source: ready.source as VideoSource })
    return lookUp(() => this.#devices.camera(position, picture))
  }

  /** The other camera is opened once the one that is shown has come: it must not delay it. */
  #planStandby(): void {
    clearTimeout(this.#standbyRetry)
    if (!this.#devices.hotSwitch) return
    this.#planning = this.#planning.then(async () => {
      const [elements, want, attributes] = [this.#elements, this.#want, this.#attributes]
      const { asked } = this.#lanes.video
      if (!elements || !asked || this.#stopped || want !== 'camera' || !attributes['enable-camera']) return
      const plan = { elements, want, attributes }
      const position = attributes['device-position'] === 'front' ? 'back' : 'front'
      const size = pictureSize(attributes)
      const found = await this.#camera(position, { ...size, fps: attributes.fps })
      if (this.#isOutdated(plan) || this.#lanes.video.asked !== asked) return
      if ('missing' in found || sameDevice(found.source, asked.source)) return this.#standby.drop()
      const zoom = this.#zoom.initial(attributes, found.source, size)
      const wish = this.#videoWish(plan, asked.encoder as VideoEncoder, found.source, '', zoom)
      this.#standby.keep(wish, position, () => this.#nextGeneration('video'))
    })
  }

  /** Nobody waits for it: it is tried again from time to time, and a switch opens it as if it had never been ready. */
  #standbyEvent({ track, generation, event, cause }: Extract<FromEngine, { type: 'lane' }>): void {
    if (track !== 'video' || event !== 'failed' || !this.#standby.failed(generation)) return
    const key = 'standby'
    if (!this.#told.has(key))
      this.#report.notice(
        'standby-failed',
        'The other camera can’t be kept ready: switching will take longer.',
        cause,
      )
    this.#told.add(key)
    this.#standbyRetry = setTimeout(() => this.#planStandby(), this.#times.standbyMs)
  }

  #nextGeneration(track: Track): number {
    this.#lanes[track].generations += 1
    return this.#lanes[track].generations
  }

  #videoWish(
    { elements, attributes }: Plan,
    encoder: VideoEncoder,
    source: VideoSource | undefined,
    slateText: string,
    zoom = source ? this.#zoom.factor(attributes, source, pictureSize(attributes)) : 1,
  ): LaneWish {
    const { hotSwitch: gated } = this.#devices
    const preset = this.#pace.preset(this.#devices.preset)
    const { atMostKbps } = this.#pace
    // The camera is closed on purpose when there is nothing to say about it.
    const waitingImage = slateText === '' ? this.#devices.waitingImage?.file : undefined
    const looks = this.#looks.possible
    const choice = { elements, attributes, encoder, preset, looks, source, slateText, waitingImage }
    return videoWish({ ...choice, zoom, gated, atMostKbps })
  }

  /** What can be changed on the camera's picture while it runs is changed at once, before any device is looked up. */
  #adjust(): void {
    const { asked } = this.#lanes.video
    const elements = this.#elements
    if (!asked || !elements || !isDevice(asked)) return
    const plan = { elements, want: this.#want, attributes: this.#attributes }
    const wish = this.#videoWish(plan, asked.encoder as VideoEncoder, asked.source as VideoSource, '')
    if (wish.key === asked.key) this.#change(asked, wish.live)
  }

  #change(run: Run, live: readonly LiveChange[]): void {
    const holding = new Set(run.holds.map((each) => JSON.stringify(each)))
    for (const change of live) if (!holding.has(JSON.stringify(change))) this.#send(change)
    run.holds = live
  }

  /** Those that the board or the configuration counts on, and software stands in for. */
  #tellMissingEncoders(elements: ReadonlySet<string>, chosen: VideoEncoder): void {
    const preferred = this.#devices.encoders.slice(0, this.#devices.encoders.indexOf(chosen))
    for (const encoder of preferred) {
      const key = `encoder ${encoder}`
      if (!isHardware(encoder) || elements.has(encoder) || this.#told.has(key)) continue
      this.#told.add(key)
      this.#report.code(1103, { kind: 'encoder-missing', encoder, instead: chosen })
    }
  }

  async #planAudio(plan: Plan): Promise<void> {
    const { elements, want, attributes } = plan
    if (want === 'nothing') return this.#halt('audio')
    const format = rateFormat(audioFormats[attributes['audio-quality']].sampleRate)
    const encoder = audioEncoders.find((name) => elements.has(name) && this.#trials.isOpen(name, format))
    if (!encoder) {
      // With encoders that only refuse this rate, -1306 was told already.
      if (!audioEncoders.some((name) => elements.has(name) && this.#trials.isOpen(name)))
        this.#tell('audio', -1304, { kind: 'no-encoder', install: encoderPackages.audio })
      return this.#halt('audio')
    }
    const position = attributes['device-position']
    const found = attributes['enable-mic']
      ? await lookUp(() => this.#devices.microphone(position))
      : undefined
    if (this.#isOutdated(plan)) return
    if (found && 'missing' in found) this.#deviceMissing('audio', found.missing)
    const wish = audioWish({
      elements,
      attributes,
      encoder,
      source: found && 'source' in found && !this.#lanes.audio.failure ? found.source : { kind: 'silence' },
      silent: this.#silent(attributes),
      micVolume: this.#micVolume,
      musicVolume: this.#withMusic ? this.#musicVolume : undefined,
    })
    this.#send({ type: 'set', track: 'audio', setting: muteSetting(this.#silent(attributes)) })
    this.#run('audio', wish, position)
  }

  #chooseEncoder(elements: ReadonlySet<string>, size?: Size): VideoEncoder | undefined {
    return this.#devices.encoders.find(
      (name): name is VideoEncoder =>
        name in videoEncoders && elements.has(name) && this.#trials.isOpen(name, size && sizeFormat(size)),
    )
  }

  /** Starts a pipeline only when something is different that can't be set on one that runs. */
  #run(track: Track, { spec, source, encoder, key, live }: LaneWish, position: Position): void {
    const lane = this.#lanes[track]
    if (lane.asked?.key === key) return this.#change(lane.asked, live)
    // A camera or card can be open once only; made sources and other devices may overlap.
    const runs = [lane.asked, lane.live, ...lane.passedOver]
    const breakFirst = runs.some((run) => run && sameDevice(run.source, source))
    if (breakFirst) lane.live = undefined
    const ready = track === 'video' ? this.#standby.release(key, source) : undefined
    const keeps = track === 'video' && !breakFirst ? this.#keptBeside(source, position) : undefined
    const over = lane.asked && lane.asked !== lane.live ? [...lane.passedOver, lane.asked] : lane.passedOver
    lane.passedOver = breakFirst ? [] : over
    const generation = ready?.generation ?? this.#nextGeneration(track)
    lane.halted = false
    lane.asked = {
      generation,
      key,
      spec,
      askedAtMs: performance.now(),
      holds: live,
      source,
      encoder,
      position,
      ...(keeps ? { keeps } : {}),
    }
    this.#keepFacts()
    this.#send({
      type: 'run',
      generation,
      spec: breakFirst ? { ...spec, replace: 'break-first' } : spec,
      ...(keeps ? { keeps: true } : {}),
    })
    // What was set while it stood by.
    if (ready) for (const change of live) if (change.type === 'set') this.#send(change)
    this.#report.changed()
  }

  /** The camera that stays open when another one is shown. */
  #keptBeside(source: VideoSource | AudioSource, position: Position): Run | undefined {
    const { live, asked } = this.#lanes.video
    const camera = source.kind !== 'slate' && source.kind !== 'image'
    const kept = this.#devices.hotSwitch && camera && live === asked && live && isDevice(live)
    return kept && live.position !== position ? live : undefined
  }

  /** What feeds the stream is told, not what is tried beside it; and, once nothing runs, what was the last. */
  #keepFacts(): void {
    const run = shownBy(this.#lanes.video)
    if (!run) return
    const { width = 0, height = 0, fps = 0 } = run.spec.facts
    const full = { width, height, fps }
    this.#picture = run.spec.pace ? this.#pace.of(full) : full
    this.#encoder = run.encoder
  }

  #halt(track: Track): void {
    const lane = this.#lanes[track]
    askDeviceAgain(lane)
    if (lane.halted) return
    lane.halted = true
    lane.asked = undefined
    lane.live = undefined
    lane.passedOver = []
    if (track === 'video') this.#standby.forget()
    this.#send({ type: 'halt', track })
    this.#report.changed()
  }

  #failed(track: Track, run: Run, failure: LaneFailure): void {
    const lane = this.#lanes[track]
    const wasLive = lane.live === run
    if (wasLive) lane.live = undefined
    // A successor that fails leaves what ran before as it is.
    lane.asked = lane.live
    lane.passedOver = []
    // A made picture fits whatever the encoder takes: when caps don't agree, it is the encoder that refuses. What
    // stands for a device can't be lost either: when it doesn't come, the encoder hangs.
    const refused = failure.kind === 'format-unsupported' && deviceName(run.source) === undefined
    // The neutral slate takes over; when it is the encoder after all, that fails too.
    if (run.source.kind === 'image') this.#devices.waitingImage?.unshowable(run.source.file, failure)
    else if (failure.part === 'encoder' || refused || !isDevice(run))
      this.#encoderFailed(track, run, failure, wasLive)
    else this.#deviceFailed(track, run, failure)
    void this.#replan()
  }

  #encoderFailed(track: Track, run: Run, failure: LaneFailure, wasLive: boolean): void {
    const { encoder } = run
    const cause = { ...failure, encoder }
    if (failure.kind === 'format-unsupported') return this.#formatRefused(track, run, cause)
    const hardware = isHardware(encoder)
    const atMs = performance.now()
    const workedUntilMs = wasLive ? atMs : run.askedAtMs
    const again = this.#trials.failed(encoder, { atMs, workedUntilMs, hardware })
    if (track === 'video') this.#report.code(hardware ? 1103 : again ? 1104 : -1303, cause)
    // The component has no code for a sound encoder that is restarted.
    else if (again) this.#report.notice('audio-encoder-restarted', 'The sound encoder was restarted.', cause)
    else this.#report.code(-1304, cause)
  }

  /** Another encoder may take it; with none left, that is told by its own code. */
  #formatRefused(track: Track, { encoder, spec }: Run, cause: Cause): void {
    const { width = 0, height = 0, sampleRate = 0 } = spec.facts
    this.#trials.refuses(encoder, track === 'video' ? sizeFormat({ width, height }) : rateFormat(sampleRate))
    if (track === 'video') this.#report.code(-1305, { ...cause, width, height })
    else this.#report.code(-1306, { ...cause, sampleRate })
  }

  #deviceFailed(track: Track, run: Run, failure: LaneFailure): void {
    if (failure.kind === 'clip-without-sound') {
      // Nothing failed: the clip is silent, and will be when it is asked again.
      this.#lanes[track].failure = failure
      return
    }
    // Switched to the other camera meanwhile: nobody waits for this one.
    if (track === 'video' && run.position !== this.#attributes['device-position']) return
    const { part: _, ...cause } = failure
    const device = deviceName(run.source)
    this.#deviceMissing(track, {
      ...cause,
      ...(device === undefined ? {} : { device }),
      ...(track === 'video' ? { position: run.position } : {}),
    })
  }

  /** The slate or silence takes over; the device is tried again until it is back. */
  #deviceMissing(track: Track, cause: Cause): void {
    const denied = cause.kind === 'device-denied'
    this.#tell(track, lossCode(track, cause), cause)
    if (denied) this.#tell(track, track === 'video' ? 10001 : 10002, cause)
    this.#retryLater(track, cause)
  }

  #retryLater(track: Track, cause: Cause): void {
    const lane = this.#lanes[track]
    lane.failure = cause
    clearTimeout(lane.retry)
    lane.retry = setTimeout(() => {
      lane.failure = undefined
      void this.#replan()
    }, this.#times.reopenMs)
  }

  /** A failure is told once until it is over. */
  #tell(track: Track, code: StatusCode, cause: Cause): void {
    const key = `${track} ${code}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#report.code(code, cause)
  }
}

const lossCode = (track: Track, { kind }: Cause): StatusCode => {
  if (track === 'audio') return kind === 'no-frames' ? -1311 : -1302
  return kind === 'format-unsupported' ? -1305 : -1301
}

/** A look-up that throws is a device that can't be used: it must not end the planning of everything else. */
const lookUp = async <Source>(look: () => Promise<Found<Source>>): Promise<Found<Source>> => {
  try {
    return await look()
  } catch (error) {
    return { missing: { kind: 'device-failed', detail: String(error).slice(0, 300) } }
  }
}

const isHardware = (encoder: string): boolean =>
  encoder in videoEncoders && videoEncoders[encoder as VideoEncoder].hardware
