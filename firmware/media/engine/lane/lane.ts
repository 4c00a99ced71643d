/**
 * One track's capture+encode pipelines: the one that feeds the hub, and at most one successor that takes over
 * at its first keyframe. A successor that fails leaves the running one as it is. Beside them at most one camera stands
 * by: open, its gate closed, so that it can be the successor within a frame.
 */
import type { Pace } from '../../graph/pace.js'
import type { LaneEventName, LaneFailure, LaneSpec, PropertySetting } from '../../protocol.js'
import type { GstPipeline } from '../binding.js'
import type { Track } from '../flv.js'
import type { Hub } from '../hub.js'
import type { Music } from '../music/music.js'
import { Generation, type GenerationEvents } from './generation.js'

export interface LaneEvents {
  event(generation: number, event: LaneEventName, cause?: LaneFailure): void
  /** the meter of what feeds the hub, RMS in dB of full scale */
  level(rmsDb: number): void
  /** a pipeline with a stage for looks is about to play */
  readonly playsWithLooks: GenerationEvents['playsWithLooks']
  /** for the lanes that can take any */
  readonly music: Music
}

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
    for (const each of [this.#running, this.#successor, this.#standby]) each?.settings.applyWhereItIs(setting)
  }

  /** Zooms in from the next frame on. */
  zoom(factor: number): void {
    for (const each of [this.#running, this.#successor]) each?.settings.zoom(factor)
  }

  /** Encodes so much from now on, whatever runs. */
  pace(pace: Pace): void {
    this.#pace = pace
    for (const each of [this.#running, this.#successor, this.#standby]) each?.settings.pace(pace)
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
