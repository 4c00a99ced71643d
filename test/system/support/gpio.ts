/** Simulated GPIO chips (the kernel's gpio-sim): real lines whose other end the test holds. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'

export interface ChipWish {
  /** as `gpiodetect` shows it; also what tells chips apart here */
  readonly label: string
  readonly lines: number
  /** names of lines, by offset */
  readonly names?: Readonly<Record<number, string>>
}

export interface GpioChip {
  readonly label: string
  /** e.g. `/dev/gpiochip0` */
  readonly device: string
  /** connects the line, when it is an input, to the supply (1) or to ground (0) */
  pull(line: number, level: 0 | 1): Promise<void>
  /** the file that `pull` writes, for whoever writes it from another process */
  pullFile(line: number): string
  /** the level of the line, whoever drives it */
  level(line: number): Promise<0 | 1>
  /** takes the chip away, as an expander that is unplugged */
  remove(): Promise<void>
}

const all = '/sys/kernel/config/gpio-sim'

/** A chip of its own for the test, gone with it. Inputs are pulled down at first. */
export const gpioChip = async (t: Teardown, { label, lines, names = {} }: ChipWish): Promise<GpioChip> => {
  const folder = join(all, label)
  const bank = join(folder, 'bank')
  await mkdir(bank, { recursive: true })
  const named = Object.entries(names).map(([line, name]) => ({ folder: join(bank, `line${line}`), name }))
  let live = false
  const remove = async (): Promise<void> => {
    if (!live) return
    live = false
    await writeFile(join(folder, 'live'), '0')
    for (const line of named) await rmdir(line.folder)
    await rmdir(bank)
    await rmdir(folder)
  }
  t.teardown(remove)
  await writeFile(join(bank, 'num_lines'), String(lines))
  await writeFile(join(bank, 'label'), label)
  for (const line of named) {
    await mkdir(line.folder)
    await writeFile(join(line.folder, 'name'), line.name)
  }
  await writeFile(join(folder, 'live'), '1')
  live = true
  const [device, chip] = await Promise.all([text(join(folder, 'dev_name')), text(join(bank, 'chip_name'))])
  const sim = (line: number, file: string): string =>
    join('/sys/devices/platform', device, chip, `sim_gpio${line}`, file)
  await waitFor(() => text(join('/sys/bus/gpio/devices', basename(chip), 'dev')), {
    what: `the node of the chip ${label}`,
    timeoutMs: 30_000,
  })
  return {
    label,
    device: `/dev/${chip}`,
    pull: (line, level) => writeFile(sim(line, 'pull'), level === 1 ? 'pull-up' : 'pull-down'),
    pullFile: (line) => sim(line, 'pull'),
    level: async (line) => ((await text(sim(line, 'value'))) === '1' ? 1 : 0),
    remove,
  }
}

const text = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()
