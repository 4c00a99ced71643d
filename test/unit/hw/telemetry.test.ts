import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Telemetry } from '../../../firmware/pusher/events.js'
import { BoardTelemetry } from '../../../hw/telemetry/telemetry.js'
import { waitFor } from '../../support/wait-for.js'
import { fixtureTree, type Tree } from './fixture-tree.js'

const stat = (user: number, idle: number) => `cpu  ${user} 0 100 ${idle} 50 0 0 0 0 0\ncpu0 1 2 3 4\nintr 5\n`

const pi: Tree = {
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '48312\n',
  'sys/class/thermal/cooling_device0/type': 'fan\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
  'proc/stat': stat(1000, 8000),
  'proc/meminfo': 'MemTotal:        3884368 kB\nMemFree:          100000 kB\nMemAvailable:    2884368 kB\n',
  'proc/uptime': '350735.47 234388.90\n',
}

const setUp = async (t: ExecutionContext, tree: Tree = pi) => {
  const root = await fixtureTree(t, tree)
  const readings: Telemetry[] = []
  /** the clock: what waits for the next round */
  const waiting: { ms: number; run: () => void }[] = []
  const telemetry = new BoardTelemetry({
    root,
    diskOf: root,
    onReading: (reading) => readings.push(reading),
    after: (ms, run) => {
      const entry = { ms, run }
      waiting.push(entry)
      return () => void waiting.splice(waiting.indexOf(entry), 1)
    },
  })
  return { root, telemetry, readings, waiting }
}

test('reads what the board can give', async (t) => {
  const { telemetry } = await setUp(t)
  const { diskFreeMB, ...rest } = await telemetry.read()
  t.deepEqual(rest, {
    temperatureC: 48.3,
    throttled: ['under-voltage', 'throttled', 'under-voltage-before', 'throttled-before'],
    memoryMB: 1024,
    uptimeS: 350735,
  })
  t.true(Number.isInteger(diskFreeMB) && diskFreeMB! >= 0)
})

test('CPU load is that since the reading before', async (t) => {
  const { root, telemetry } = await setUp(t)
  t.is((await telemetry.read()).cpu, undefined)
  await writeFile(join(root, 'proc/stat'), stat(1025, 8075))
  t.is((await telemetry.read()).cpu, 0.25)
  t.is((await telemetry.read()).cpu, undefined, 'no ticks went by')
})

test('a value that the board can not give is absent', async (t) => {
  const { root, telemetry } = await setUp(t, {})
  t.deepEqual(Object.keys(await telemetry.read()), ['diskFreeMB'])
  const nowhere = new BoardTelemetry({ root, diskOf: join(root, 'none'), onReading: () => undefined })
  t.deepEqual(await nowhere.read(), {})
})

test('rubbish in a reading is an absent value', async (t) => {
  const { telemetry } = await setUp(t, {
    'sys/class/thermal/thermal_zone0/temp': 'x',
    'sys/devices/platform/soc/soc:firmware/get_throttled': 'no',
    'proc/stat': 'cpu  a b c d\n',
    'proc/meminfo': 'MemTotal: lots\n',
    'proc/uptime': '',
  })
  t.deepEqual(Object.keys(await telemetry.read()), ['diskFreeMB'])
})

test("takes the CPU's zone, not a regulator's fixed 100 degrees", async (t) => {
  const jetson = {
    'sys/class/thermal/thermal_zone0/type': 'PMIC-Die\n',
    'sys/class/thermal/thermal_zone0/temp': '100000\n',
    'sys/class/thermal/thermal_zone1/type': 'CPU-therm\n',
    'sys/class/thermal/thermal_zone1/temp': '41500\n',
  }
  t.is((await (await setUp(t, jetson)).telemetry.read()).temperatureC, 41.5)
})

test('without a zone of the CPU takes the hottest that is sane', async (t) => {
  const pc = {
    'sys/class/thermal/thermal_zone0/type': 'acpitz\n',
    'sys/class/thermal/thermal_zone0/temp': '27800\n',
    'sys/class/thermal/thermal_zone1/type': 'acpitz\n',
    'sys/class/thermal/thermal_zone1/temp': '29800\n',
    'sys/class/thermal/thermal_zone2/type': 'broken\n',
    'sys/class/thermal/thermal_zone2/temp': '-274000\n',
  }
  t.is((await (await setUp(t, pc)).telemetry.read()).temperatureC, 29.8)
})

test('calls back at once and then every 10 s, until it is stopped', async (t) => {
  const { telemetry, readings, waiting } = await setUp(t)
  telemetry.start(new AbortController().signal)
  telemetry.start(new AbortController().signal)
  await waitFor(() => waiting.length === 1, { what: 'the first round' })
  t.is(readings.length, 1)
  t.is(waiting[0]?.ms, 10_000)
  waiting.shift()?.run()
  await waitFor(() => waiting.length === 1, { what: 'the second round' })
  t.is(readings.length, 2)
  await telemetry.stop()
  await telemetry.stop()
  t.is(waiting.length, 0)
  telemetry.start(new AbortController().signal)
  await waitFor(() => readings.length === 3, { what: 'a round after the new start' })
  await telemetry.stop()
})

test('calls nothing back after a stop in the middle of a reading', async (t) => {
  const { telemetry, readings } = await setUp(t)
  telemetry.start(new AbortController().signal)
  await telemetry.stop()
  t.deepEqual(readings, [])
})

test('ends with the signal', async (t) => {
  const { telemetry, waiting } = await setUp(t)
  const ending = new AbortController()
  telemetry.start(ending.signal)
  await waitFor(() => waiting.length === 1, { what: 'the first round' })
  ending.abort()
  t.is(waiting.length, 0)
})
