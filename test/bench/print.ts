/** Figures for people. */
import type { Aim, Table } from './bench.js'
import type { Machine, Versions } from './machine.js'
import type { Delays, Spread } from './statistics.js'

/** Three figures, or whole when it is large. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3)
}

export const signed = (value: number): string => `${value >= 0 ? '+' : ''}${figure(value)}`

/** `12.3 (12.0 to 12.9)`, or one figure when there is one sample. */
export const spreadText = (
  { median, min, max, samples }: Spread,
  text: (value: number) => string = figure,
): string => (samples === 1 ? text(median) : `${text(median)} (${text(min)} to ${text(max)})`)

export const delayCells = ({ p50, p95, max, samples }: Delays): string[] => [
  figure(p50),
  figure(p95),
  figure(max),
  String(samples),
]

const isNumber = (text: string): boolean => /^[-+]?\d/.test(text) || text === '-'

export const tableText = ({ title, columns, rows, notes = [] }: Table): string => {
  const all = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[], heading: boolean): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? ''
        const isRight = column > 0 && (heading || isNumber(cell))
        return isRight ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [
    title,
    line(columns, true),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...rows.map((row) => line(row, false)),
    ...notes.map((note) => `* ${note}`),
  ].join('\n')
}

export const aimText = ({ what, unit, value, limit, met }: Aim): string =>
  `${met ? 'met   ' : 'missed'}  ${what}: ${figure(value)} ${unit} (aim: at most ${figure(limit)} ${unit})`

export const headText = (machine: Machine, versions: Versions, date: string, load: number): string =>
  [
    `machine   ${machine.cpu}, ${machine.cores} cores, ${machine.memoryMB} MB, ${machine.os}, Linux ${machine.kernel} ${machine.arch}`,
    `versions  project ${versions.project}, node ${versions.node}, GStreamer ${versions.gstreamer}, ffmpeg ${versions.ffmpeg}`,
    `date      ${date}, load average at the start ${figure(load)}`,
  ].join('\n')
