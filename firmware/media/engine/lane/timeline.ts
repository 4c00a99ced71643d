/**
 * Puts the running time of one pipeline onto the media process's own monotonic clock.
 *
 * The binding hides a pipeline's base time, but each pipeline carries a metronome: a live test source whose ticks leave
 * exactly when the clock reaches their timestamps. Arrival minus timestamp is the base time and what the tick lost on
 * its way; the smallest of a few is the base time within a fraction of a millisecond.
 *
 * Ticks that waited while this process was busy come in a burst, all late, and on a busy machine perhaps all equally
 * late. Only one that has no other waiting behind it tells something.
 */

const fewestTicks = 4

export class Timeline {
  #baseMs = Number.POSITIVE_INFINITY
  #ticks = 0

  /**
   * A tick arrived.
   * @param waiting how many more have been made since
   */
  tick(runningMs: number, nowMs: number, waiting: number): void {
    if (this.ready || waiting > 0) return
    this.#baseMs = Math.min(this.#baseMs, nowMs - runningMs)
    this.#ticks += 1
  }

  /** Whether the mapping is known; it stays as it is from then on. */
  get ready(): boolean {
    return this.#ticks >= fewestTicks
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
