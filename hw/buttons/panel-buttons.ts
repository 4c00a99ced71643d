/** Buttons at the pins of a Firmata panel. */
import type { Button } from 'johnny-five'
import { LineError } from '../gpio/line.js'
import type { FirmataPanel } from '../panel/firmata-panel.js'
import type { ButtonAt, ButtonDriver, ButtonReports } from './driver.js'

export interface PanelButtonsOptions {
  readonly panel: FirmataPanel
  /** `at` is a pin of the panel, as its firmware counts: 2, or A0 */
  readonly buttons: readonly ButtonAt<number | string>[]
  readonly activeLow: boolean
}

export class PanelButtons implements ButtonDriver {
  readonly title: string
  readonly #options: PanelButtonsOptions
  #reports: ButtonReports | undefined
  #buttons = new Map<string, Button>()

  constructor(options: PanelButtonsOptions) {
    this.#options = options
    const pins = options.buttons.map(({ button, at }) => `${button}=${at}`).join(' ')
    this.title = `${options.panel.title} (johnny-five) ${pins}`
  }

  async start(reports: ButtonReports): Promise<void> {
    const { panel, buttons, activeLow } = this.#options
    this.#reports = reports
    try {
      const { five, board } = await panel.connect(this.#onLost)
      for (const { button, at } of buttons) {
        const switched = new five.Button({ pin: at, board, ...(activeLow ? { isPullup: true } : {}) })
        switched.on('down', () => this.#reports?.level(button, true, performance.now()))
        switched.on('up', () => this.#reports?.level(button, false, performance.now()))
        this.#buttons.set(button, switched)
      }
    } catch (error) {
      throw new LineError(panel.title, error)
    }
    this.refresh()
  }

  refresh(): void {
    for (const [button, { isDown }] of this.#buttons) this.#reports?.level(button, isDown, performance.now())
  }

  async stop(): Promise<void> {
    this.#reports = undefined
    for (const button of this.#buttons.values()) button.removeAllListeners()
    this.#buttons.clear()
    await this.#options.panel.release(this.#onLost)
  }

  readonly #onLost = (error: unknown): void =>
    this.#reports?.lost(new LineError(this.#options.panel.title, error))
}
