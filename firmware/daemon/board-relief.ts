/** Readings of the board in, less work for the encoder out; each change is told with its cause. */
import { followBoard, newReliefMemory, type Relief } from '../pusher/board-relief.js'
import type { Cause, Telemetry } from '../pusher/events.js'

export interface RelievedBox {
  spare(relief: Relief | undefined): void
  notice(kind: string, message: string, cause?: Cause): void
}

export class BoardRelief {
  readonly #box: RelievedBox
  readonly #hotC: number
  #memory = newReliefMemory

  constructor(box: RelievedBox, hotC: number) {
    this.#box = box
    this.#hotC = hotC
  }

  /** @param atMs of that reading, on any clock that only goes forward */
  take({ temperatureC, throttled }: Telemetry, atMs = performance.now()): void {
    const before = this.#memory.relief
    this.#memory = followBoard(this.#memory, { atMs, temperatureC, throttled }, this.#hotC)
    const { relief } = this.#memory
    if (relief === before) return
    this.#box.spare(relief)
    if (!before && relief)
      this.#box.notice(
        relief.cause.kind,
        'The board is strained: the box makes fewer pictures until it has recovered.',
        relief.cause,
      )
    if (before && !relief)
      this.#box.notice('board-recovered', 'The board has recovered: all pictures are back.')
  }
}
