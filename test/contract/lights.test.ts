import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { LineError } from '../../hw/gpio/line.js'
import { GpioLamp, takeWithGpiod } from '../../hw/lights/gpio-lamp.js'
import type { Lamp } from '../../hw/lights/lamp.js'
import { LedLamp } from '../../hw/lights/led-lamp.js'
import { LogLamp } from '../../hw/lights/log-lamp.js'
import { PanelLamp } from '../../hw/lights/panel-lamp.js'
import { FirmataPanel } from '../../hw/panel/firmata-panel.js'
import { startFirmataBoard } from '../support/hw/firmata-board.js'
import { SimulatedKernel } from '../support/hw/gpio-kernel.js'
import { tempDir } from '../support/temp-dir.js'
import { waitFor } from '../support/wait-for.js'

interface Rig {
  readonly lamp: Lamp
  /** what somebody would see */
  lit(): boolean | Promise<boolean>
  /** the same where there is no such light */
  readonly missing?: Lamp
  /** it is off although the process had no time left; not where a wire is between */
  readonly atOnce: boolean
}

const led = async (t: ExecutionContext): Promise<Rig> => {
  const root = await tempDir(t)
  const folder = join(root, 'sys/class/leds/ACT')
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries({ brightness: '255', max_brightness: '255', trigger: 'mmc0' }))
    await writeFile(join(folder, name), `${text}\n`)
  const brightness = async (): Promise<string> =>
    (await readFile(join(folder, 'brightness'), 'utf8')).split('\n')[0]!
  return {
    lamp: new LedLamp('ACT', root),
    lit: async () => (await brightness()) !== '0',
    missing: new LedLamp('NONE', root),
    atOnce: true,
  }
}

const gpiod = (): Rig => {
  const kernel = new SimulatedKernel([{ label: 'pinctrl-rp1', lines: ['', '', 'GPIO2'] }])
  const take = takeWithGpiod(async () => kernel)
  return {
    lamp: new GpioLamp({ line: 'GPIO2' }, take),
    lit: () => kernel.level(0, 2),
    missing: new GpioLamp({ line: 2, chip: 'another' }, take),
    atOnce: true,
  }
}

const onoff = (): Rig => {
  let level = false
  return {
    lamp: new GpioLamp({ line: 24 }, async () => ({
      set: (on) => {
        level = on
      },
      stop: () => undefined,
    })),
    lit: () => level,
    missing: new GpioLamp({ line: 99 }, () =>
      Promise.reject(Object.assign(new Error('no line'), { code: 'ENOENT' })),
    ),
    atOnce: true,
  }
}

const panel = async (t: ExecutionContext): Promise<Rig> => {
  const board = await startFirmataBoard(t)
  return {
    lamp: new PanelLamp(new FirmataPanel({ port: board.port }), 13),
    lit: () => board.output(13),
    missing: new PanelLamp(new FirmataPanel({ port: '/dev/ttyNoSuchPanel' }), 13),
    atOnce: false,
  }
}

const log = (): Rig => {
  let line = ''
  return {
    lamp: new LogLamp('tally', (written) => {
      line = written
    }),
    lit: () => line.endsWith(': on'),
    atOnce: true,
  }
}

const drivers: Readonly<Record<string, (t: ExecutionContext) => Rig | Promise<Rig>>> = {
  'an LED': led,
  gpiod,
  onoff,
  'johnny-five': panel,
  'the log': log,
}

for (const [name, make] of Object.entries(drivers))
  test(`${name}: a light is on and off as it is told, off at both ends, and says when it is not there`, async (t) => {
    const { lamp, lit, missing, atOnce } = await make(t)
    const shows = (on: boolean, what: string) => waitFor(async () => (await lit()) === on, { what })
    t.not(lamp.title, '')
    await lamp.start(() => t.fail())
    await shows(false, 'off at the start')
    for (const on of [true, true, false, true]) {
      await lamp.set(on)
      await shows(on, on ? 'on' : 'off')
    }
    lamp.offNow()
    if (atOnce) t.false(await lit())
    await lamp.set(true)
    await shows(true, 'on again')
    await lamp.stop()
    await shows(false, 'off at the end')
    await lamp.stop()
    if (!missing) return
    const error = await t.throwsAsync(
      missing.start(() => t.fail()),
      { instanceOf: LineError },
    )
    t.is(error.trouble, 'missing', error.message)
    t.notThrows(() => missing.offNow())
    await t.notThrowsAsync(missing.stop())
  })
