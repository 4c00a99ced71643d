/**
 * The keyboard of the terminal as buttons: a key is a press, with Shift it is a hold. A terminal tells no release, so
 * the driver makes one up.
 */
import type { ReadStream } from 'node:tty'
import type { ButtonAt, ButtonDriver, ButtonReports } from './driver.js'

export interface KeyboardOptions {
  /** `at` is a lower-case letter */
  readonly buttons: readonly ButtonAt<string>[]
  /** how long a hold lasts, ms */
  readonly holdMs: number
  readonly input?: Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>
  /** Ctrl-C: the terminal makes no signal of it while keys are read one by one */
  readonly onInterrupt?: () => void
}

const pressMs = 80
const interrupt = '\u0003'

export class KeyboardButtons implements ButtonDriver {
  readonly title: string
  readonly #options: KeyboardOptions
  readonly #input: NonNullable<KeyboardOptions['input']>
  #reports: ButtonReports | undefined
  #releases = new Map<string, NodeJS.Timeout>()

  constructor(options: KeyboardOptions) {
    this.#options = options
    this.#input = options.input ?? process.stdin
    const keys = options.buttons.map(({ button, at }) => `${at} ${button}`).join(', ')
    this.title = `keyboard: ${keys}; with Shift it is held`
  }

  async start(reports: ButtonReports): Promise<void> {
    this.#reports = reports
    this.#input.setRawMode(true)
    this.#input.on('data', this.#onData)
    this.#input.resume()
    for (const { button } of this.#options.buttons) reports.level(button, false, performance.now())
  }

  refresh(): void {
    for (const { button } of this.#options.buttons)
      this.#reports?.level(button, this.#releases.has(button), performance.now())
  }

  async stop(): Promise<void> {
    if (!this.#reports) return
    this.#reports = undefined
    for (const timer of this.#releases.values()) clearTimeout(timer)
    this.#releases.clear()
    this.#input.off('data', this.#onData)
    this.#input.setRawMode(false)
    this.#input.pause()
  }

  readonly #onData = (bytes: Buffer): void => {
    for (const key of bytes.toString('latin1')) {
      if (key === interrupt) (this.#options.onInterrupt ?? interruptSelf)()
      const found = this.#options.buttons.find(({ at }) => at === key.toLowerCase())
      if (found) this.#press(found.button, key !== key.toLowerCase())
    }
  }

  /** A key that repeats is held down for longer, not pressed again. */
  #press(button: string, held: boolean): void {
    clearTimeout(this.#releases.get(button))
    this.#reports?.level(button, true, performance.now())
    const release = (): void => {
      this.#releases.delete(button)
      this.#reports?.level(button, false, performance.now())
    }
    const downMs = held ? this.#options.holdMs + pressMs : pressMs
    this.#releases.set(button, setTimeout(release, downMs))
  }
}

const interruptSelf = (): void => void process.kill(process.pid, 'SIGINT')
