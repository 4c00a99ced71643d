/** Buttons at lines of `/sys/class/gpio`, through onoff: for kernels without version 2 of the character device. */
import { type GpioLine, LineError, lineTitle } from '../gpio/line.js'
import { type FindByName, lineNumber } from '../gpio/sysfs-line.js'
import type { ButtonAt, ButtonDriver, ButtonReports } from './driver.js'

/** The part of onoff's Gpio that is used here. */
export interface WatchedLine {
  readSync(): 0 | 1
  watch(callback: (error: Error | null | undefined, value: 0 | 1) => void): void
  unexport(): void
}

/** Takes a line as input and looks out for both edges. */
export type OpenInput = (number: number) => WatchedLine | Promise<WatchedLine>

const openWithOnoff: OpenInput = async (number) => {
  const { Gpio } = await import('onoff')
  return new Gpio(number, 'in', 'both')
}

export interface OnoffOptions {
  readonly buttons: readonly ButtonAt<GpioLine>[]
  readonly activeLow: boolean
  /** stands before /sys where the numbers of the lines are looked up; a tree of files in tests */
  readonly root?: string
  readonly open?: OpenInput
  readonly findByName?: FindByName
}

export class OnoffButtons implements ButtonDriver {
  readonly title: string
  readonly #options: OnoffOptions
  #lines = new Map<string, WatchedLine>()
  #reports: ButtonReports | undefined

  constructor(options: OnoffOptions) {
    this.#options = options
    this.title = `GPIO (onoff) ${options.buttons.map(({ button, at }) => `${button}=${at.line}`).join(' ')}`
  }

  async start(reports: ButtonReports): Promise<void> {
    const { buttons, root, open = openWithOnoff, findByName } = this.#options
    this.#reports = reports
    for (const { button, at } of buttons)
      try {
        const line = await open(await lineNumber(at, root, findByName))
        this.#lines.set(button, line)
        line.watch((error, value) => {
          if (error) this.#reports?.lost(new LineError(lineTitle(at), error))
          else this.#report(button, value)
        })
      } catch (error) {
        throw new LineError(`${button}, ${lineTitle(at)}`, error)
      }
    this.refresh()
  }

  refresh(): void {
    for (const [button, line] of this.#lines) this.#report(button, line.readSync())
  }

  async stop(): Promise<void> {
    this.#reports = undefined
    for (const line of this.#lines.values())
      try {
        line.unexport()
      } catch {
        // The chip is gone, and the line with it.
      }
    this.#lines.clear()
  }

  #report(button: string, value: 0 | 1): void {
    this.#reports?.level(button, (value === 1) !== this.#options.activeLow, performance.now())
  }
}
