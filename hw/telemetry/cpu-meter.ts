/** What the box and the machine as a whole take of the CPUs, for whoever asks; nothing is read while nobody does. */
import { type CpuTicks, cpuLoad, cpuTicks, processTicks } from './readings.js'

/** Percent of all CPUs together; a part that the board can't give is absent. */
export interface CpuShare {
  /** this process and its descendants */
  readonly process?: number
  readonly system?: number
}

export interface CpuMeterOptions {
  /** stands before /proc; a tree of files in tests */
  readonly root?: string
  /** the process whose share is measured with that of its descendants; this one unless given */
  readonly pid?: number
  /** who asks again within this time gets the same answer, ms */
  readonly shortestMs?: number
}

interface Reading {
  readonly machine: CpuTicks | undefined
  /** ticks of the process and its descendants */
  readonly own: number | undefined
}

export class CpuMeter {
  readonly #options: CpuMeterOptions
  #before: Reading | undefined
  #askedAtMs = 0
  #share: Promise<CpuShare> | undefined

  constructor(options: CpuMeterOptions = {}) {
    this.#options = options
  }

  /** The share since the reading before; the first one is empty. */
  read(): Promise<CpuShare> {
    const { shortestMs = 1_000 } = this.#options
    const now = performance.now()
    if (this.#share && now - this.#askedAtMs < shortestMs) return this.#share
    this.#askedAtMs = now
    this.#share = this.#measure()
    return this.#share
  }

  async #measure(): Promise<CpuShare> {
    const { root = '/', pid = process.pid } = this.#options
    const [machine, own] = await Promise.all([cpuTicks(root), processTicks(root, pid)])
    const before = this.#before
    this.#before = { machine, own }
    const system = cpuLoad(before?.machine, machine)
    if (system === undefined || !before?.machine || !machine) return {}
    if (own === undefined || before.own === undefined) return { system: percent(system) }
    // A process that ended takes its ticks along.
    const grown = Math.max(0, own - before.own)
    return { process: percent(grown / (machine.total - before.machine.total)), system: percent(system) }
  }
}

const percent = (share: number): number => Math.round(Math.min(1, share) * 1_000) / 10
