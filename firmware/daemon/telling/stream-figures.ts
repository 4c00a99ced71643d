/**
 * What the media process counts, made into what is told of it: the network status every two seconds, the figures of
 * the debug overlay, and whether pictures are still encoded.
 */
import type { EngineCounters } from '../../media/protocol.js'
import type { NetStatus } from '../../pusher/events.js'
import { isOff, type Session } from '../../pusher/session.js'
import type { CaptureFacts } from '../capture/capture-ports.js'
import type { OwnTimes } from '../live-pusher-options.js'
import { DebugMeter } from './debug-meter.js'
import { NetStatusMeter } from './net-status-meter.js'

export interface FiguresWorld {
  session(): Session
  shown(): CaptureFacts
  netStatus(info: NetStatus): void
}

export class StreamFigures {
  #world: FiguresWorld
  #times: Pick<OwnTimes, 'netStatusMs' | 'frozenMs'>
  #netStatus = new NetStatusMeter()
  #debugMeter = new DebugMeter()
  #framesAt = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(world: FiguresWorld, times: Pick<OwnTimes, 'netStatusMs' | 'frozenMs'>) {
    this.#world = world
    this.#times = times
  }

  start(): void {
    this.#timer = setInterval(() => this.#tellNetStatus(), this.#times.netStatusMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  mediaUp(): void {
    this.#framesAt = performance.now()
  }

  mediaDown(): void {
    this.#debugMeter.restart()
  }

  count(counters: EngineCounters): void {
    this.#debugMeter.take(counters)
    const wanted = !isOff(this.#world.session())
    const advanced = this.#netStatus.count(counters, this.#world.shown().picture, wanted)
    if (advanced || !this.expectsPicture) this.#framesAt = performance.now()
  }

  /** What was encoded before a session began was not to be sent: it counts in no period. */
  began(): void {
    this.#netStatus.restart()
    this.#timer?.refresh()
  }

  /** Whether somebody looks for a picture, and a pipeline is there to make it. */
  get expectsPicture(): boolean {
    return this.#world.session().at !== 'idle' && this.#world.shown().shows
  }

  /** Whether a picture is expected and none has come for too long. */
  get frozen(): boolean {
    return this.expectsPicture && performance.now() - this.#framesAt > this.#times.frozenMs
  }

  /** Of the debug overlay. */
  debug(): ReturnType<DebugMeter['figures']> {
    return this.#debugMeter.figures(this.expectsPicture)
  }

  #tellNetStatus(): void {
    const { at } = this.#world.session()
    if (at !== 'pushing' && at !== 'paused' && at !== 'reconnecting') return this.#netStatus.restart()
    const connection =
      at === 'reconnecting' ? 'down' : at === 'paused' || this.#world.shown().slate ? 'slate' : 'up'
    const info = this.#netStatus.next(connection)
    if (info) this.#world.netStatus(info)
  }
}
