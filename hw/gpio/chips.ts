/** Lines on the character devices: found by chip and offset or by name, taken as inputs or outputs. */

import type { GpioKernel } from './kernel.js'
import { type GpioLine, LineError, lineTitle, missing } from './line.js'
import {
  askLineInfo,
  chipInfoBytes,
  flags,
  type LineInfo,
  lineRequest,
  lineValues,
  readChipInfo,
  readEvents,
  readLineInfo,
  readRequestFd,
  readValues,
  requests,
} from './uapi.js'

export interface FoundLine extends LineInfo {
  readonly path: string
  /** label of its chip */
  readonly chip: string
  readonly offset: number
}

const consumer = 'live-pusher'

interface Chip {
  readonly path: string
  readonly label: string
  readonly lines: number
}

export const listChips = (kernel: GpioKernel): Chip[] =>
  kernel.chips().flatMap((path) => {
    const info = onChip(kernel, path, (fd) => {
      const bytes = Buffer.alloc(chipInfoBytes)
      kernel.ioctl(fd, requests.chipInfo, bytes)
      return readChipInfo(bytes)
    })
    return [{ path, ...info }]
  })

/** Where a line is and who holds it. @throws LineError */
export const findLine = (kernel: GpioKernel, asked: GpioLine): FoundLine => {
  const { line, chip: label } = asked
  const title = lineTitle(asked)
  try {
    const chips = listChips(kernel).filter((chip) => label === undefined || chip.label === label)
    const first = chips[0]
    if (!first)
      throw missing(label === undefined ? 'there is no GPIO chip' : `there is no GPIO chip ${label}`)
    if (typeof line === 'number') {
      if (line >= first.lines) throw missing(`${first.label} has ${first.lines} lines, no ${line}`)
      return { path: first.path, chip: first.label, offset: line, ...infoOf(kernel, first.path, line) }
    }
    for (const chip of chips)
      for (let offset = 0; offset < chip.lines; offset++) {
        const info = infoOf(kernel, chip.path, offset)
        if (info.name === line) return { path: chip.path, chip: chip.label, offset, ...info }
      }
    throw missing('no GPIO line has this name')
  } catch (error) {
    throw new LineError(title, error)
  }
}

const infoOf = (kernel: GpioKernel, path: string, offset: number): LineInfo =>
  onChip(kernel, path, (fd) => {
    const bytes = askLineInfo(offset)
    kernel.ioctl(fd, requests.lineInfo, bytes)
    return readLineInfo(bytes)
  })

export interface InputLines {
  /** whether each is active now, in the order in which they were asked for */
  values(): boolean[]
  stop(): void
}

/**
 * Takes lines of one chip as inputs, with the chip's own pull resistor towards "not active" where it has one.
 * @param onEdge `atMs` on the clock of performance.now()
 * @throws LineError
 */
export const takeInputs = (
  kernel: GpioKernel,
  path: string,
  offsets: readonly number[],
  activeLow: boolean,
  onEdge: (index: number, active: boolean, atMs: number) => void,
  onLost: (error: unknown) => void,
): InputLines => {
  const lineFlags =
    flags.input |
    flags.risingEdge |
    flags.fallingEdge |
    (activeLow ? flags.activeLow | flags.pullUp : flags.pullDown)
  const fd = takeLines(kernel, path, offsets, lineFlags)
  const drain = (): void => {
    for (const { offset, active, atNs } of readEvents(kernel.read(fd)))
      onEdge(offsets.indexOf(offset), active, toPerformance(atNs))
  }
  // A chip that is unplugged ends its lines: reading them fails.
  const unwatch = kernel.watch(fd, () => {
    try {
      drain()
    } catch (error) {
      onLost(error)
    }
  })
  return {
    values: () => {
      // What happened before this moment comes before it.
      drain()
      const bytes = lineValues((1n << BigInt(offsets.length)) - 1n)
      kernel.ioctl(fd, requests.getValues, bytes)
      const bits = readValues(bytes)
      return offsets.map((_, index) => ((bits >> BigInt(index)) & 1n) === 1n)
    },
    stop: () => {
      unwatch()
      kernel.close(fd)
    },
  }
}

export interface OutputLine {
  set(on: boolean): void
  stop(): void
}

/** Takes one line as an output that is off. @throws LineError */
export const takeOutput = (
  kernel: GpioKernel,
  path: string,
  offset: number,
  activeLow = false,
): OutputLine => {
  const fd = takeLines(kernel, path, [offset], flags.output | (activeLow ? flags.activeLow : 0))
  return {
    set: (on) => kernel.ioctl(fd, requests.setValues, lineValues(1n, on ? 1n : 0n)),
    stop: () => kernel.close(fd),
  }
}

const takeLines = (
  kernel: GpioKernel,
  path: string,
  offsets: readonly number[],
  lineFlags: number,
): number => {
  try {
    return onChip(kernel, path, (fd) => {
      const bytes = lineRequest(offsets, lineFlags, consumer)
      kernel.ioctl(fd, requests.takeLines, bytes)
      return readRequestFd(bytes)
    })
  } catch (error) {
    throw new LineError(
      `GPIO ${path} ${offsets.length === 1 ? 'line' : 'lines'} ${offsets.join(', ')}`,
      error,
    )
  }
}

const onChip = <Value>(kernel: GpioKernel, path: string, ask: (fd: number) => Value): Value => {
  const fd = kernel.open(path)
  try {
    return ask(fd)
  } finally {
    kernel.close(fd)
  }
}

/** hrtime is the kernel's monotonic clock, as the events' time is. */
const toPerformance = (atNs: bigint): number =>
  performance.now() - Number(process.hrtime.bigint() - atNs) / 1e6
