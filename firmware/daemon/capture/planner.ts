/**
 * Decides which pipeline each track runs, and which camera stands by: from what is wanted, the devices that are there
 * and the encoders that still work.
 */
import {
  audioEncoders,
  encoderPackages,
  type VideoEncoder,
  videoEncoders,
} from '../../media/graph/encoders.js'
import { muteSetting } from '../../media/graph/lanes.js'
import type { Picture, VideoSource } from '../../media/graph/sources.js'
import type { FromEngine, ToEngine } from '../../media/protocol.js'
import { pictureSize, type Size } from '../../pusher/geometry.js'
import {
  type CaptureDevices,
  type CaptureReport,
  type Found,
  isSilent,
  lookUp,
  type Position,
  type Wanted,
} from './capture-ports.js'
import type { EncoderPace } from './encoder-pace.js'
import { type EncoderTrials, isHardware, rateFormat, sizeFormat } from './encoder-trials.js'
import type { Failures } from './failures.js'
import { isDevice, sameDevice } from './lane-state.js'
import { audioFormats, audioWish, type LaneWish, slateText, videoWish } from './lane-wishes.js'
import type { Lanes } from './lanes.js'
import type { PictureLooks } from './picture-looks.js'
import type { Standby } from './standby.js'
import type { Zoom } from './zoom.js'

/** What a plan starts from. */
interface Plan extends Pick<Wanted, 'want' | 'attributes'> {
  readonly elements: ReadonlySet<string>
}

export interface PlannerWorld {
  readonly wanted: Wanted
  readonly devices: CaptureDevices
  readonly lanes: Lanes
  readonly failures: Failures
  readonly trials: EncoderTrials
  readonly pace: EncoderPace
  readonly standby: Standby
  readonly looks: PictureLooks
  readonly zoom: Zoom
  readonly report: CaptureReport
  send(message: ToEngine): void
}

export class Planner {
  #world: PlannerWorld
  #standbyMs: number
  #standbyRetry: NodeJS.Timeout | undefined
  #planning: Promise<void> = Promise.resolve()

  /** @param standbyMs a camera that could not be kept ready beside the other is tried again after this */
  constructor(world: PlannerWorld, standbyMs: number) {
    this.#world = world
    this.#standbyMs = standbyMs
  }

  /** One plan at a time: devices are looked up asynchronously. Resolves once the media process was told. */
  replan(): Promise<void> {
    this.#planning = this.#planning.then(async () => {
      const plan = this.#plan()
      if (plan) await Promise.all([this.#planVideo(plan), this.#planAudio(plan)])
    })
    return this.#planning
  }

  /** What can be changed on the camera's picture while it runs is changed at once, before any device is looked up. */
  adjust(): void {
    const { lanes, wanted } = this.#world
    const { asked } = lanes.video
    const { elements, want, attributes } = wanted
    if (!asked || !elements || !isDevice(asked)) return
    const plan = { elements, want, attributes }
    const wish = this.#videoWish(plan, asked.encoder as VideoEncoder, asked.source as VideoSource, '')
    if (wish.key === asked.key) lanes.change(asked, wish.live)
  }

  /** The other camera is opened once the one that is shown has come: it must not delay it. */
  planStandby(): void {
    clearTimeout(this.#standbyRetry)
    const { devices, lanes, standby, zoom } = this.#world
    if (!devices.hotSwitch) return
    this.#planning = this.#planning.then(async () => {
      const plan = this.#plan()
      const { asked } = lanes.video
      if (!plan || !asked || plan.want !== 'camera' || !plan.attributes['enable-camera']) return
      const { attributes } = plan
      const position = attributes['device-position'] === 'front' ? 'back' : 'front'
      const size = pictureSize(attributes)
      const found = await this.#camera(position, { ...size, fps: attributes.fps })
      if (this.#isOutdated(plan) || lanes.video.asked !== asked) return
      if ('missing' in found || sameDevice(found.source, asked.source)) return standby.drop()
      const factor = zoom.initial(attributes, found.source, size)
      const wish = this.#videoWish(plan, asked.encoder as VideoEncoder, found.source, '', factor)
      standby.keep(wish, position, () => lanes.nextGeneration('video'))
    })
  }

  /** Nobody waits for it: it is tried again from time to time, and a switch opens it as if it had never been ready. */
  onStandby({ track, generation, event, cause }: Extract<FromEngine, { type: 'lane' }>): void {
    const { failures, report, standby } = this.#world
    if (track !== 'video' || event !== 'failed' || !standby.failed(generation)) return
    if (failures.isNew('standby'))
      report.notice(
        'standby-failed',
        'The other camera can’t be kept ready: switching will take longer.',
        cause,
      )
    this.#standbyRetry = setTimeout(() => this.planStandby(), this.#standbyMs)
  }

  /** For good. */
  stop(): void {
    clearTimeout(this.#standbyRetry)
  }

  /** Undefined while there is no media process to be told of a plan. */
  #plan(): Plan | undefined {
    const { elements, want, attributes, stopped } = this.#world.wanted
    return elements && !stopped ? { elements, want, attributes } : undefined
  }

  /** Something changed while devices were looked up; the plan for that is in line, or comes with the media process. */
  #isOutdated({ elements, want, attributes }: Plan): boolean {
    const { wanted } = this.#world
    return (
      wanted.stopped ||
      wanted.elements !== elements ||
      wanted.want !== want ||
      wanted.attributes !== attributes
    )
  }

  async #planVideo(plan: Plan): Promise<void> {
    const { failures, lanes, standby } = this.#world
    const { elements, want, attributes } = plan
    if (want === 'nothing') return lanes.halt('video')
    const size = pictureSize(attributes)
    const position = attributes['device-position']
    const closed = want === 'slate' || !attributes['enable-camera']
    if (closed) standby.drop()
    const picture = { ...size, fps: attributes.fps }
    const encoder = this.#chooseEncoder(elements, size)
    if (!encoder) {
      // With encoders that only refuse this size, -1305 was told already.
      if (!this.#chooseEncoder(elements))
        failures.tell('video', -1303, { kind: 'no-encoder', install: encoderPackages.video })
      return lanes.halt('video')
    }
    const found = closed ? undefined : await this.#camera(position, picture)
    if (this.#isOutdated(plan)) return
    if (found && 'missing' in found) failures.deviceMissing('video', found.missing)
    this.#tellMissingEncoders(elements, encoder)
    const { failure } = lanes.video
    const source = found && 'source' in found && !failure ? found.source : undefined
    lanes.run('video', this.#videoWish(plan, encoder, source, closed ? '' : slateText(failure)), position)
    const { asked, live } = lanes.video
    if (asked === live) this.planStandby()
  }

  async #planAudio(plan: Plan): Promise<void> {
    const { devices, failures, lanes, trials, wanted } = this.#world
    const { elements, want, attributes } = plan
    if (want === 'nothing') return lanes.halt('audio')
    const format = rateFormat(audioFormats[attributes['audio-quality']].sampleRate)
    const encoder = audioEncoders.find((name) => elements.has(name) && trials.isOpen(name, format))
    if (!encoder) {
      // With encoders that only refuse this rate, -1306 was told already.
      if (!audioEncoders.some((name) => elements.has(name) && trials.isOpen(name)))
        failures.tell('audio', -1304, { kind: 'no-encoder', install: encoderPackages.audio })
      return lanes.halt('audio')
    }
    const position = attributes['device-position']
    const found = attributes['enable-mic'] ? await lookUp(() => devices.microphone(position)) : undefined
    if (this.#isOutdated(plan)) return
    if (found && 'missing' in found) failures.deviceMissing('audio', found.missing)
    const silent = isSilent(plan)
    const wish = audioWish({
      elements,
      attributes,
      encoder,
      source: found && 'source' in found && !lanes.audio.failure ? found.source : { kind: 'silence' },
      silent,
      micVolume: wanted.micVolume,
      musicVolume: wanted.withMusic ? wanted.musicVolume : undefined,
    })
    this.#world.send({ type: 'set', track: 'audio', setting: muteSetting(silent) })
    lanes.run('audio', wish, position)
  }

  /** One that stands by is there: asking for it again would cost the time that it saves. */
  #camera(position: Position, picture: Picture): Promise<Found<VideoSource>> {
    const ready = this.#world.standby.of(position)
    const { width, height, fps } = ready?.spec.facts ?? {}
    if (ready && width === picture.width && height === picture.height && fps === picture.fps)
      return Promise.resolve({ source: ready.source as VideoSource })
    return lookUp(() => this.#world.devices.camera(position, picture))
  }

  #videoWish(
    { elements, attributes }: Plan,
    encoder: VideoEncoder,
    source: VideoSource | undefined,
    slateText: string,
    zoom = source ? this.#world.zoom.factor(attributes, source, pictureSize(attributes)) : 1,
  ): LaneWish {
    const { devices, looks, pace, wanted } = this.#world
    const { spare } = wanted
    const { hotSwitch: gated } = devices
    const preset = pace.preset(devices.preset)
    const { atMostKbps } = pace
    // The camera is closed on purpose when there is nothing to say about it.
    const waitingImage = slateText === '' ? devices.waitingImage?.file : undefined
    const choice = { elements, attributes, encoder, preset, source, slateText, waitingImage }
    return videoWish({ ...choice, looks: looks.possible, zoom, gated, atMostKbps, spare })
  }

  #chooseEncoder(elements: ReadonlySet<string>, size?: Size): VideoEncoder | undefined {
    const { devices, trials } = this.#world
    return devices.encoders.find(
      (name): name is VideoEncoder =>
        name in videoEncoders && elements.has(name) && trials.isOpen(name, size && sizeFormat(size)),
    )
  }

  /** Those that the board or the configuration counts on, and software stands in for. */
  #tellMissingEncoders(elements: ReadonlySet<string>, chosen: VideoEncoder): void {
    const { devices, failures, report } = this.#world
    const preferred = devices.encoders.slice(0, devices.encoders.indexOf(chosen))
    for (const encoder of preferred)
      if (isHardware(encoder) && !elements.has(encoder) && failures.isNew(`encoder ${encoder}`))
        report.code(1103, { kind: 'encoder-missing', encoder, instead: chosen })
  }
}
