/** The computer itself: board, power, disk, clock. */
import { access, constants, readFile, statfs } from 'node:fs/promises'
import { availableParallelism, release, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { RecognisedBoard } from '../../../hw/boards/recognise.js'
import { temperatureC } from '../../../hw/telemetry/readings.js'
import { askVcgencmd, Throttling } from '../../../hw/telemetry/throttling.js'
import { ownVersion } from '../../version.js'
import { type Finding, quietly } from './finding.js'

export async function examineBoard({ board, model, why }: RecognisedBoard): Promise<Finding> {
  const system = /^PRETTY_NAME="?([^"\n]+)/m.exec(
    (await quietly(readFile('/etc/os-release', 'utf8'))) ?? '',
  )?.[1]
  const { width, height, fps } = board.softwareLimit
  return {
    id: 'board',
    title: 'Board',
    level: 'ok',
    facts: [
      `${board.title}${model === '' ? '' : ` (${model})`}: ${why}`,
      `${system ?? 'unknown system'}, Linux ${release()}, Node ${process.versions.node}, live-pusher ${ownVersion()}`,
      `${availableParallelism()} CPUs, ${Math.round(totalmem() / 1e6)} MB of memory; by CPU about ${width}x${height} at ${fps} frames/s`,
    ],
  }
}

export async function examinePower({ board }: RecognisedBoard): Promise<Finding> {
  const ask = board.id.startsWith('raspberry-pi') ? askVcgencmd : undefined
  const [celsius, flags] = await Promise.all([
    temperatureC('/', board.thermal.zone),
    new Throttling('/', ask).read(),
  ])
  const { hotC, throttlesC } = board.thermal
  const now = (flags ?? []).filter((flag) => !flag.endsWith('-before'))
  const hot = celsius !== undefined && celsius >= hotC
  const weak = (flags ?? []).some(
    (flag) => flag.startsWith('under-voltage') || flag.startsWith('over-current'),
  )
  const facts = [
    celsius === undefined
      ? 'no temperature is told'
      : `${celsius} °C (less work from ${hotC} °C, throttles at ${throttlesC} °C)`,
    flags === undefined
      ? 'whether it is slowed down is not told'
      : flags.length === 0
        ? 'not slowed down since the start'
        : flags.join(', '),
  ]
  const title = 'Heat and power'
  if (!hot && now.length === 0 && !weak) return { id: 'power', title, level: 'ok', facts }
  return {
    id: 'power',
    title,
    level: now.length > 0 ? 'problem' : 'remark',
    facts,
    advice: weak
      ? "Use the maker's power supply and a short cable; what hangs at USB takes from it."
      : 'Give the board a heat sink or a fan, and shade.',
  }
}

const leastFreeMB = 200

export async function examineDisk(stateDir: string): Promise<Finding> {
  const folder = await nearestFolder(stateDir)
  const about = await quietly(statfs(folder))
  const freeMB = about === undefined ? undefined : Math.floor((about.bavail * about.bsize) / 1e6)
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  const facts = [
    `${stateDir}${folder === stateDir ? '' : ' (not there yet)'}: ${freeMB === undefined ? 'unknown' : `${freeMB} MB free`}, ${writable ? 'writable' : 'NOT writable by this user'}`,
  ]
  const title = 'Disk'
  if (freeMB !== undefined && freeMB < leastFreeMB)
    return {
      id: 'disk',
      title,
      level: 'problem',
      facts,
      advice: `Make room: less than ${leastFreeMB} MB are free.`,
    }
  if (!writable)
    return {
      ...{ id: 'disk', title, level: 'remark', facts },
      advice: `Examine as the user that runs the box (sudo -u live-pusher), or give that user ${stateDir}.`,
    }
  return { id: 'disk', title, level: 'ok', facts }
}

const nearestFolder = async (path: string): Promise<string> =>
  path === '/' || (await quietly(access(path).then(() => true))) ? path : nearestFolder(dirname(path))

/** No box was made before; a clock that says so makes every certificate invalid. */
const firstYear = 2025

export async function examineClock(now = new Date()): Promise<Finding> {
  const told = await quietly(access('/run/systemd/timesync/synchronized').then(() => true))
  const facts = [`${now.toISOString()}${told ? ', set by the network' : ''}`]
  const title = 'Clock'
  if (now.getUTCFullYear() < firstYear)
    return {
      ...{ id: 'clock', title, level: 'problem', facts },
      advice:
        'Set the clock (timedatectl set-ntp true): certificates look invalid and codes have wrong times.',
    }
  return { id: 'clock', title, level: 'ok', facts }
}
