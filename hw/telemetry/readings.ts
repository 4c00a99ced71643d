/** Single readings of the board. Each gives undefined where the board can't tell. */
import { readdir, readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'

const text = (...path: string[]): Promise<string> => readFile(join(...path), 'utf8').catch(() => '')

const anyCpuZone = /cpu|soc|x86_pkg_temp|coretemp|k10temp/i

/**
 * °C of the CPU: the zone that is named after it, else the hottest zone. Zones that report nonsense (a regulator's
 * fixed 100 °C, a sensor that is off) are left out where the CPU has one of its own.
 * @param zone type of the zone that the board's entry names
 */
export async function temperatureC(root: string, zone: RegExp = anyCpuZone): Promise<number | undefined> {
  const folder = join(root, 'sys/class/thermal')
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => /^thermal_zone\d+$/.test(name))
    .sort()
  const zones = await Promise.all(
    names.map(async (name) => ({
      type: (await text(folder, name, 'type')).trim(),
      milli: Number.parseInt(await text(folder, name, 'temp'), 10),
    })),
  )
  const sane = zones.filter(({ milli }) => milli > -50_000 && milli < 150_000 && milli !== 0)
  const cpu = sane.find(({ type }) => zone.test(type)) ?? sane.find(({ type }) => anyCpuZone.test(type))
  const hottest = sane.sort((a, b) => b.milli - a.milli)[0]
  const milli = (cpu ?? hottest)?.milli
  return milli === undefined ? undefined : Math.round(milli / 100) / 10
}

/** Ticks since the start: all CPUs together. */
export interface CpuTicks {
  readonly busy: number
  readonly total: number
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal (guest is part of user). */
export async function cpuTicks(root: string): Promise<CpuTicks | undefined> {
  const fields = /^cpu +(.+)$/m
    .exec(await text(root, 'proc/stat'))?.[1]
    ?.split(/ +/)
    .map(Number)
  if (fields === undefined || fields.length < 4 || fields.some(Number.isNaN)) return undefined
  const total = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0)
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0)
  return { busy: total - idle, total }
}

/** 0 to 1, of all CPUs, between two readings. */
export function cpuLoad(before: CpuTicks | undefined, now: CpuTicks | undefined): number | undefined {
  if (before === undefined || now === undefined || now.total <= before.total) return undefined
  const load = (now.busy - before.busy) / (now.total - before.total)
  return Math.round(Math.min(1, Math.max(0, load)) * 1000) / 1000
}

/** Memory in use, in MB (10⁶ bytes): what programs could not get. */
export async function memoryMB(root: string): Promise<number | undefined> {
  const meminfo = await text(root, 'proc/meminfo')
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1])
  const used = (kib('MemTotal') - kib('MemAvailable')) * 1024
  return Number.isFinite(used) && used >= 0 ? Math.round(used / 1e6) : undefined
}

/** What is left for the box on the file system of `folder`, in MB (10⁶ bytes). */
export async function diskFreeMB(folder: string): Promise<number | undefined> {
  const about = await statfs(folder).catch(() => undefined)
  return about === undefined ? undefined : Math.floor((about.bavail * about.bsize) / 1e6)
}

/** Seconds since the machine started. */
export async function uptimeS(root: string): Promise<number | undefined> {
  const seconds = Number.parseFloat(await text(root, 'proc/uptime'))
  return Number.isFinite(seconds) ? Math.floor(seconds) : undefined
}

/** Ticks that a process and all its descendants have taken; undefined where the kernel doesn't tell of children. */
export async function processTicks(root: string, pid: number): Promise<number | undefined> {
  // "pid (name) state …": the name may hold anything, and utime and stime are fields 14 and 15
  const stat = await text(root, 'proc', `${pid}`, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = Number(fields[11]) + Number(fields[12])
  if (!Number.isFinite(own)) return undefined
  const list = join(root, 'proc', `${pid}`, 'task', `${pid}`, 'children')
  const children = await readFile(list, 'utf8').catch(() => undefined)
  if (children === undefined) return undefined
  const pids = children.split(' ').map(Number).filter(Boolean)
  const below = await Promise.all(pids.map((child) => processTicks(root, child)))
  return below.reduce<number>((sum, ticks) => sum + (ticks ?? 0), own)
}
