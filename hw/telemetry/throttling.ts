/**
 * What slows the board down, now and before: under-voltage, throttled, frequency-capped, soft-temperature-limit,
 * over-current; with -before for what happened since the start. The Raspberry Pi's firmware tells both; elsewhere the
 * kernel tells what is now, and counters or this process remember what was.
 */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Bits of the Raspberry Pi firmware's get_throttled; the upper half is "since the start". */
const throttleBits: readonly (readonly [bit: number, name: string])[] = [
  [0, 'under-voltage'],
  [1, 'frequency-capped'],
  [2, 'throttled'],
  [3, 'soft-temperature-limit'],
  [16, 'under-voltage-before'],
  [17, 'frequency-capped-before'],
  [18, 'throttled-before'],
  [19, 'soft-temperature-limit-before'],
]

/** Undefined for text that is no such number. */
export const firmwareFlags = (text: string): readonly string[] | undefined => {
  const hex = text.trim().replace(/^throttled=/, '')
  if (!/^(?:0x)?[0-9a-f]{1,8}$/i.test(hex)) return undefined
  const value = Number.parseInt(hex, 16)
  return throttleBits.filter(([bit]) => (value & (1 << bit)) !== 0).map(([, name]) => name)
}

/** Asks the firmware by its own tool: for kernels without the file. Undefined: there is no such tool. */
export type AskFirmware = () => Promise<string | undefined>

const toolMs = 2_000

export const askVcgencmd: AskFirmware = () =>
  new Promise((resolve) => {
    execFile('vcgencmd', ['get_throttled'], { timeout: toolMs, killSignal: 'SIGKILL' }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    )
  })

export class Throttling {
  readonly #root: string
  readonly #askFirmware: AskFirmware | undefined
  #hasTool = true
  /** what this process saw, for boards that forget */
  #seen = new Set<string>()

  /** @param askFirmware only where there may be such a firmware; the file is asked first */
  constructor(root: string, askFirmware?: AskFirmware) {
    this.#root = root
    this.#askFirmware = askFirmware
  }

  /** Undefined where the board can't tell. */
  async read(): Promise<readonly string[] | undefined> {
    const ofFirmware = await this.#firmware()
    if (ofFirmware) return ofFirmware
    const found = await Promise.all([this.#cooling(), this.#voltage(), this.#overCurrent(), this.#counted()])
    const known = found.filter((flags) => flags !== undefined)
    if (known.length === 0) return undefined
    const now = new Set(known.flat())
    for (const flag of now) if (!flag.endsWith('-before')) this.#seen.add(flag)
    const before = [...this.#seen].filter((flag) => !now.has(flag)).map((flag) => `${flag}-before`)
    return [...new Set([...now, ...before])]
  }

  async #firmware(): Promise<readonly string[] | undefined> {
    const platform = join(this.#root, 'sys/devices/platform')
    for (const soc of await names(platform, /^soc(?:@[0-9a-f]+)?$/))
      for (const firmware of await names(join(platform, soc), /^soc.*:firmware$/)) {
        const flags = firmwareFlags(await text(platform, soc, firmware, 'get_throttled'))
        if (flags) return flags
      }
    if (!this.#askFirmware || !this.#hasTool) return undefined
    const said = await this.#askFirmware()
    this.#hasTool = said !== undefined
    return said === undefined ? undefined : firmwareFlags(said)
  }

  /** The kernel's cooling devices that slow the CPU down; fans are none. Jetson names its alerts. */
  async #cooling(): Promise<string[] | undefined> {
    const folder = join(this.#root, 'sys/class/thermal')
    const devices = await Promise.all(
      (await names(folder, /^cooling_device\d+$/)).map(async (name) => ({
        type: (await text(folder, name, 'type')).trim(),
        state: Number.parseInt(await text(folder, name, 'cur_state'), 10),
      })),
    )
    const slowing = devices.filter(({ type }) =>
      /^(?:thermal-)?cpufreq|^processor$|throttle-alert$|^(?:cpu|gpu)-balanced/i.test(type),
    )
    if (slowing.length === 0) return undefined
    return slowing.some(({ state }) => state > 0) ? ['frequency-capped'] : []
  }

  /** The Pi's supply, on kernels without the firmware's file. */
  async #voltage(): Promise<string[] | undefined> {
    const folder = join(this.#root, 'sys/class/hwmon')
    for (const name of await names(folder, /^hwmon\d+$/)) {
      if ((await text(folder, name, 'name')).trim() !== 'rpi_volt') continue
      return (await text(folder, name, 'in0_lcrit_alarm')).trim() === '1' ? ['under-voltage'] : []
    }
    return undefined
  }

  /** Jetson counts how often the supply was asked for more than it has. */
  async #overCurrent(): Promise<string[] | undefined> {
    const folder = join(this.#root, 'sys/class/hwmon')
    for (const name of await names(folder, /^hwmon\d+$/)) {
      const counters = await names(join(folder, name), /^oc\d+_event_cnt$/)
      if (counters.length === 0) continue
      const counts = await Promise.all(counters.map((counter) => text(folder, name, counter)))
      return counts.some((count) => Number.parseInt(count, 10) > 0) ? ['over-current-before'] : []
    }
    return undefined
  }

  /** x86 counts how often it slowed itself down. */
  async #counted(): Promise<string[] | undefined> {
    const file = 'sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count'
    const count = Number.parseInt(await text(this.#root, file), 10)
    return Number.isNaN(count) ? undefined : count > 0 ? ['throttled-before'] : []
  }
}

const text = (...path: string[]): Promise<string> => readFile(join(...path), 'utf8').catch(() => '')

const names = async (folder: string, pattern: RegExp): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name)).sort()
