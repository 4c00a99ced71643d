/**
 * The other camera of a box with `hot-switch`: open and delivering pictures that nobody encodes, until it is switched
 * to. Then the one that was shown takes its place.
 */
import type { AudioSource, VideoSource } from '../../media/graph/sources.js'
import type { ToEngine } from '../../media/protocol.js'
import { type Position, type Run, sameDevice } from './lane-state.js'
import type { LaneWish } from './lane-wishes.js'

export class Standby {
  #send: (message: ToEngine) => void
  #run: Run | undefined

  constructor(send: (message: ToEngine) => void) {
    this.#send = send
  }

  /** What is kept ready for that position, if anything. */
  of(position: Position): Run | undefined {
    return this.#run?.position === position ? this.#run : undefined
  }

  /** Keeps that ready, and nothing else. */
  keep(wish: LaneWish, position: Position, nextGeneration: () => number): void {
    if (this.#run?.key === wish.key) return
    const { spec, source, encoder, key, live } = wish
    const generation = nextGeneration()
    const askedAtMs = performance.now()
    this.#run = { generation, key, spec, askedAtMs, holds: live, source, encoder, position }
    this.#send({ type: 'standby', run: { generation, spec } })
  }

  /** What was shown until now stays open: the media process did that by itself. */
  inherit(run: Run): void {
    this.#run = run
  }

  /**
   * Gives what is ready for that wish away, because it is shown from now on. What is ready for another wish of the same
   * device makes room for it.
   */
  release(key: string, source: VideoSource | AudioSource): Run | undefined {
    const run = this.#run
    if (!run) return undefined
    if (run.key === key) {
      this.#run = undefined
      return run
    }
    if (sameDevice(run.source, source)) this.drop()
    return undefined
  }

  /** Closes what is kept ready. */
  drop(): void {
    if (!this.#run) return
    this.#run = undefined
    this.#send({ type: 'standby' })
  }

  /** It is gone already. */
  forget(): void {
    this.#run = undefined
  }

  /** Whether that was what is kept ready; it is gone then. */
  failed(generation: number): boolean {
    if (this.#run?.generation !== generation) return false
    this.#run = undefined
    return true
  }
}
