/** The board's own condition, as in the contract's `…/telemetry`. */
import type { Telemetry } from '../../firmware/pusher/events.js'
import { type CpuTicks, cpuLoad, cpuTicks, diskFreeMB, memoryMB, temperatureC, uptimeS } from './readings.js'
import { type AskFirmware, Throttling } from './throttling.js'

export interface BoardTelemetryOptions {
  readonly onReading: (telemetry: Telemetry) => void
  /** the folder whose file system may fill up */
  readonly diskOf: string
  /** stands before /proc and /sys; a tree of files in tests */
  readonly root?: string
  /** type of the CPU's zone, where the board's entry names it */
  readonly zone?: RegExp | undefined
  /** asks the Raspberry Pi's firmware, where there is one and the kernel has no file for it */
  readonly askFirmware?: AskFirmware | undefined
  /** ms between readings */
  readonly intervalMs?: number
  /** time from the end of one reading to the next; gives a function that cancels it */
  readonly after?: (ms: number, run: () => void) => () => void
}

const realAfter = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Calls back every 10 s, the first time at once. A value that the board can't give is absent. */
export class BoardTelemetry {
  readonly #options: BoardTelemetryOptions
  readonly #throttling: Throttling
  #ticks: CpuTicks | undefined
  #running: AbortController | undefined
  #cancel: () => void = () => undefined
  #reading: Promise<void> = Promise.resolve()

  constructor(options: BoardTelemetryOptions) {
    this.#options = options
    this.#throttling = new Throttling(options.root ?? '/', options.askFirmware)
  }

  /** One reading now. The CPU load is that since the reading before, so the first one has none. */
  async read(): Promise<Telemetry> {
    const { root = '/', diskOf, zone } = this.#options
    const [temperature, throttle, ticks, memory, disk, uptime] = await Promise.all([
      temperatureC(root, zone),
      this.#throttling.read(),
      cpuTicks(root),
      memoryMB(root),
      diskFreeMB(diskOf),
      uptimeS(root),
    ])
    const load = cpuLoad(this.#ticks, ticks)
    this.#ticks = ticks
    return {
      ...(temperature === undefined ? {} : { temperatureC: temperature }),
      ...(throttle === undefined ? {} : { throttled: throttle }),
      ...(load === undefined ? {} : { cpu: load }),
      ...(memory === undefined ? {} : { memoryMB: memory }),
      ...(disk === undefined ? {} : { diskFreeMB: disk }),
      ...(uptime === undefined ? {} : { uptimeS: uptime }),
    }
  }

  /** Idempotent; runs until `stop` or the signal. */
  start(signal: AbortSignal): void {
    if (this.#running || signal.aborted) return
    const running = new AbortController()
    this.#running = running
    running.signal.addEventListener('abort', () => this.#cancel(), { once: true })
    signal.addEventListener('abort', () => running.abort(), { once: true, signal: running.signal })
    const { after = realAfter, intervalMs = 10_000, onReading } = this.#options
    const round = async (): Promise<void> => {
      const telemetry = await this.read()
      if (running.signal.aborted) return
      onReading(telemetry)
      this.#cancel = after(intervalMs, next)
    }
    const next = (): void => {
      this.#reading = round()
    }
    next()
  }

  /** Idempotent; nothing is called back after it. */
  async stop(): Promise<void> {
    this.#running?.abort()
    this.#running = undefined
    await this.#reading
  }
}
