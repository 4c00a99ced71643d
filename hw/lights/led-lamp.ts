/** An LED of the kernel as a light. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineError } from '../gpio/line.js'
import { LedTorch } from '../torch/led-torch.js'
import type { Lamp } from './lamp.js'

export class LedLamp implements Lamp {
  readonly title: string
  readonly #led: LedTorch
  readonly #brightness: string

  /** @param root stands before /sys; another tree of files in tests */
  constructor(name: string, root = '/') {
    this.#led = new LedTorch(name, root)
    this.title = this.#led.title
    this.#brightness = join(root, 'sys/class/leds', name, 'brightness')
  }

  start(): Promise<void> {
    return this.#tried(this.#led.start())
  }

  set(on: boolean): Promise<void> {
    return this.#tried(this.#led.set(on))
  }

  offNow(): void {
    try {
      writeFileSync(this.#brightness, '0\n', { flag: 'r+' })
    } catch {
      // It is gone, or never was there: nothing shines.
    }
  }

  async stop(): Promise<void> {
    await this.#led.stop().catch(() => undefined)
  }

  async #tried(done: Promise<void>): Promise<void> {
    try {
      await done
    } catch (error) {
      throw new LineError(this.title, error instanceof Error ? error.cause : error)
    }
  }
}
