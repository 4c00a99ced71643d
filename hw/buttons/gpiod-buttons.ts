/**
 * Buttons at lines of the character devices: with the chip's own pull resistors where it has them, and with the
 * kernel's time of each edge, so that a press counts as what it was however late it is read.
 */
import { findLine, type InputLines, takeInputs } from '../gpio/chips.js'
import { type GpioKernel, openKernel } from '../gpio/kernel.js'
import type { GpioLine } from '../gpio/line.js'
import type { ButtonAt, ButtonDriver, ButtonReports } from './driver.js'

export interface GpiodOptions {
  readonly buttons: readonly ButtonAt<GpioLine>[]
  readonly activeLow: boolean
  readonly kernel?: () => Promise<GpioKernel>
}

interface Taken {
  readonly names: readonly string[]
  readonly lines: InputLines
}

export class GpiodButtons implements ButtonDriver {
  readonly title: string
  readonly #options: GpiodOptions
  #taken: Taken[] = []
  #reports: ButtonReports | undefined

  constructor(options: GpiodOptions) {
    this.#options = options
    this.title = `GPIO ${options.buttons.map(({ button, at }) => `${button}=${at.line}`).join(' ')}`
  }

  async start(reports: ButtonReports): Promise<void> {
    const { buttons, activeLow, kernel: load = openKernel } = this.#options
    const kernel = await load()
    this.#reports = reports
    const byChip = new Map<string, { button: string; offset: number }[]>()
    for (const { button, at } of buttons) {
      const { path, offset } = findLine(kernel, at)
      byChip.set(path, [...(byChip.get(path) ?? []), { button, offset }])
    }
    for (const [path, asked] of byChip) {
      const names = asked.map(({ button }) => button)
      const offsets = asked.map(({ offset }) => offset)
      const onEdge = (index: number, active: boolean, atMs: number): void => {
        const button = names[index]
        if (button !== undefined) this.#reports?.level(button, active, atMs)
      }
      const lines = takeInputs(kernel, path, offsets, activeLow, onEdge, (error) =>
        this.#reports?.lost(error),
      )
      this.#taken.push({ names, lines })
    }
    this.refresh()
  }

  refresh(): void {
    for (const { names, lines } of this.#taken)
      for (const [index, active] of lines.values().entries())
        this.#reports?.level(names[index] ?? '', active, performance.now())
  }

  async stop(): Promise<void> {
    this.#reports = undefined
    for (const { lines } of this.#taken) lines.stop()
    this.#taken = []
  }
}
