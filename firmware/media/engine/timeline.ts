/**
 * Puts the running time of one pipeline onto the media process's own monotonic clock.
 *
 * The binding hides a pipeline's base time, but a live test source lets each of its frames go exactly when the
 * clock reaches its timestamp: arrival minus timestamp is the base time plus scheduling delay, and the smallest
 * of a few is the base time within a fraction of a millisecond. Each pipeline carries such a source (the
 * metronome) for its first ticks; afterwards it costs nothing.
 */
import { metronomeTickMs as tickMs, metronomeTicks as ticks } from '../graph/metronome.js'

export class Timeline {
  #baseMs = Number.POSITIVE_INFINITY
  #seen = 0

  /** A tick arrived at `nowMs`. */
  tick(nowMs: number): void {
    if (this.#seen >= ticks) return
    this.#baseMs = Math.min(this.#baseMs, nowMs - this.#seen * tickMs)
    this.#seen += 1
  }

  /** Whether enough ticks were seen to trust the mapping. */
  get ready(): boolean {
    return this.#seen >= ticks
  }

  /** Engine time, ms, of a running time. */
  engineMs(runningMs: number): number {
    return this.#baseMs + runningMs
  }

  /** Running time, ms, of an engine time. */
  runningMs(engineMs: number): number {
    return engineMs - this.#baseMs
  }
}
