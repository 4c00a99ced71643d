/** One run of one pipeline of a lane: from its start over its first frame and its taking over to its end. */
import { gateSetting } from '../../graph/lanes.js'
import type { Pace } from '../../graph/pace.js'
import type { LaneEventName, LaneFailure, LaneSpec } from '../../protocol.js'
import { type BusMessage, type GstPipeline, type Sample, takePipeline } from '../binding.js'
import { readTag, runningMsOf, type Tag } from '../flv.js'
import type { PictureKind } from '../looks/look-processors.js'
import type { Passage } from '../looks/look-stage.js'
import type { Music } from '../music/music.js'
import { Clip } from './clip.js'
import { laneFailure, launchFailure } from './lane-failures.js'
import { LiveSettings } from './live-settings.js'
import { SignsOfLife } from './signs-of-life.js'
import { Timeline } from './timeline.js'

const checkMs = 100
/** Longest that a sound lane waits for the one before it to get as far as its own first frame. */
const catchUpMs = 1_000
const samplesPerAacFrame = 1024

export interface GenerationEvents {
  event(event: LaneEventName, cause?: LaneFailure): void
  tag(tag: Tag, timeMs: number): void
  /** whether a frame of that time comes after everything that the track has had */
  continues(timeMs: number): boolean
  /** how far a frame of that time is ahead of the pipeline that still feeds the hub; 0 when none does */
  leadMs(timeMs: number): number
  level(rmsDb: number): void
  /** a pipeline with a stage for looks is about to play */
  playsWithLooks(pipeline: GstPipeline, picture: Omit<PictureKind, 'colorimetry'>): Passage
  /** whether another pipeline still feeds the hub */
  relieves(): boolean
  readonly music: Music
}

export class Generation {
  readonly number: number
  readonly spec: LaneSpec
  readonly settings: LiveSettings
  #events: GenerationEvents
  #signs: SignsOfLife
  #pipeline: GstPipeline | undefined
  #timeline = new Timeline()
  #leaveClip: (() => void) | undefined
  /** Stands by: nothing of it is told or handed on, and its gate is closed once it has shown that it can deliver. */
  #resting = false
  #lateMs = 0
  #usualMs = Number.POSITIVE_INFINITY
  #passage: Passage | undefined
  #leaveMusic: (() => void) | undefined
  /** engine ms from which on the music is in the sound */
  #musicFromMs = Number.NEGATIVE_INFINITY
  #config: Tag | undefined
  #early: Tag[] = []
  #aheadSince: number | undefined
  #opened = false
  #seenFrame = false
  #live = false
  #stopped = false
  #check: NodeJS.Timeout | undefined

  constructor(number: number, spec: LaneSpec, pace: Pace | undefined, events: GenerationEvents) {
    this.number = number
    this.spec = spec
    this.settings = new LiveSettings(spec, pace)
    this.#signs = new SignsOfLife(spec)
    this.#events = events
  }

  get pipeline(): GstPipeline | undefined {
    return this.#stopped ? undefined : this.#pipeline
  }

  get lateMs(): number {
    return this.#lateMs
  }

  start(as: 'successor' | 'standby' = 'successor'): void {
    this.#resting = as === 'standby'
    this.#signs.started()
    try {
      const pipeline = takePipeline(this.spec.launch)
      this.#pipeline = pipeline
      this.settings.attach(pipeline)
      if (this.spec.looks) this.#passage = this.#events.playsWithLooks(pipeline, pictureOf(this.spec))
      pipeline.play((message) => this.#message(message))
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
    this.settings.apply(gateSetting(false))
  }

  /** From standing by to being the successor: as if it was opened now, but its next picture is there at once. */
  wake(spec: LaneSpec): void {
    const opened = this.#opened
    this.#resting = false
    this.#live = false
    this.#opened = false
    this.#seenFrame = false
    this.#signs.started()
    this.settings.zoom(spec.zoom?.factor ?? 1)
    this.keyframe()
    this.settings.apply(gateSetting(true))
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

  keyframe(): void {
    if (this.spec.track === 'video') this.pipeline?.keyframe('parse')
  }

  #message(message: BusMessage): void {
    if (message.type === 'error') this.#fail(laneFailure(message, this.spec.source))
    else if (message.type === 'eos')
      this.#fail({ part: 'source', kind: 'device-lost', detail: 'end of stream' })
    else if (message.type === 'element' && message._src_element_name === 'level') {
      this.#signs.pulse()
      this.#level(String(message.rms))
    } else if (
      message.type === 'state-changed' &&
      message._src_element_name === this.spec.source &&
      message['new-state'] === 'GST_STATE_PLAYING'
    )
      this.#open()
  }

  #feed(pipeline: GstPipeline, file: string): void {
    this.#leaveClip = Clip.join(file, this.spec.track, {
      caps: (caps) => {
        if (this.#stopped) return
        this.settings.clip(caps)
        this.#open()
      },
      frame: (frame) => {
        if (this.#stopped || !this.#timeline.ready) return
        pipeline.push('feed', frame.data, this.#timeline.runningMs(frame.timeMs) * 1e6)
      },
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
    this.#signs.opened()
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
    this.#signs.tag()
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
      this.#signs.pulse()
      this.#events.event('live')
      if (this.#config) this.#events.tag(this.#config, timeMs)
    }
    this.#events.tag(tag, timeMs)
  }

  /** What every frame takes, a change of rate or an effect, is no lateness. */
  #late(ms: number): void {
    this.#usualMs = Math.min(this.#usualMs, ms)
    this.#lateMs = ms - this.#usualMs
  }

  #watch(): void {
    // Its gate is closed: that no frame comes says nothing.
    if (this.#resting && this.#seenFrame) return
    const failure = this.#signs.failure({
      opened: this.#opened,
      seenFrame: this.#seenFrame,
      live: this.#live,
    })
    if (failure) this.#fail(failure)
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
