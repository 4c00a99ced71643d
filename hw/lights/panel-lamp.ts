/** A light at a pin of a Firmata panel. */
import type { Led } from 'johnny-five'
import { LineError } from '../gpio/line.js'
import type { FirmataPanel } from '../panel/firmata-panel.js'
import type { Lamp } from './lamp.js'

export class PanelLamp implements Lamp {
  readonly title: string
  readonly #panel: FirmataPanel
  readonly #pin: number | string
  #led: Led | undefined
  #onLost: (error: unknown) => void = () => undefined

  constructor(panel: FirmataPanel, pin: number | string) {
    this.title = `pin ${pin} of the ${panel.title}`
    this.#panel = panel
    this.#pin = pin
  }

  async start(onLost: (error: unknown) => void): Promise<void> {
    try {
      this.#onLost = onLost
      const { five, board } = await this.#panel.connect(this.#lost)
      this.#led = new five.Led({ pin: this.#pin, board })
      this.#led.off()
    } catch (error) {
      throw new LineError(this.title, error)
    }
  }

  set(on: boolean): void {
    if (on) this.#led?.on()
    else this.#led?.off()
  }

  /** A serial port writes later than this process lives; the board is off again when its port is opened. */
  offNow(): void {
    this.#led?.off()
  }

  async stop(): Promise<void> {
    this.#led?.off()
    this.#led = undefined
    await this.#panel.release(this.#lost)
  }

  readonly #lost = (error: unknown): void => {
    this.#led = undefined
    this.#onLost(new LineError(this.title, error))
  }
}
