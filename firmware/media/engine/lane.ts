/**
 * One track's capture+encode pipelines: the one that feeds the hub, and at most one successor that takes over
 * at its first keyframe. A successor that fails leaves the running one as it is. Beside them at most one camera stands
 * by: open, its gate closed, so that it can be the successor within a frame.
 */

import { videoEncoders } from '../graph/encoders.js'
import { gateSetting } from '../graph/lanes.js'
import { type Pace, paceSettings } from '../graph/pace.js'
import { type PictureSize, sizeOfCaps, zoomSettings } from '../graph/zoom.js'
import type { LaneEventName, LaneFailure, LaneSpec, PropertySetting } from '../protocol.js'
import { type GstPipeline, type Sample, takePipeline } from './binding.js'
import { Clip, type ClipFrame } from './clip.js'
import { readTag, runningMsOf, type Tag, type Track } from './flv.js'
import type { Hub } from './hub.js'
import { laneFailure, launchFailure } from './lane-failures.js'
import type { PictureKind } from './look-processors.js'
import type { Passage } from './look-stage.js'
import type { Music } from './music.js'
import { Timeline } from './timeline.js'
import { setV4l2Bitrate } from './v4l2-rate.js'

export interface LaneEvents {
  event(generation: number, event: LaneEventName, cause?: LaneFailure): void
  /** the meter of what feeds the hub, RMS in dB of full scale */
  level(rmsDb: number): void
  /** a pipeline with a stage for looks is about to play */
  playsWithLooks(pipeline: GstPipeline, picture: Omit<PictureKind, 'colorimetry'>): Passage
  /** for the lanes that can take any */
  readonly music: Music
}

const checkMs = 100
/** Longest that a sound lane waits for the one before it to get as far as its own first frame. */
const catchUpMs = 1_000
const samplesPerAacFrame = 1024

export class Lane {
  #track: Track
  #hub: Hub
  #events: LaneEvents
  #running: Generation | undefined
  #successor: Generation | undefined
  #standby: Generation | undefined
  /** what runs stands by once the successor has taken over */
  #keeps = false
  #pace: Pace | undefined

  constructor(track: Track, hub: Hub, events: LaneEvents) {
    this.#track = track
    this.#hub = hub
    this.#events = events
  }

  /** The pipeline that feeds the hub, if any. */
  get pipeline(): GstPipeline | undefined {
    return this.#running?.pipeline
  }

  /** Whether another pipeline is about to take over, with sequence headers of its own. */
  get changing(): boolean {
    return this.#successor !== undefined
  }

  /** @param keeps what runs now stands by once this has taken over */
  run(generation: number, spec: LaneSpec, keeps = false): void {
    this.#successor?.stop()
    if (spec.replace === 'break-first') this.#running?.stop()
    this.#keeps = keeps
    const ready = this.#standby?.number === generation ? this.#standby : undefined
    if (ready) this.#standby = undefined
    const next = ready ?? this.#generation(generation, spec)
    this.#successor = next
    if (ready) ready.wake(spec)
    else next.start()
  }

  /** Keeps that camera ready and closes another one that was. */
  standBy(run?: { readonly generation: number; readonly spec: LaneSpec }): void {
    this.#standby?.stop()
    this.#standby = run && this.#generation(run.generation, run.spec)
    this.#standby?.start('standby')
  }

  #generation(generation: number, spec: LaneSpec): Generation {
    const next: Generation = new Generation(generation, spec, this.#pace, {
      event: (event, cause) => {
        if (event === 'live') this.#cutOver(next)
        if (event === 'failed') this.#drop(next)
        this.#events.event(generation, event, cause)
      },
      tag: (tag, timeMs) => {
        if (this.#running === next) this.#hub.put({ ...tag, timeMs })
      },
      continues: (timeMs) => timeMs > this.#hub.lastMs(this.#track),
      leadMs: (timeMs) =>
        this.#running !== next && this.#running?.pipeline ? timeMs - this.#hub.lastMs(this.#track) : 0,
      level: (rmsDb) => {
        if (this.#running === next) this.#events.level(rmsDb)
      },
      playsWithLooks: (pipeline, picture) => this.#events.playsWithLooks(pipeline, picture),
      relieves: () => this.#running !== next && this.#running?.pipeline !== undefined,
      music: this.#events.music,
    })
    return next
  }

  halt(): void {
    this.#successor?.stop()
    this.#running?.stop()
    this.#standby?.stop()
    this.#successor = undefined
    this.#running = undefined
    this.#standby = undefined
    this.#hub.forget(this.#track)
  }

  /** Sets a property on what runs and on what is about to, where they have that element: a slate has few. */
  set(setting: PropertySetting): void {
    for (const each of [this.#running, this.#successor, this.#standby]) each?.applyWhereItIs(setting)
  }

  /** Zooms in from the next frame on. */
  zoom(factor: number): void {
    for (const each of [this.#running, this.#successor]) each?.zoom(factor)
  }

  /** Encodes so much from now on, whatever runs. */
  pace(pace: Pace): void {
    this.#pace = pace
    for (const each of [this.#running, this.#successor, this.#standby]) each?.pace(pace)
  }

  /** How much longer than at best it took from the capture of the newest frame to the end of its encoding, ms. */
  get lateMs(): number {
    return this.#running?.lateMs ?? 0
  }

  keyframe(): void {
    this.#running?.keyframe()
  }

  #cutOver(next: Generation): void {
    if (this.#successor !== next) return
    const before = this.#running
    if (this.#keeps && before?.pipeline) {
      this.#standby?.stop()
      this.#standby = before
      before.rest()
    } else before?.stop()
    this.#running = next
    this.#successor = undefined
    this.#hub.setFacts(this.#track, next.spec.facts)
  }

  #drop(failed: Generation): void {
    failed.stop()
    if (this.#successor === failed) this.#successor = undefined
    if (this.#running === failed) this.#running = undefined
    if (this.#standby === failed) this.#standby = undefined
  }
}

interface GenerationEvents {
  event(event: LaneEventName, cause?: LaneFailure): void
  tag(tag: Tag, timeMs: number): void
  /** whether a frame of that time comes after everything that the track has had */
  continues(timeMs: number): boolean
  /** how far a frame of that time is ahead of the pipeline that still feeds the hub; 0 when none does */
  leadMs(timeMs: number): number
  level(rmsDb: number): void
  playsWithLooks: LaneEvents['playsWithLooks']
  /** whether another pipeline still feeds the hub */
  relieves(): boolean
  readonly music: Music
}

/** One run of one pipeline. */
class Generation {
  readonly number: number
  readonly spec: LaneSpec
  #events: GenerationEvents
  #pipeline: GstPipeline | undefined
  #timeline = new Timeline()
  #leaveClip: (() => void) | undefined
  /** Stands by: nothing of it is told or handed on, and its gate is closed once it has shown that it can deliver. */
  #resting = false
  #zoom: number
  #pace: Pace | undefined
  /** what was set of it, by element and property */
  #paced = new Map<string, PropertySetting['value']>()
  #v4l2Kbps = 0
  #lateMs = 0
  #usualMs = Number.POSITIVE_INFINITY
  #clipSize: PictureSize | undefined
  #passage: Passage | undefined
  #leaveMusic: (() => void) | undefined
  /** engine ms from which on the music is in the sound */
  #musicFromMs = Number.NEGATIVE_INFINITY
  #pulseAt = 0
  #config: Tag | undefined
  #early: Tag[] = []
  #aheadSince: number | undefined
  #live = false
  #stopped = false
  #startedAt = 0
  #lastTagAt = 0
  #opened = false
  #openedAt = 0
  #seenFrame = false
  #check: NodeJS.Timeout | undefined

  constructor(number: number, spec: LaneSpec, pace: Pace | undefined, events: GenerationEvents) {
    this.number = number
    this.spec = spec
    this.#pace = pace
    this.#zoom = spec.zoom?.factor ?? 1
    this.#events = events
  }

  get pipeline(): GstPipeline | undefined {
    return this.#stopped ? undefined : this.#pipeline
  }

  start(as: 'successor' | 'standby' = 'successor'): void {
    this.#resting = as === 'standby'
    this.#startedAt = performance.now()
    try {
      const pipeline = takePipeline(this.spec.launch)
      this.#pipeline = pipeline
      for (const setting of this.spec.settings) this.apply(setting)
      this.zoom(this.#zoom)
      if (this.#pace) this.pace(this.#pace)
      if (this.spec.looks) this.#passage = this.#events.playsWithLooks(pipeline, pictureOf(this.spec))
      pipeline.play((message) => {
        if (message.type === 'error') this.#fail(laneFailure(message, this.spec.source))
        else if (message.type === 'eos')
          this.#fail({ part: 'source', kind: 'device-lost', detail: 'end of stream' })
        else if (message.type === 'element' && message._src_element_name === 'level') {
          this.#pulseAt = performance.now()
          this.#level(String(message.rms))
        } else if (
          message.type === 'state-changed' &&
          message._src_element_name === this.spec.source &&
          message['new-state'] === 'GST_STATE_PLAYING'
        )
          this.#open()
      })
      pipeline.pull(
        'metronome',
        ({ data }) => this.#tick(pipeline, data),
        () => !this.#timeline.ready,
      )
      this.#passage?.played()
      pipeline.pull(this.spec.track, (sample) => this.#sample(sample))
      if (this.spec.clip) this.#feed(pipeline, this.spec.clip.file)
      this.#check = setInterval(() => this.#watch(), checkMs)
    } catch (error) {
      // Reported after run() returned, like every other failure.
      const failure = launchFailure(error instanceof Error ? error.message : String(error))
      queueMicrotask(() => this.#fail(failure))
    }
  }

  /** From feeding the hub to standing by. */
  rest(): void {
    this.#resting = true
    this.apply(gateSetting(false))
  }

  /** From standing by to being the successor: as if it was opened now, but its next picture is there at once. */
  wake(spec: LaneSpec): void {
    const opened = this.#opened
    this.#resting = false
    this.#live = false
    this.#opened = false
    this.#seenFrame = false
    this.#startedAt = performance.now()
    this.zoom(spec.zoom?.factor ?? 1)
    this.keyframe()
    this.apply(gateSetting(true))
    if (opened) this.#open()
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#check)
    this.#leaveClip?.()
    this.#passage?.leave()
    this.#leaveMusic?.()
    this.#pipeline?.stop()
  }

  apply(setting: PropertySetting): void {
    this.#pipeline?.set(setting.element, setting.property, setting.value)
  }

  applyWhereItIs(setting: PropertySetting): void {
    if (this.#pipeline?.has(setting.element)) this.apply(setting)
  }

  /** Of a clip, as soon as its size is known. */
  zoom(factor: number): void {
    this.#zoom = factor
    const { zoom } = this.spec
    const source = zoom?.source ?? this.#clipSize
    if (!zoom || !source) return
    for (const setting of zoomSettings(factor, source, zoom.shape)) this.apply(setting)
  }

  get lateMs(): number {
    return this.#lateMs
  }

  /** What every frame takes, a change of rate or an effect, is no lateness. */
  #late(ms: number): void {
    this.#usualMs = Math.min(this.#usualMs, ms)
    this.#lateMs = ms - this.#usualMs
  }

  /** Sets what is different from what the pipeline has. */
  pace(pace: Pace): void {
    this.#pace = pace
    const { facts, pace: spec } = this.spec
    const { width = 0, height = 0, fps = 0 } = facts
    if (!spec || !this.#pipeline) return
    const rate = videoEncoders[spec.encoder].bitrate(pace.kbps)
    // Meant for a successor of another size.
    const fits = pace.width <= width && pace.height <= height
    const picture = fits ? paceSettings(pace, { width, height, fps }) : []
    for (const setting of [...(rate ? [rate] : []), ...picture]) {
      const key = `${setting.element}.${setting.property}`
      if (this.#paced.get(key) === setting.value) continue
      this.#paced.set(key, setting.value)
      this.apply(setting)
    }
    if (spec.encoder === 'v4l2h264enc') this.#paceV4l2(pace.kbps)
  }

  /** Its descriptor is there once it is open. */
  #paceV4l2(kbps: number): void {
    const fd = Number(this.#pipeline?.child('encoder')['device-fd'] ?? -1)
    if (fd < 0 || kbps === this.#v4l2Kbps) return
    if (setV4l2Bitrate(fd, kbps)) this.#v4l2Kbps = kbps
  }

  keyframe(): void {
    if (this.spec.track === 'video') this.pipeline?.keyframe('parse')
  }

  #feed(pipeline: GstPipeline, file: string): void {
    const track = this.spec.track
    const push = (frame: ClipFrame): void => {
      if (this.#stopped || !this.#timeline.ready) return
      pipeline.push('feed', frame.data, this.#timeline.runningMs(frame.timeMs) * 1e6)
    }
    this.#leaveClip = Clip.join(file, track, {
      caps: (caps) => {
        if (this.#stopped) return
        pipeline.set('feed', 'caps', caps)
        this.#clipSize = sizeOfCaps(caps)
        this.zoom(this.#zoom)
        this.#open()
      },
      frame: push,
      failed: (cause) => this.#fail({ part: 'source', ...cause }),
    })
  }

  /** Not before its own sound is there: music alone would look like a microphone that works. */
  #joinMusic(): void {
    const { music } = this.#events
    const { music: source } = this.spec
    const pipeline = this.#pipeline
    if (this.#leaveMusic || !source || !pipeline) return
    if (music.plays) this.#musicFromMs = performance.now()
    this.#leaveMusic = music.join({
      push: (data, timeMs) => {
        const ns = Math.round(this.#timeline.runningMs(timeMs) * 1e6)
        if (!this.#stopped && ns >= 0) pipeline.push(source, data, ns)
      },
    })
  }

  /** The meter gives a list of its channels as text: `< -21.38 >`. */
  #level(rms: string): void {
    const rmsDb = Number.parseFloat(rms.slice(1))
    if (!this.#stopped && !Number.isNaN(rmsDb)) this.#events.level(rmsDb)
  }

  #open(): void {
    if (this.#opened) return
    this.#opened = true
    this.#openedAt = performance.now()
    if (!this.#resting) this.#events.event('opened')
  }

  #tick(pipeline: GstPipeline, sample: Buffer): void {
    const runningMs = runningMsOf(sample)
    if (runningMs === undefined) return
    this.#timeline.tick(runningMs, performance.now(), pipeline.bigNumber('ticks', 'current-level-buffers'))
    if (this.#timeline.ready) this.#takeEarly()
  }

  #takeEarly(): void {
    const early = this.#early
    this.#early = []
    for (const tag of early) this.#tag(tag, true)
  }

  #sample(sample: Sample): void {
    const tag = readTag(sample.data)
    if (!tag || this.#stopped) return
    this.#lastTagAt = performance.now()
    if (!this.#timeline.ready) this.#early.push(tag)
    else if (this.#early.length > 0) {
      this.#early.push(tag)
      this.#takeEarly()
    } else this.#tag(tag)
  }

  /**
   * Sound of the pipeline before this one may still be on its way: an effect holds it back, or this process was
   * busy. Cut off, it would leave a hole.
   */
  #mustWait(timeMs: number): boolean {
    const frameMs = (samplesPerAacFrame * 1_000) / (this.spec.facts.sampleRate ?? 48_000)
    if (this.spec.track === 'video' || this.#events.leadMs(timeMs) <= 1.5 * frameMs) return false
    this.#aheadSince ??= performance.now()
    return performance.now() - this.#aheadSince < catchUpMs
  }

  /** @param waited for the timeline, while the pipeline before this one was still feeding the hub */
  #tag(tag: Tag, waited = false): void {
    if (this.#stopped) return
    if (tag.config) {
      this.#config = tag
      if (this.#live) this.#events.tag(tag, performance.now())
      return
    }
    if (this.#resting) {
      // Everything is negotiated and the sequence header known: more would only cost.
      if (tag.keyframe) this.rest()
      this.#seenFrame = true
      return
    }
    if (!this.#seenFrame) {
      this.#seenFrame = true
      // The bus may tell of PLAYING a moment after the first frame came through.
      this.#open()
      this.#events.event('first-frame')
    }
    if (tag.runningMs === undefined) return
    const timeMs = this.#timeline.engineMs(tag.runningMs) - (this.spec.codecDelayMs ?? 0)
    this.#late(performance.now() - timeMs)
    this.#joinMusic()
    if (!this.#live) {
      // The one that still feeds the hub has the music in it.
      if (timeMs < this.#musicFromMs && this.#events.relieves()) return
      if (this.spec.track === 'video' && !tag.keyframe) return
      // Sent late, these frames would follow each other without a pause: the next one is a better beginning.
      if (waited && !this.#events.continues(timeMs)) return this.keyframe()
      if (this.#mustWait(timeMs)) {
        this.#early.push(tag)
        return
      }
      this.#live = true
      this.#pulseAt = performance.now()
      this.#events.event('live')
      if (this.#config) this.#events.tag(this.#config, timeMs)
    }
    this.#events.tag(tag, timeMs)
  }

  get #lastAliveAt(): number {
    return this.spec.pulse ? Math.min(this.#lastTagAt, this.#pulseAt) : this.#lastTagAt
  }

  #watch(): void {
    const now = performance.now()
    // Its gate is closed: that no frame comes says nothing.
    if (this.#resting && this.#seenFrame) return
    if (!this.#live && now - this.#startedAt > this.spec.openDeadlineMs)
      this.#fail({
        part: this.#seenFrame ? 'encoder' : 'source',
        kind: 'no-frames',
        afterMs: this.spec.openDeadlineMs,
      })
    else if (this.#silentSince(now) > this.spec.stallMs)
      this.#fail({ part: 'source', kind: 'no-frames', afterMs: this.spec.stallMs })
  }

  /** How long nothing has come; a microphone that is open must deliver from then on, a camera has to warm up first. */
  #silentSince(now: number): number {
    if (this.#live) return now - this.#lastAliveAt
    return this.spec.track === 'audio' && this.#opened && !this.#seenFrame ? now - this.#openedAt : 0
  }

  #fail(cause: LaneFailure): void {
    if (this.#stopped) return
    this.stop()
    this.#events.event('failed', cause)
  }
}

const pictureOf = ({
  facts: { width = 0, height = 0, fps = 0 },
}: LaneSpec): Omit<PictureKind, 'colorimetry'> => ({
  width,
  height,
  fps,
})
