import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { firmwareFlags, Throttling } from '../../../hw/telemetry/throttling.js'
import { fixtureTree } from './fixture-tree.js'

test("the Pi's firmware tells what is and what was", (t) => {
  t.deepEqual(firmwareFlags('0x0\n'), [])
  t.deepEqual(firmwareFlags('throttled=0x50005\n'), [
    'under-voltage',
    'throttled',
    'under-voltage-before',
    'throttled-before',
  ])
  t.deepEqual(firmwareFlags('80000'), ['soft-temperature-limit-before'])
  for (const text of ['', 'no', 'throttled=', '0x123456789']) t.is(firmwareFlags(text), undefined)
})

test('the file of the kernel goes before the tool, on every name that the kernel gave it', async (t) => {
  const asked: number[] = []
  const ask = async () => {
    asked.push(1)
    return 'throttled=0x1'
  }
  for (const soc of ['soc/soc:firmware', 'soc@107c000000/soc@107c000000:firmware']) {
    const root = await fixtureTree(t, { [`sys/devices/platform/${soc}/get_throttled`]: '4\n' })
    t.deepEqual(await new Throttling(root, ask).read(), ['throttled'])
  }
  t.is(asked.length, 0)
  const bare = new Throttling(await fixtureTree(t, {}), ask)
  t.deepEqual(await bare.read(), ['under-voltage'])
  t.is(await new Throttling(await fixtureTree(t, {})).read(), undefined)
})

test('a tool that is not there is not asked again', async (t) => {
  let asked = 0
  const throttling = new Throttling(await fixtureTree(t, {}), async () => {
    asked += 1
    return undefined
  })
  t.is(await throttling.read(), undefined)
  await throttling.read()
  t.is(asked, 1)
})

test('a Jetson tells by its cooling devices and counters, and what was is remembered', async (t) => {
  const root = await fixtureTree(t, {
    'sys/class/thermal/cooling_device0/type': 'pwm-fan\n',
    'sys/class/thermal/cooling_device0/cur_state': '3\n',
    'sys/class/thermal/cooling_device1/type': 'cpu-throttle-alert\n',
    'sys/class/thermal/cooling_device1/cur_state': '1\n',
    'sys/class/hwmon/hwmon2/oc1_event_cnt': '0\n',
    'sys/class/hwmon/hwmon2/oc3_event_cnt': '2\n',
  })
  const throttling = new Throttling(root)
  t.deepEqual(await throttling.read(), ['frequency-capped', 'over-current-before'])
  await writeFile(join(root, 'sys/class/thermal/cooling_device1/cur_state'), '0\n')
  t.deepEqual(await throttling.read(), ['over-current-before', 'frequency-capped-before'])
})

test('a Pi with a kernel of the distribution tells of its supply', async (t) => {
  const root = await fixtureTree(t, {
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
    'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '1\n',
  })
  t.deepEqual(await new Throttling(root).read(), ['under-voltage'])
})

test('a PC counts how often it was slowed down', async (t) => {
  const file = 'sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count'
  t.deepEqual(await new Throttling(await fixtureTree(t, { [file]: '0\n' })).read(), [])
  t.deepEqual(await new Throttling(await fixtureTree(t, { [file]: '12\n' })).read(), ['throttled-before'])
})
