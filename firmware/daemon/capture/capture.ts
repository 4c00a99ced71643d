/**
 * What the encoder side shows: knows what is wanted, has it planned anew whenever that changes, and hears what becomes
 * of the pipelines. The RTMP session notices none of it.
 */
import { musicVolumeSetting, muteSetting, volumeSetting } from '../../media/graph/lanes.js'
import { canMirror, mirrorLack } from '../../media/graph/mirror.js'
import { soundLack } from '../../media/graph/sound.js'
import type { VideoSource } from '../../media/graph/sources.js'
import type { FromEngine, ToEngine } from '../../media/protocol.js'
import type { Attributes } from '../../pusher/attributes.js'
import type { Relief } from '../../pusher/board-relief.js'
import { pictureSize } from '../../pusher/geometry.js'
import {
  type CaptureDevices,
  type CaptureFacts,
  type CaptureReport,
  type CaptureTimes,
  isSilent,
  lookUp,
  type Position,
  usualTimes,
  type Want,
  type Wanted,
} from './capture-ports.js'
import { EncoderPace } from './encoder-pace.js'
import { EncoderTrials } from './encoder-trials.js'
import { Failures } from './failures.js'
import { isDevice, isSlate, shownBy } from './lane-state.js'
import { canMix } from './lane-wishes.js'
import { Lanes } from './lanes.js'
import { PictureLooks } from './picture-looks.js'
import { Planner } from './planner.js'
import { Standby } from './standby.js'
import { Zoom } from './zoom.js'

export class Capture {
  #devices: CaptureDevices
  #send: (message: ToEngine) => void
  #report: CaptureReport
  #wanted: { -readonly [Name in keyof Wanted]: Wanted[Name] }
  #lanes: Lanes
  #failures: Failures
  #planner: Planner
  #trials: EncoderTrials
  #looks: PictureLooks
  #zoom: Zoom
  #standby: Standby
  #pace: EncoderPace
  /** why auto-focus has no effect */
  #focusLack: string | undefined

  constructor(
    devices: CaptureDevices,
    attributes: Attributes,
    send: (message: ToEngine) => void,
    report: CaptureReport,
    changedTimes: Partial<CaptureTimes> = {},
  ) {
    const times = { ...usualTimes, ...changedTimes }
    this.#devices = devices
    this.#send = send
    this.#report = report
    this.#wanted = {
      elements: undefined,
      want: 'nothing',
      attributes,
      micVolume: 1,
      musicVolume: 1,
      withMusic: false,
      spare: undefined,
      stopped: false,
    }
    const wanted = this.#wanted
    const pace = new EncoderPace(report)
    const trials = new EncoderTrials(times.encoderRetryMs)
    const zoom = new Zoom(devices.zoom)
    const looks = new PictureLooks(devices.effects ?? 'auto', attributes, send, (kind, message, cause) =>
      report.notice(kind, message, cause),
    )
    const standby = new Standby(send)
    const changed = (): void => report.changed()
    const lanes = new Lanes({ send, changed, pace, standby, hotSwitch: devices.hotSwitch })
    const { waitingImage } = devices
    const failures = new Failures(
      {
        ...{ lanes, trials, report, waitingImage },
        holder: async (device) => devices.holder?.(device),
        position: () => wanted.attributes['device-position'],
        replan: () => void this.#planner.replan(),
      },
      times.reopenMs,
    )
    this.#planner = new Planner(
      { wanted, devices, lanes, failures, trials, pace, standby, looks, zoom, report, send },
      times.standbyMs,
    )
    this.#pace = pace
    this.#trials = trials
    this.#zoom = zoom
    this.#looks = looks
    this.#standby = standby
    this.#lanes = lanes
    this.#failures = failures
  }

  get facts(): CaptureFacts {
    const { attributes, elements } = this.#wanted
    const { video, encoder, picture } = this.#lanes
    const shown = shownBy(video)
    return {
      encoder,
      picture,
      shows: !video.halted,
      slate: isSlate(shown),
      position: shown?.position ?? attributes['device-position'],
      mirrored: attributes['remote-mirror'] && elements !== undefined && canMirror(elements),
    }
  }

  /** The waiting image is another one. */
  waitingImageChanged(): void {
    void this.#planner.replan()
  }

  /** Shows something else from now on. Resolves once the media process was told. */
  want(want: Want): Promise<void> {
    if (want !== this.#wanted.want) this.#failures.forgive()
    // -1303 tells people to start again.
    if (this.#wanted.want === 'nothing') this.#trials.forgive()
    this.#wanted.want = want
    if (want === 'nothing') this.#wanted.withMusic = false
    this.#failures.askEncodersAgain()
    return this.#planner.replan()
  }

  /** Loudness of the microphone in the stream from now on, 0 to 1. */
  setMicVolume(volume: number): void {
    this.#wanted.micVolume = volume
    this.#send({ type: 'set', track: 'audio', setting: volumeSetting(volume) })
  }

  /** The greatest factor that {@link setZoom} takes: the camera that is shown, or would be, has so many pixels. */
  async maxZoom(): Promise<number> {
    const { attributes } = this.#wanted
    const { asked } = this.#lanes.video
    const picture = { ...pictureSize(attributes), fps: attributes.fps }
    if (asked && isDevice(asked)) return this.#zoom.max(asked.source as VideoSource, picture)
    const found = await lookUp(() => this.#devices.camera(attributes['device-position'], picture))
    return this.#zoom.max('source' in found ? found.source : undefined, picture)
  }

  /** Whether the camera of that position is open beside the one that is shown. */
  isOpen(position: Position): boolean {
    return this.#standby.of(position) !== undefined
  }

  /** Zooms in from now on, whatever the attribute says. */
  setZoom(factor: number): void {
    this.#zoom.choose(factor)
    this.#planner.adjust()
  }

  /** The attribute was set: it counts again, with the next {@link apply}. */
  forgetZoom(): void {
    this.#zoom.forget()
  }

  /** Music may come from now on, until nothing is shown any more. Resolves once the media process was told. */
  takeMusic(): Promise<void> {
    this.#wanted.withMusic = true
    return this.#planner.replan()
  }

  /** Loudness of the background music in the stream from now on, 0 to 1. */
  setMusicVolume(volume: number): void {
    this.#wanted.musicVolume = volume
    if (this.#wanted.withMusic)
      this.#send({ type: 'set', track: 'audio', setting: musicVolumeSetting(volume) })
  }

  /** Whether this system can mix music in; undefined while that is unknown. */
  get takesMusic(): boolean | undefined {
    return this.#wanted.elements && canMix(this.#wanted.elements)
  }

  /** Why the value of an attribute has no effect on this system, as far as that is known. */
  lack(name: string): string | undefined {
    if (name === 'auto-focus') return this.#focusLack
    const { attributes, elements } = this.#wanted
    return (
      this.#looks.lack(name) ??
      (elements && (soundLack(name, attributes, elements) ?? mirrorLack(name, attributes, elements)))
    )
  }

  /** Makes less work of the picture from now on; undefined: as much as is asked for. */
  spare(relief: Relief | undefined): void {
    this.#wanted.spare = relief
    this.#planner.adjust()
  }

  /** Takes changed attributes over. Resolves once the media process was told. */
  async apply(attributes: Attributes): Promise<void> {
    const { attributes: before, want } = this.#wanted
    this.#wanted.attributes = attributes
    this.#looks.apply(attributes)
    if (before['device-position'] !== attributes['device-position']) {
      this.#failures.forgive()
      this.#zoom.forget()
    } else this.#planner.adjust()
    const silent = isSilent({ attributes, want })
    if (
      isSilent({ attributes: before, want }) !== silent ||
      before['enable-mic'] !== attributes['enable-mic']
    )
      this.#send({ type: 'set', track: 'audio', setting: muteSetting(silent) })
    const planned = this.#planner.replan()
    if (before['auto-focus'] !== attributes['auto-focus']) await this.#focus()
    await planned
  }

  /** A device was plugged in: one that is waited for is tried at once. */
  devicesChanged(): void {
    if (!this.#wanted.stopped) this.#failures.devicesChanged()
  }

  mediaUp(elements: readonly string[]): Promise<void> {
    const { withoutDevice } = this.#devices
    this.#wanted.elements = new Set(elements.filter((name) => !withoutDevice?.has(name)))
    this.#looks.mediaUp()
    this.#failures.askEncodersAgain()
    return this.#planner.replan()
  }

  /** Everything that ran is gone. */
  mediaDown(): void {
    this.#wanted.elements = undefined
    this.#looks.mediaDown()
    this.#pace.forget()
    this.#lanes.mediaDown()
  }

  /** For good: nothing is asked for any more. */
  stop(): void {
    this.#wanted.stopped = true
    this.#planner.stop()
    this.#lanes.stop()
  }

  /** The rate controller decided. */
  onRate({ decision }: Extract<FromEngine, { type: 'rate' }>): void {
    const { live } = this.#lanes.video
    if (this.#wanted.stopped || !live?.spec.pace) return
    const anew = this.#pace.on(decision, live.spec.pace.encoder)
    this.#lanes.keepFacts()
    this.#report.changed()
    if (anew) void this.#planner.replan()
  }

  onLook(event: Extract<FromEngine, { type: 'look' }>): void {
    this.#looks.on(event)
  }

  onLane(event: Extract<FromEngine, { type: 'lane' }>): void {
    if (this.#wanted.stopped) return
    const { track } = event
    const run = this.#lanes.find(track, event.generation)
    if (!run) return this.#planner.onStandby(event)
    if (run !== this.#lanes[track].asked) return this.#lanes.overtaken(track, run, event.event)
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
        this.#lanes.wentLive(track, run)
        if (track === 'video') this.#planner.planStandby()
        if (isDevice(run)) this.#failures.recovered(track)
        if (camera) this.#report.code(1008, { kind: 'encoder', encoder: run.encoder })
        this.#report.changed()
        return
      case 'failed':
        this.#failures.failed(track, run, event.cause ?? { part: 'source', kind: 'unknown' })
    }
  }

  async #focus(): Promise<void> {
    const { 'device-position': position, 'auto-focus': automatic } = this.#wanted.attributes
    this.#focusLack = await this.#devices.focus?.(position, automatic)
  }
}
