/** The torch beside the back camera: a light is on only while that camera is shown, and nothing remembers it. */
import type { Cause } from '../pusher/events.js'

/** The light as this file needs it. */
export interface Torch {
  /** @throws Error whose `kind`, if it has one, says what is wrong */
  set(on: boolean): Promise<void>
}

export class TorchSwitch {
  #torch: Torch
  #failed: (cause: Cause) => void
  #on = false
  #last: Promise<unknown> = Promise.resolve()

  /** @param failed hears of a light that can't be switched off */
  constructor(torch: Torch, failed: (cause: Cause) => void) {
    this.#torch = torch
    this.#failed = failed
  }

  /** Whether it is on now. Rejects with what the driver says; the light counts as it was then. */
  toggle(): Promise<boolean> {
    return this.#inLine(async () => {
      await this.#torch.set(!this.#on)
      this.#on = !this.#on
      return this.#on
    })
  }

  /** Never rejects. */
  off(): Promise<void> {
    return this.#inLine(async () => {
      if (!this.#on) return
      try {
        await this.#torch.set(false)
        this.#on = false
      } catch (error) {
        this.#failed(causeOf(error))
      }
    })
  }

  /** One after the other: an old order must not overtake a later one. */
  #inLine<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(act)
    this.#last = done.catch(() => undefined)
    return done
  }
}

/** What a driver says → the cause that people are shown. */
export const causeOf = (error: unknown): Cause => ({
  kind: error instanceof Error && 'kind' in error ? String(error.kind) : 'torch-failed',
  detail: (error instanceof Error ? error.message : String(error)).slice(0, 300),
})
