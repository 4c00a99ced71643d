/** Whether what a pipeline should deliver comes in time: it has a deadline to begin, and must not fall silent then. */
import type { LaneFailure, LaneSpec } from '../../protocol.js'

/** How far a pipeline has come. */
export interface Progress {
  readonly opened: boolean
  readonly seenFrame: boolean
  readonly live: boolean
}

export class SignsOfLife {
  #spec: LaneSpec
  #startedAt = 0
  #openedAt = 0
  #lastTagAt = 0
  #pulseAt = 0

  constructor(spec: LaneSpec) {
    this.#spec = spec
  }

  started(): void {
    this.#startedAt = performance.now()
  }

  opened(): void {
    this.#openedAt = performance.now()
  }

  tag(): void {
    this.#lastTagAt = performance.now()
  }

  /** Of the source itself, where what stands behind it makes something of nothing. */
  pulse(): void {
    this.#pulseAt = performance.now()
  }

  /** What is wrong now, if anything. */
  failure(progress: Progress): LaneFailure | undefined {
    const now = performance.now()
    const { openDeadlineMs, stallMs } = this.#spec
    if (!progress.live && now - this.#startedAt > openDeadlineMs)
      return { part: progress.seenFrame ? 'encoder' : 'source', kind: 'no-frames', afterMs: openDeadlineMs }
    if (this.#silentSince(now, progress) > stallMs)
      return { part: 'source', kind: 'no-frames', afterMs: stallMs }
    return undefined
  }

  /** How long nothing has come; a microphone that is open must deliver from then on, a camera has to warm up first. */
  #silentSince(now: number, { opened, seenFrame, live }: Progress): number {
    if (live) return now - this.#lastAliveAt
    return this.#spec.track === 'audio' && opened && !seenFrame ? now - this.#openedAt : 0
  }

  get #lastAliveAt(): number {
    return this.#spec.pulse ? Math.min(this.#lastTagAt, this.#pulseAt) : this.#lastTagAt
  }
}
