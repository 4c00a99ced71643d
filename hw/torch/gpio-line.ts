/** The number under which sysfs knows a line of a GPIO chip. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface GpioLine {
  /** offset on its chip: what the board's documentation calls GPIO 17 is 17 */
  readonly line: number
  /** label of the chip, e.g. `pinctrl-bcm2711`; the chip with the lowest numbers when not given */
  readonly chip?: string
}

/** @throws Error with code ENOENT where there is no such chip or line */
export const lineNumber = async ({ line, chip }: GpioLine, root = '/'): Promise<number> => {
  const folder = join(root, 'sys/class/gpio')
  const names = (await readdir(folder)).filter((name) => /^gpiochip\d+$/.test(name))
  const read = async (name: string, file: string): Promise<string> =>
    (await readFile(join(folder, name, file), 'utf8')).trim()
  const chips = await Promise.all(
    names.map(async (name) => ({
      label: await read(name, 'label'),
      base: Number(await read(name, 'base')),
      lines: Number(await read(name, 'ngpio')),
    })),
  )
  const found = chips
    .filter(({ label }) => chip === undefined || label === chip)
    .sort((a, b) => a.base - b.base)[0]
  if (!found) throw missing(chip === undefined ? 'there is no GPIO chip' : `there is no GPIO chip ${chip}`)
  if (line >= found.lines) throw missing(`${found.label} has ${found.lines} lines, no ${line}`)
  return found.base + line
}

const missing = (message: string): Error => Object.assign(new Error(message), { code: 'ENOENT' })
