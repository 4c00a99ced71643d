/** A light at an output line, switched through onoff (/sys/class/gpio). */
import { type GpioLine, lineTitle } from '../gpio/line.js'
import { lineNumber } from '../gpio/sysfs-line.js'
import { type Torch, TorchError } from './torch.js'

/** The part of onoff's Gpio that is used here. */
export interface OutputLine {
  writeSync(value: 0 | 1): void
  unexport(): void
}

/** Takes a line as output, low. */
export type OpenLine = (number: number) => OutputLine | Promise<OutputLine>

/** Loaded at first use: it brings native code, which a box without such a torch does not need. */
const openWithOnoff: OpenLine = async (number) => {
  const { Gpio } = await import('onoff')
  return new Gpio(number, 'low')
}

export class GpioTorch implements Torch {
  readonly title: string
  #line: GpioLine
  #root: string
  #open: OpenLine
  #output: OutputLine | undefined

  /** @param root stands before /sys where the number of the line is looked up */
  constructor(line: GpioLine, root = '/', open: OpenLine = openWithOnoff) {
    this.title = lineTitle(line)
    this.#line = line
    this.#root = root
    this.#open = open
  }

  async start(): Promise<void> {
    await this.set(false)
  }

  async set(on: boolean): Promise<void> {
    try {
      this.#output ??= await this.#open(await lineNumber(this.#line, this.#root))
      this.#output.writeSync(on ? 1 : 0)
    } catch (error) {
      // The chip may be gone, or another one by the next time: the line is looked up anew then.
      this.#output = undefined
      throw new TorchError(this.title, error)
    }
  }

  async stop(): Promise<void> {
    const output = this.#output
    this.#output = undefined
    try {
      output?.writeSync(0)
      output?.unexport()
    } catch (error) {
      throw new TorchError(this.title, error)
    }
  }
}
