/** What the kernel counts for a process and all below it, from /proc (proc(5)). */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { monotonicMs } from './clock.js'

export interface ProcessCpu {
  readonly pid: number
  readonly name: string
  /** user and system time since its start, that of its ended children included */
  readonly cpuMs: number
}

export interface TreeCpu {
  readonly atMs: number
  readonly processes: readonly ProcessCpu[]
  readonly cpuMs: number
  /** CPU time that the whole machine spent since boot, this tree included */
  readonly machineMs: number
}

export interface ProcessMemory {
  readonly pid: number
  readonly name: string
  /** resident, pages shared with others counted whole */
  readonly rssMB: number
  /** resident, pages shared with others counted in proportion */
  readonly pssMB: number
}

const tickMs = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly ticks: number
}

/** undefined when the process has ended. */
const readStat = (pid: number): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name is in brackets and may hold any character.
    const end = text.lastIndexOf(')')
    const fields = text
      .slice(end + 2)
      .split(' ')
      .map(Number)
    // Fields 4 (ppid) and 14 to 17 (utime, stime, cutime, cstime) of the man page.
    const [parent = 0] = fields.slice(1, 2)
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
    return { pid, parent, name: text.slice(text.indexOf('(') + 1, end), ticks }
  } catch {
    return undefined
  }
}

/** The process and all that descend from it, itself first. Empty when it has ended. */
const treeOf = (root: number): Stat[] => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
  const found = all.filter(({ pid }) => pid === root)
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

export const pidsOf = (root: number): number[] => treeOf(root).map(({ pid }) => pid)

const machineMs = (): number => {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? ''
  )
    .split(/\s+/)
    .map(Number)
  return (user + nice + system + irq + softirq) * tickMs
}

export const treeCpu = (root: number): TreeCpu => {
  const processes = treeOf(root).map(({ pid, name, ticks }) => ({ pid, name, cpuMs: ticks * tickMs }))
  return {
    atMs: monotonicMs(),
    processes,
    cpuMs: processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    machineMs: machineMs(),
  }
}

const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024

export const treeMemory = (root: number): ProcessMemory[] =>
  treeOf(root).flatMap(({ pid, name }) => {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
      return { pid, name, rssMB: field(text, 'Rss'), pssMB: field(text, 'Pss') }
    } catch {
      return []
    }
  })
