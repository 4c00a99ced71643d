/** GPIO chips, and the lines of the configured buttons and lights. */
import { accessSync, constants } from 'node:fs'
import type { Board } from '../../../hw/boards/board.js'
import { placeButtons, resolveDriver } from '../../../hw/buttons/choose.js'
import { findLine, listChips } from '../../../hw/gpio/chips.js'
import { openKernel } from '../../../hw/gpio/kernel.js'
import type { GpioLine } from '../../../hw/gpio/line.js'
import { lineNumber } from '../../../hw/gpio/sysfs-line.js'
import type { Config } from '../../config/schema.js'
import { buttonNames } from '../../pusher/buttons.js'
import { lightNames } from '../../pusher/lights.js'
import { type Finding, worst } from './finding.js'

interface Use {
  /** `button mute`, `tally light` */
  readonly what: string
  readonly line: GpioLine
}

interface Seen {
  readonly fact: string
  readonly level: Finding['level']
}

export async function examineLines(config: Config, board: Board): Promise<Finding> {
  const { driver, port } = config.buttons
  const resolved = resolveDriver(driver, board, false)
  const chips = await chipFacts()
  const uses = usesOf(config, board, resolved)
  const seen = await Promise.all(uses.map((use) => (resolved === 'onoff' ? inSysfs(use) : onChip(use))))
  const panel = port === undefined ? [] : [serialPort(port)]
  const level = worst(...[...seen, ...panel].map((each) => each.level))
  return {
    id: 'gpio',
    title: 'Buttons and lights',
    level,
    facts: [
      ...chips,
      `buttons: ${resolved}${driver === 'auto' ? ' (auto)' : ''}`,
      ...[...seen, ...panel].map(({ fact }) => fact),
    ],
    ...(level === 'ok'
      ? {}
      : {
          advice:
            'See docs/boards.md for the wiring; a line that is missing has another name or chip here (gpioinfo), one in use has another owner, and one that is denied needs services/systemd/live-pusher.rules.',
        }),
  }
}

const chipFacts = async (): Promise<string[]> => {
  try {
    const chips = listChips(await openKernel())
    if (chips.length === 0) return ['no GPIO chip']
    return [`chips: ${chips.map(({ label, lines }) => `${label} (${lines})`).join(', ')}`]
  } catch (error) {
    return [`GPIO chips can't be opened: ${error instanceof Error ? error.message : String(error)}`]
  }
}

const usesOf = (config: Config, board: Board, driver: ReturnType<typeof resolveDriver>): Use[] => {
  const { buttons, lights } = config
  const chip = buttons.chip ?? board.header?.chip
  const lines = Object.fromEntries(buttonNames.map((name) => [name, buttons[name].line])) as Parameters<
    typeof placeButtons
  >[1]['lines']
  const asked = { driver, chip: buttons.chip, active: buttons.active, holdMs: buttons['hold-ms'], lines }
  const placed = driver === 'gpiod' || driver === 'onoff' ? placeButtons(driver, asked, board) : []
  return [
    ...placed.map(({ button, at }) => ({ what: `button ${button}`, line: { line: at, chip } })),
    ...lightNames.flatMap((name) => {
      const spec = lights[name]
      const line =
        spec.kind === 'gpio' ? spec.line : spec.kind === 'board' ? board.header?.lights[name] : undefined
      return line === undefined ? [] : [{ what: `${name} light`, line: { line, chip } }]
    }),
  ]
}

const onChip = async ({ what, line }: Use): Promise<Seen> => {
  try {
    const { chip, offset, name, used, consumer } = findLine(await openKernel(), line)
    const where = `${what}: ${chip} ${offset}${name === '' ? '' : ` (${name})`}`
    if (!used) return { fact: `${where}, free`, level: 'ok' }
    if (consumer === 'live-pusher') return { fact: `${where}, held by a box that runs`, level: 'ok' }
    return { fact: `${where}, IN USE by ${consumer || 'the kernel'}`, level: 'problem' }
  } catch (error) {
    return { fact: `${what}: ${error instanceof Error ? error.message : String(error)}`, level: 'problem' }
  }
}

const inSysfs = async ({ what, line }: Use): Promise<Seen> => {
  try {
    return { fact: `${what}: gpio${await lineNumber(line)} of /sys/class/gpio`, level: 'ok' }
  } catch (error) {
    return { fact: `${what}: ${error instanceof Error ? error.message : String(error)}`, level: 'problem' }
  }
}

const serialPort = (port: string): Seen => {
  try {
    accessSync(port, constants.R_OK | constants.W_OK)
    return { fact: `panel: ${port} is there`, level: 'ok' }
  } catch (error) {
    return { fact: `panel: ${error instanceof Error ? error.message : String(error)}`, level: 'problem' }
  }
}
