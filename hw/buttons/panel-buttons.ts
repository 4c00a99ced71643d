/**
 * Buttons at the pins of a Firmata panel. johnny-five's own Button is not used: it holds every edge back for its own
 * debouncing, and loses a press whose two edges are read together.
 */
import type { Board } from 'johnny-five'
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
  /** as last reported by the panel */
  #down = new Map<string, boolean>()
  #firsts: () => void = () => undefined

  constructor(options: PanelButtonsOptions) {
    this.#options = options
    const pins = options.buttons.map(({ button, at }) => `${button}=${at}`).join(' ')
    this.title = `${options.panel.title} (johnny-five) ${pins}`
  }

  async start(reports: ButtonReports): Promise<void> {
    const { panel, buttons, activeLow } = this.#options
    this.#reports = reports
    try {
      const { board } = await panel.connect(this.#onLost)
      for (const { button, at } of buttons) {
        const pin = pinOf(board, at)
        board.pinMode(pin, activeLow ? board.MODES.PULLUP : board.MODES.INPUT)
        board.digitalRead(pin, (value) => this.#level(button, (value === 1) !== activeLow))
      }
      await this.#allKnown()
    } catch (error) {
      throw new LineError(panel.title, error)
    }
    this.refresh()
  }

  /** The panel tells every change by itself; what it told last is what is known. */
  refresh(): void {
    for (const { button } of this.#options.buttons)
      this.#reports?.level(button, this.#down.get(button) ?? false, performance.now())
  }

  async stop(): Promise<void> {
    this.#reports = undefined
    this.#down.clear()
    await this.#options.panel.release(this.#onLost)
  }

  #level(button: string, down: boolean): void {
    if (!this.#reports) return
    this.#down.set(button, down)
    if (this.#down.size === this.#options.buttons.length) this.#firsts()
    this.#reports.level(button, down, performance.now())
  }

  /** A panel that does not tell a level has a button that is up. */
  #allKnown(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, firstLevelsMs)
      this.#firsts = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  readonly #onLost = (error: unknown): void =>
    this.#reports?.lost(new LineError(this.#options.panel.title, error))
}

const firstLevelsMs = 500

/** `A0` is a number of its own on each kind of board. */
const pinOf = (board: Board, at: number | string): number => {
  const analog = typeof at === 'string' ? /^A(\d{1,2})$/.exec(at)?.[1] : undefined
  const pin = analog === undefined ? Number(at) : board.io?.analogPins?.[Number(analog)]
  if (pin === undefined || !Number.isInteger(pin) || !board.io?.pins?.[pin])
    throw Object.assign(new Error(`it has no pin ${at}`), { code: 'ENOENT' })
  return pin
}
