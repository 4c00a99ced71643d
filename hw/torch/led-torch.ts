/** An LED that the kernel knows: Documentation/leds/leds-class.rst. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Torch, TorchError } from './torch.js'

/** Names such as `white:torch`, `ACT`, `led0`; one folder name, never a path. */
export const isLedName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_:.+-]{0,63}$/.test(name)

export class LedTorch implements Torch {
  readonly title: string
  #folder: string

  /**
   * @param root stands before /sys; another tree of files in tests
   * @throws RangeError for a name that is none
   */
  constructor(name: string, root = '/') {
    if (!isLedName(name)) throw new RangeError(`not the name of an LED: ${JSON.stringify(name.slice(0, 64))}`)
    this.title = `LED ${name}`
    this.#folder = join(root, 'sys/class/leds', name)
  }

  async start(): Promise<void> {
    // Something else may blink it (heartbeat, mmc0): taken off, or it would overwrite what we set. An LED may have none.
    await this.#write('trigger', 'none').catch((error: TorchError) => {
      if (error.kind !== 'torch-missing') throw error
    })
    await this.set(false)
  }

  async set(on: boolean): Promise<void> {
    await this.#write('brightness', on ? await this.#brightest() : '0')
  }

  stop(): Promise<void> {
    return this.set(false)
  }

  async #brightest(): Promise<string> {
    const text = await readFile(join(this.#folder, 'max_brightness'), 'utf8').catch(() => '')
    return /^[1-9]\d{0,9}$/.test(text.trim()) ? text.trim() : '1'
  }

  /** r+: a file that is not there is not made. The line end ends what a longer value left behind. */
  async #write(file: string, value: string): Promise<void> {
    try {
      await writeFile(join(this.#folder, file), `${value}\n`, { flag: 'r+' })
    } catch (error) {
      throw new TorchError(this.title, error)
    }
  }
}
