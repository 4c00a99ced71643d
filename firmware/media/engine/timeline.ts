/**
 * Puts the running time of one pipeline onto the media process's own monotonic clock.
 *
 * The binding hides a pipeline's base time, but a live test source lets each of its frames go exactly when the
 * clock reaches its timestamp: arrival minus timestamp is the base time plus delay, and the smallest of a few is the
 * base time within a fraction of a millisecond. Each pipeline carries such a source (the metronome) for its first
 * ticks; afterwards it costs nothing.
 *
 * Ticks that waited while this process was busy (loading a plugin takes it a good part of a second) come in a burst
 * and all late, each by another time: only a base time on which a few ticks agree is believed.
 */
import { metronomeTicks as ticks } from '../graph/metronome.js'

const fewestTicks = 6
const fewestAgreeing = 3
const agreementMs = 3

export class Timeline {
  #baseMs = Number.POSITIVE_INFINITY
  /** what each tick says about the base time */
  #bases: number[] = []
  #ready = false

  /** A tick of that running time arrived at `nowMs`. */
  tick(runningMs: number, nowMs: number): void {
    if (this.#ready) return
    const seen = this.#bases.push(nowMs - runningMs)
    this.#baseMs = Math.min(...this.#bases)
    const agreeing = this.#bases.filter((baseMs) => baseMs - this.#baseMs <= agreementMs).length
    this.#ready = (seen >= fewestTicks && agreeing >= fewestAgreeing) || seen >= ticks
  }

  /** Whether enough ticks were seen to trust the mapping; it stays as it is from then on. */
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
