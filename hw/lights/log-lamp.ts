/** A light that writes what it would show: for trying out a box without lights. */
import type { Lamp } from './lamp.js'

export class LogLamp implements Lamp {
  readonly title: string
  readonly #write: (line: string) => void
  on = false

  constructor(name: string, write: (line: string) => void) {
    this.title = `light ${name} in the log`
    this.#write = write
  }

  async start(): Promise<void> {
    this.on = false
  }

  set(on: boolean): void {
    if (this.on !== on) this.#write(`${this.title}: ${on ? 'on' : 'off'}`)
    this.on = on
  }

  offNow(): void {
    this.set(false)
  }

  async stop(): Promise<void> {
    this.set(false)
  }
}
