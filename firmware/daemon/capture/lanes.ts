/**
 * The pipelines of both tracks as the daemon knows them: starts one when something is different that can't be set on
 * the one that runs, and keeps account of what feeds the stream.
 */
import type { AudioSource, Picture, VideoSource } from '../../media/graph/sources.js'
import type { LaneEventName, ToEngine } from '../../media/protocol.js'
import type { EncoderPace } from './encoder-pace.js'
import {
  askDeviceAgain,
  isDevice,
  type LaneState,
  newLane,
  type Position,
  type Run,
  sameDevice,
  shownBy,
  type Track,
} from './lane-state.js'
import type { LaneWish, LiveChange } from './lane-wishes.js'
import type { Standby } from './standby.js'

export interface LanesWorld {
  send(message: ToEngine): void
  /** what is told of the lanes changed */
  changed(): void
  readonly pace: Pick<EncoderPace, 'of'>
  readonly standby: Standby
  /** both cameras are open while one is shown */
  readonly hotSwitch: boolean
}

export class Lanes {
  readonly video: LaneState = newLane()
  readonly audio: LaneState = newLane()
  #world: LanesWorld
  #picture: Picture = { width: 0, height: 0, fps: 0 }
  #encoder = ''

  constructor(world: LanesWorld) {
    this.#world = world
  }

  /** what is encoded, or was at last */
  get picture(): Picture {
    return this.#picture
  }

  get encoder(): string {
    return this.#encoder
  }

  /** The pipeline that was asked for under that number, unless it is forgotten already. */
  find(track: Track, generation: number): Run | undefined {
    const { asked, live, passedOver } = this[track]
    return [asked, live, ...passedOver].find((each) => each?.generation === generation)
  }

  nextGeneration(track: Track): number {
    this[track].generations += 1
    return this[track].generations
  }

  /** Starts a pipeline only when something is different that can't be set on one that runs. */
  run(track: Track, { spec, source, encoder, key, live }: LaneWish, position: Position): void {
    const { standby, send } = this.#world
    const lane = this[track]
    if (lane.asked?.key === key) return this.change(lane.asked, live)
    // A camera or card can be open once only; made sources and other devices may overlap.
    const runs = [lane.asked, lane.live, ...lane.passedOver]
    const breakFirst = runs.some((run) => run && sameDevice(run.source, source))
    if (breakFirst) lane.live = undefined
    const ready = track === 'video' ? standby.release(key, source) : undefined
    const keeps = track === 'video' && !breakFirst ? this.#keptBeside(source, position) : undefined
    const over = lane.asked && lane.asked !== lane.live ? [...lane.passedOver, lane.asked] : lane.passedOver
    lane.passedOver = breakFirst ? [] : over
    const generation = ready?.generation ?? this.nextGeneration(track)
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
    this.keepFacts()
    send({
      type: 'run',
      generation,
      spec: breakFirst ? { ...spec, replace: 'break-first' } : spec,
      ...(keeps ? { keeps: true } : {}),
    })
    // What was set while it stood by.
    if (ready) for (const change of live) if (change.type === 'set') send(change)
    this.#world.changed()
  }

  /** Sets what is different on one that runs. */
  change(run: Run, live: readonly LiveChange[]): void {
    const holding = new Set(run.holds.map((each) => JSON.stringify(each)))
    for (const change of live) if (!holding.has(JSON.stringify(change))) this.#world.send(change)
    run.holds = live
  }

  halt(track: Track): void {
    const lane = this[track]
    askDeviceAgain(lane)
    if (lane.halted) return
    forget(lane)
    if (track === 'video') this.#world.standby.forget()
    this.#world.send({ type: 'halt', track })
    this.#world.changed()
  }

  /** What was asked for feeds the stream from now on. */
  wentLive(track: Track, run: Run): void {
    const lane = this[track]
    lane.live = run
    lane.passedOver = []
    if (run.keeps) this.#world.standby.inherit(run.keeps)
    this.keepFacts()
  }

  /** Its successor is under way: nobody is told of it any more, but what feeds the stream must be known. */
  overtaken(track: Track, run: Run, event: LaneEventName): void {
    const lane = this[track]
    if (event === 'live') lane.live = run
    if (event !== 'live' && event !== 'failed') return
    if (event === 'failed' && lane.live === run) lane.live = undefined
    lane.passedOver = lane.passedOver.filter((each) => each !== run)
    this.keepFacts()
    this.#world.changed()
  }

  /** A successor that fails leaves what ran before as it is. @returns whether it was what fed the stream */
  lost(track: Track, run: Run): boolean {
    const lane = this[track]
    const wasLive = lane.live === run
    if (wasLive) lane.live = undefined
    lane.asked = lane.live
    lane.passedOver = []
    return wasLive
  }

  /** Everything that ran is gone. */
  mediaDown(): void {
    this.#world.standby.forget()
    for (const lane of [this.video, this.audio]) {
      forget(lane)
      askDeviceAgain(lane)
    }
  }

  askDevicesAgain(): void {
    for (const lane of [this.video, this.audio]) askDeviceAgain(lane)
  }

  /** For good. */
  stop(): void {
    for (const lane of [this.video, this.audio]) clearTimeout(lane.retry)
  }

  /** What feeds the stream is told, not what is tried beside it; and, once nothing runs, what was the last. */
  keepFacts(): void {
    const run = shownBy(this.video)
    if (!run) return
    const { width = 0, height = 0, fps = 0 } = run.spec.facts
    const full = { width, height, fps }
    this.#picture = run.spec.pace ? this.#world.pace.of(full) : full
    this.#encoder = run.encoder
  }

  /** The camera that stays open when another one is shown. */
  #keptBeside(source: VideoSource | AudioSource, position: Position): Run | undefined {
    const { live, asked } = this.video
    const camera = source.kind !== 'slate' && source.kind !== 'image'
    const kept = this.#world.hotSwitch && camera && live === asked && live && isDevice(live)
    return kept && live.position !== position ? live : undefined
  }
}

const forget = (lane: LaneState): void => {
  lane.halted = true
  lane.asked = undefined
  lane.live = undefined
  lane.passedOver = []
}
