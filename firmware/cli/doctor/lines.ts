/** GPIO chips, and the lines of the configured buttons and lights. */
import { accessSync, constants } from 'node:fs'
import type { Board } from '../../../hw/boards/board.js'
import { placeButtons, resolveDriver } from '../../../hw/buttons/choose.js'
import { findLine, listChips } from '../../../hw/gpio/chips.js'
import { openKernel } from '../../../hw/gpio/kernel.js'
import { type GpioLine, LineError, type LineTrouble, troubleOf } from '../../../hw/gpio/line.js'
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
  readonly advice?: string
  readonly isButton?: boolean
}

const problem = (fact: string, advice: string): Seen => ({ fact, level: 'problem', advice })

const ofError = (what: string, error: unknown): Seen => {
  const fact = `${what}: ${error instanceof Error ? error.message : String(error)}`
  const trouble = error instanceof LineError ? error.trouble : troubleOf(error)
  return problem(fact, advices[trouble])
}

const advices: Readonly<Record<LineTrouble, string>> = {
  missing:
    'What is missing has another name or chip here, or is not plugged in: gpioinfo lists lines, docs/boards.md shows the wiring.',
  denied:
    'This user may not use it: install services/systemd/live-pusher.rules, or examine as the user of the service.',
  busy: 'Another program holds it: end that one, or choose another line.',
  failed: 'docs/boards.md shows the wiring.',
}

export async function examineLines(config: Config, board: Board): Promise<Finding> {
  const { driver, port } = config.buttons
  const resolved = resolveDriver(driver, board, false)
  const chips = await chipFacts()
  const uses = usesOf(config, board, resolved)
  const seen = await Promise.all(
    uses.map(
      async (use): Promise<Seen> => ({
        ...(resolved === 'onoff' ? await inSysfs(use) : await onChip(use)),
        isButton: use.what.startsWith('button '),
      }),
    ),
  )
  const panel = port === undefined ? [] : [serialPort(port)]
  const all = [...seen, ...panel]
  const found = worst(...all.map((each) => each.level))
  const isUnasked = ({ level, isButton }: Seen): boolean => level === 'ok' || isButton === true
  // Buttons that nobody asked for keep no box from its work.
  const level = found === 'problem' && driver === 'auto' && all.every(isUnasked) ? 'remark' : found
  return {
    id: 'gpio',
    title: 'Buttons and lights',
    level,
    facts: [
      ...chips,
      `buttons: ${resolved}${driver === 'auto' ? ' (auto)' : ''}`,
      ...all.map(({ fact }) => fact),
    ],
    ...(level === 'ok' ? {} : { advice: [...new Set(all.flatMap((each) => each.advice ?? []))].join(' ') }),
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
    return problem(`${where}, IN USE by ${consumer || 'the kernel'}`, advices.busy)
  } catch (error) {
    return ofError(what, error)
  }
}

const inSysfs = async ({ what, line }: Use): Promise<Seen> => {
  try {
    return { fact: `${what}: gpio${await lineNumber(line)} of /sys/class/gpio`, level: 'ok' }
  } catch (error) {
    return ofError(what, error)
  }
}

const serialPort = (port: string): Seen => {
  try {
    accessSync(port, constants.R_OK | constants.W_OK)
    return { fact: `panel: ${port} is there`, level: 'ok' }
  } catch (error) {
    return ofError('panel', error)
  }
}
