/**
 * Tells when a camera or a sound card came: udev's own events, which come once the node has its name and its rights.
 * Without udev nothing is told; whoever waits for a device asks from time to time as well.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface HotPlugOptions {
  readonly onPlugged: () => void
  readonly command?: readonly [program: string, ...args: string[]]
  /** a watcher that ended is started again after this */
  readonly restartMs?: number
  /** a device that comes is several events: they are told once, so long after the first */
  readonly settleMs?: number
}

const subsystems = ['video4linux', 'sound'] as const

const usual = [
  'udevadm',
  ...['monitor', '--udev', ...subsystems.map((name) => `--subsystem-match=${name}`)],
] as const

/** `UDEV  [123.456789] add      /devices/platform/… (video4linux)` */
const plugged = /^UDEV\s+\[[\d.]+\]\s+(?:add|change|move)\s/

export class HotPlug {
  readonly #options: Required<HotPlugOptions>
  #watcher: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #settling: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: HotPlugOptions) {
    this.#options = { command: usual, restartMs: 5_000, settleMs: 50, ...options }
  }

  /** Watches from now on. Returns at once; never throws. */
  start(): void {
    if (this.#stopped) return
    const [program, ...args] = this.#options.command
    const watcher = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#watcher = watcher
    let missing = false
    watcher.on('error', () => {
      missing = watcher.pid === undefined
    })
    createInterface({ input: watcher.stdout }).on('line', (line) => {
      if (plugged.test(line)) this.#tell()
    })
    watcher.on('close', () => {
      if (!this.#stopped && !missing) this.#restart = setTimeout(() => this.start(), this.#options.restartMs)
    })
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#restart)
    clearTimeout(this.#settling)
    this.#watcher?.kill()
  }

  #tell(): void {
    if (this.#settling || this.#stopped) return
    this.#settling = setTimeout(() => {
      this.#settling = undefined
      this.#options.onPlugged()
    }, this.#options.settleMs)
  }
}
