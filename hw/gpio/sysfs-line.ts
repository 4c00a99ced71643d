/** The number under which sysfs knows a line of a GPIO chip. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GpioLine, missing } from './line.js'

interface SysfsChip {
  readonly label: string
  readonly base: number
  readonly lines: number
  /** by offset; empty where the device tree has none */
  readonly names: readonly string[]
}

/** Asks elsewhere for the offset of a named line: where the device tree has no names, the chip itself may. */
export type FindByName = (line: GpioLine) => Promise<{ readonly chip: string; readonly line: number }>

/**
 * Numbers count from the chip's base, which shifts with the kernel (0, 512, 1016 …): it is looked up each time.
 * @throws Error with code ENOENT where there is no such chip or line
 */
export const lineNumber = async (asked: GpioLine, root = '/', findByName?: FindByName): Promise<number> => {
  const chips = await sysfsChips(root)
  const candidates = chips.filter(({ label }) => asked.chip === undefined || label === asked.chip)
  const first = candidates[0]
  if (!first)
    throw missing(asked.chip === undefined ? 'there is no GPIO chip' : `there is no GPIO chip ${asked.chip}`)
  if (typeof asked.line === 'number') return onChip(first, asked.line)
  for (const chip of candidates) {
    const offset = chip.names.indexOf(asked.line)
    if (offset >= 0) return onChip(chip, offset)
  }
  if (!findByName) throw missing(`no GPIO line has the name ${asked.line}`)
  const found = await findByName(asked)
  const chip = chips.find(({ label }) => label === found.chip)
  if (!chip) throw missing(`the GPIO chip ${found.chip} is not in /sys/class/gpio`)
  return onChip(chip, found.line)
}

const onChip = (chip: SysfsChip, offset: number): number => {
  if (offset >= chip.lines) throw missing(`${chip.label} has ${chip.lines} lines, no ${offset}`)
  return chip.base + offset
}

/** Lowest numbers first. */
const sysfsChips = async (root: string): Promise<SysfsChip[]> => {
  const folder = join(root, 'sys/class/gpio')
  const names = (await readdir(folder)).filter((name) => /^gpiochip\d+$/.test(name))
  const read = (name: string, file: string): Promise<string> => readFile(join(folder, name, file), 'utf8')
  const chips = await Promise.all(
    names.map(async (name) => ({
      label: (await read(name, 'label')).trim(),
      base: Number(await read(name, 'base')),
      lines: Number(await read(name, 'ngpio')),
      names: (await read(name, 'device/of_node/gpio-line-names').catch(() => '')).split('\0'),
    })),
  )
  return chips.sort((a, b) => a.base - b.base)
}
