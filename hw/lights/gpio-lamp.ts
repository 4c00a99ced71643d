/** A light at an output line: of the character devices, or of /sys/class/gpio where the kernel is too old. */
import { findLine, type OutputLine, takeOutput } from '../gpio/chips.js'
import { type GpioKernel, openKernel } from '../gpio/kernel.js'
import { type GpioLine, LineError, lineTitle } from '../gpio/line.js'
import { type FindByName, lineNumber } from '../gpio/sysfs-line.js'
import type { Lamp } from './lamp.js'

/** Takes a line as an output that is low. */
export type TakeOutput = (line: GpioLine) => Promise<OutputLine>

export const takeWithGpiod =
  (load: () => Promise<GpioKernel> = openKernel): TakeOutput =>
  async (line) => {
    const kernel = await load()
    const { path, offset } = findLine(kernel, line)
    return takeOutput(kernel, path, offset)
  }

export const takeWithOnoff =
  (findByName?: FindByName, root = '/'): TakeOutput =>
  async (line) => {
    const number = await lineNumber(line, root, findByName)
    const { Gpio } = await import('onoff')
    const output = new Gpio(number, 'low')
    return { set: (on) => output.writeSync(on ? 1 : 0), stop: () => output.unexport() }
  }

export class GpioLamp implements Lamp {
  readonly title: string
  readonly #line: GpioLine
  readonly #take: TakeOutput
  #output: OutputLine | undefined

  constructor(line: GpioLine, take: TakeOutput) {
    this.title = lineTitle(line)
    this.#line = line
    this.#take = take
  }

  async start(): Promise<void> {
    try {
      this.#output ??= await this.#take(this.#line)
      this.#output.set(false)
    } catch (error) {
      throw error instanceof LineError ? error : new LineError(this.title, error)
    }
  }

  set(on: boolean): void {
    try {
      this.#output?.set(on)
    } catch (error) {
      throw new LineError(this.title, error)
    }
  }

  offNow(): void {
    try {
      this.#output?.set(false)
    } catch {
      // The chip is gone.
    }
  }

  async stop(): Promise<void> {
    this.offNow()
    const output = this.#output
    this.#output = undefined
    try {
      output?.stop()
    } catch {
      // The chip is gone, and the line with it.
    }
  }
}
