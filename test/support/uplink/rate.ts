/** How fast a link drains over time: steps, taken again from the start after the last one where it shall go on. */

export interface Rate {
  /** rising from 0 ms; the rate holds until the next step */
  readonly steps: readonly (readonly [atMs: number, kbps: number])[]
  /** after so long it begins again; left out: the last rate stays */
  readonly repeatMs?: number
}

export const constantRate = (kbps: number): Rate => ({ steps: [[0, kbps]] })

/** A rate that began at a moment of some clock, ms. kbit/s are bits per ms. */
export class RateClock {
  readonly #steps: Rate['steps']
  readonly #repeatMs: number
  readonly #startMs: number
  readonly #bitsPerRound: number

  constructor({ steps, repeatMs = Number.POSITIVE_INFINITY }: Rate, startMs: number) {
    if (steps[0]?.[0] !== 0) throw new Error('a rate begins with a step at 0 ms')
    this.#steps = steps
    this.#repeatMs = repeatMs
    this.#startMs = startMs
    this.#bitsPerRound =
      repeatMs === Number.POSITIVE_INFINITY ? Number.NaN : this.bitsBetween(startMs, startMs + repeatMs)
  }

  kbpsAt(ms: number): number {
    return this.#segment(ms).kbps
  }

  bitsBetween(fromMs: number, toMs: number): number {
    let bits = 0
    for (let atMs = fromMs; atMs < toMs; ) {
      const { kbps, untilMs } = this.#segment(atMs)
      const endMs = Math.min(untilMs, toMs)
      bits += kbps * (endMs - atMs)
      atMs = endMs
    }
    return bits
  }

  /** When so many bits are through that began at that moment; Infinity when they never will be. */
  throughAt(fromMs: number, bits: number): number {
    if (this.#bitsPerRound === 0) return Number.POSITIVE_INFINITY
    let left = bits
    for (let atMs = fromMs; ; ) {
      const { kbps, untilMs } = this.#segment(atMs)
      const carried = kbps === 0 ? 0 : kbps * (untilMs - atMs)
      if (carried >= left) return atMs + (left === 0 ? 0 : left / kbps)
      if (untilMs === Number.POSITIVE_INFINITY) return untilMs
      left -= carried
      atMs = untilMs
    }
  }

  #segment(ms: number): { readonly kbps: number; readonly untilMs: number } {
    const sinceMs = Math.max(0, ms - this.#startMs)
    const rounds = this.#repeatMs === Number.POSITIVE_INFINITY ? 0 : Math.floor(sinceMs / this.#repeatMs)
    const roundMs = rounds === 0 ? 0 : rounds * this.#repeatMs
    const next = this.#firstAfter(sinceMs - roundMs)
    const kbps = this.#steps[next - 1]?.[1] ?? 0
    const endMs = Math.min(this.#steps[next]?.[0] ?? Number.POSITIVE_INFINITY, this.#repeatMs)
    // Rounding must never leave a segment of no length.
    return { kbps, untilMs: Math.max(this.#startMs + roundMs + endMs, ms + shortestMs) }
  }

  /** Number of the first step after that time. */
  #firstAfter(ms: number): number {
    let [low, high] = [1, this.#steps.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#steps[middle]?.[0] ?? Number.POSITIVE_INFINITY) > ms) high = middle
      else low = middle + 1
    }
    return low
  }
}

const shortestMs = 1e-6
