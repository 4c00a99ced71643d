/**
 * Puts the running time of one pipeline onto the media process's own monotonic clock.
 *
 * The binding hides a pipeline's base time, but it can ask for the position of a sink that waits for the clock: that
 * is the running time at this very moment, or somewhat less when the sink has nothing newer. So the difference
 * between our clock and the position is the base time or somewhat more, whatever the machine is busy with, and what
 * several readings agree on is the base time. Each pipeline carries such a sink (the metronome) for its first second.
 */

/**
 * Exact readings agree within microseconds. Those that fell short differ by milliseconds, and those that were
 * interrupted are off either way.
 */
const agreementMs = 0.1
const fewestAgreeing = 3
/** Taken as it is then: on a machine that never gets a reading through in time. */
const patienceMs = 3_000
/** Between the two looks at the clock: a reading that took longer was interrupted. */
const interruptedMs = 1

export class Timeline {
  #bases: number[] = []
  #baseMs = Number.POSITIVE_INFINITY
  #firstAtMs: number | undefined
  #ready = false

  /**
   * Takes a reading.
   * @param positionMs the metronome's running time, read between `beforeMs` and `afterMs` of our clock
   */
  read(positionMs: number, beforeMs: number, afterMs: number): void {
    if (this.#ready) return
    this.#firstAtMs ??= afterMs
    // Not running yet.
    if (positionMs > 0 && afterMs - beforeMs < interruptedMs) {
      this.#bases.push((beforeMs + afterMs) / 2 - positionMs)
      this.#bases.sort((one, other) => one - other)
    }
    const agreed = this.#agreed()
    const isLate = afterMs - this.#firstAtMs > patienceMs && this.#bases.length > 0
    this.#baseMs = agreed ?? this.#bases[0] ?? this.#baseMs
    this.#ready = agreed !== undefined || isLate
  }

  /**
   * Does without readings: of a standing picture it is of no account when exactly it was made. Its frames last so long
   * that the position of the sink that gets them is ahead of the clock, and hides the metronome's.
   * @param atMs when the frame of that running time came
   */
  arrived(runningMs: number, atMs: number): void {
    if (this.#ready) return
    this.#baseMs = atMs - runningMs
    this.#ready = true
  }

  /** The first on which a few agree. */
  #agreed(): number | undefined {
    return this.#bases.find((baseMs, index) => {
      const last = this.#bases[index + fewestAgreeing - 1]
      return last !== undefined && last - baseMs <= agreementMs
    })
  }

  /** Whether the mapping is known; it stays as it is from then on. */
  get ready(): boolean {
    return this.#ready
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
