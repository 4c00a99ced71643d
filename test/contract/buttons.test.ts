import { EventEmitter } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ButtonDriver } from '../../hw/buttons/driver.js'
import { GpiodButtons } from '../../hw/buttons/gpiod-buttons.js'
import { KeyboardButtons } from '../../hw/buttons/keyboard-buttons.js'
import { OnoffButtons } from '../../hw/buttons/onoff-buttons.js'
import { PanelButtons } from '../../hw/buttons/panel-buttons.js'
import { LineError } from '../../hw/gpio/line.js'
import { FirmataPanel } from '../../hw/panel/firmata-panel.js'
import { startFirmataBoard } from '../support/hw/firmata-board.js'
import { SimulatedKernel } from '../support/hw/gpio-kernel.js'
import { tempDir } from '../support/temp-dir.js'
import { waitFor } from '../support/wait-for.js'

interface Rig {
  readonly driver: ButtonDriver
  /** a finger on the button mute or snapshot, or none */
  press(button: 'mute' | 'snapshot'): void
  release(button: 'mute' | 'snapshot'): void
  /** the level changes and nobody is told; not where the driver is told all levels anyway */
  readonly pressUnnoticed?: (button: 'mute' | 'snapshot') => void
  /** the same driver where there are no such buttons */
  readonly missing?: ButtonDriver
  /** the buttons go away while they are in use */
  readonly unplug?: () => Promise<void> | void
}

/** Lines of the Pi's header, on a kernel whose numbers begin at 512, behind a chip that is not the first. */
const onoff = async (t: ExecutionContext): Promise<Rig> => {
  const root = await tempDir(t)
  const chips = {
    gpiochip570: ['raspberrypi-exp-gpio', 570, 8],
    gpiochip512: ['pinctrl-bcm2711', 512, 58],
  } as const
  for (const [name, [label, base, ngpio]] of Object.entries(chips)) {
    const folder = join(root, 'sys/class/gpio', name)
    await mkdir(join(folder, 'device/of_node'), { recursive: true })
    for (const [file, text] of Object.entries({ label, base, ngpio }))
      await writeFile(join(folder, file), `${text}\n`)
  }
  const names = Array.from({ length: 58 }, (_, line) => `GPIO${line}`)
  await writeFile(
    join(root, 'sys/class/gpio/gpiochip512/device/of_node/gpio-line-names'),
    `${names.join('\0')}\0`,
  )
  const lines = new Map<number, { level: 0 | 1; tell?: (error: null, value: 0 | 1) => void }>()
  const set = (number: number, level: 0 | 1, told = true): void => {
    const line = lines.get(number) ?? { level: 1 }
    line.level = level
    lines.set(number, line)
    if (told) line.tell?.(null, level)
  }
  const numbers = { mute: 529, snapshot: 534 }
  const chip = 'pinctrl-bcm2711'
  const driver = (buttons: { button: string; at: { line: number | string; chip?: string } }[]) =>
    new OnoffButtons({
      buttons,
      activeLow: true,
      root,
      open: (number) => {
        const line: { level: 0 | 1; tell?: (error: null, value: 0 | 1) => void } = { level: 1 }
        lines.set(number, line)
        return {
          readSync: () => line.level,
          watch: (callback) => {
            line.tell = callback
          },
          unexport: () => void lines.delete(number),
        }
      },
    })
  return {
    driver: driver([
      { button: 'mute', at: { line: 17, chip } },
      { button: 'snapshot', at: { line: 'GPIO22' } },
    ]),
    press: (button) => set(numbers[button], 0),
    release: (button) => set(numbers[button], 1),
    pressUnnoticed: (button) => set(numbers[button], 0, false),
    missing: driver([{ button: 'mute', at: { line: 58, chip } }]),
  }
}

const gpiod = (): Rig => {
  const kernel = new SimulatedKernel([
    { label: 'raspberrypi-exp-gpio', lines: ['BT_ON', ''] },
    { label: 'pinctrl-rp1', lines: ['ID_SDA', 'ID_SCL', 'GPIO2', 'BTN_PHOTO'] },
  ])
  const offsets = { mute: 1, snapshot: 3 }
  const load = async (): Promise<SimulatedKernel> => kernel
  return {
    driver: new GpiodButtons({
      buttons: [
        { button: 'mute', at: { line: 1, chip: 'pinctrl-rp1' } },
        { button: 'snapshot', at: { line: 'BTN_PHOTO' } },
      ],
      activeLow: true,
      kernel: load,
    }),
    press: (button) => kernel.drive(1, offsets[button], false),
    release: (button) => kernel.drive(1, offsets[button], true),
    pressUnnoticed: (button) => kernel.drive(1, offsets[button], false, { silently: true }),
    missing: new GpiodButtons({
      buttons: [{ button: 'mute', at: { line: 'NO_SUCH' } }],
      activeLow: true,
      kernel: load,
    }),
  }
}

const panel = async (t: ExecutionContext): Promise<Rig> => {
  const board = await startFirmataBoard(t)
  const pins = { mute: 2, snapshot: 9 }
  const buttons = [
    { button: 'mute', at: 2 },
    { button: 'snapshot', at: 9 },
  ]
  return {
    driver: new PanelButtons({ panel: new FirmataPanel({ port: board.port }), buttons, activeLow: true }),
    press: (button) => board.drive(pins[button], false),
    release: (button) => board.drive(pins[button], true),
    missing: new PanelButtons({
      panel: new FirmataPanel({ port: '/dev/ttyNoSuchPanel' }),
      buttons,
      activeLow: true,
    }),
    unplug: () => board.unplug(),
  }
}

const keyboard = (): Rig => {
  const input = Object.assign(new EventEmitter(), {
    isRaw: false,
    setRawMode(raw: boolean) {
      this.isRaw = raw
      return this
    },
    resume() {
      return this
    },
    pause() {
      return this
    },
  })
  const keys = { mute: 'm', snapshot: 's' }
  return {
    driver: new KeyboardButtons({
      buttons: [
        { button: 'mute', at: 'm' },
        { button: 'snapshot', at: 's' },
      ],
      holdMs: 200,
      input: input as never,
    }),
    press: (button) => void input.emit('data', Buffer.from(keys[button])),
    // A terminal tells no release: it comes by itself.
    release: () => undefined,
  }
}

const drivers: Readonly<Record<string, (t: ExecutionContext) => Promise<Rig> | Rig>> = {
  onoff,
  gpiod,
  'johnny-five': panel,
  keyboard,
}

const started = async (driver: ButtonDriver) => {
  const levels = new Map<string, boolean>()
  const seen: string[] = []
  const lost: unknown[] = []
  await driver.start({
    level: (button, down) => {
      if (levels.get(button) !== down) seen.push(`${button} ${down ? 'down' : 'up'}`)
      levels.set(button, down)
    },
    lost: (error) => lost.push(error),
  })
  return { seen, lost, levels }
}

for (const [name, make] of Object.entries(drivers)) {
  test(`${name} tells the levels at the start, then every press and release, and nothing after its end`, async (t) => {
    const { driver, press, release, pressUnnoticed } = await make(t)
    t.not(driver.title, '')
    const { seen, levels } = await started(driver)
    await waitFor(() => levels.size === 2, { what: 'the levels' })
    t.deepEqual([...levels.values()], [false, false])
    press('mute')
    await waitFor(() => seen.at(-1) === 'mute down', { what: 'the press' })
    release('mute')
    await waitFor(() => seen.at(-1) === 'mute up', { what: 'the release' })
    press('snapshot')
    await waitFor(() => seen.at(-1) === 'snapshot down', { what: 'the other press' })
    release('snapshot')
    await waitFor(() => seen.at(-1) === 'snapshot up', { what: 'the other release' })
    t.is(seen.length, 6)
    if (pressUnnoticed) {
      pressUnnoticed('mute')
      t.is(seen.length, 6)
      driver.refresh()
      t.is(seen.at(-1), 'mute down', 'the level check finds an edge that was lost')
    }
    const before = seen.length
    await driver.stop()
    press('snapshot')
    await new Promise((resolve) => setImmediate(resolve))
    t.is(seen.length, before)
    await driver.stop()
  })

  test(`${name} says what is missing, and can be started anew`, async (t) => {
    const { driver, missing, unplug } = await make(t)
    if (missing) {
      const error = await t.throwsAsync(started(missing), { instanceOf: LineError })
      t.is(error.trouble, 'missing', error.message)
      await t.notThrowsAsync(missing.stop())
    }
    await started(driver)
    await driver.stop()
    const { levels, lost } = await started(driver)
    t.is(levels.size, 2)
    if (unplug) {
      await unplug()
      await waitFor(() => lost.length === 1, { what: 'the loss' })
    }
    await driver.stop()
  })
}

test('lines of a chip are taken once, with its pull-up, and given back', async (t) => {
  const kernel = new SimulatedKernel([{ label: 'chip', lines: ['A', 'B', 'C'] }])
  const asked = (activeLow: boolean) =>
    new GpiodButtons({
      buttons: [
        { button: 'mute', at: { line: 0 } },
        { button: 'snapshot', at: { line: 'C' } },
      ],
      activeLow,
      kernel: async () => kernel,
    })
  const first = asked(true)
  await started(first)
  // input, both edges, active low, pull-up
  t.deepEqual(
    [...kernel.held],
    [
      [0, 2 | 4 | 16 | 32 | 256],
      [2, 2 | 4 | 16 | 32 | 256],
    ],
  )
  const second = asked(false)
  t.is((await t.throwsAsync(started(second), { instanceOf: LineError })).trouble, 'busy')
  await second.stop()
  await first.stop()
  t.is(kernel.descriptors, 0)
  await started(second)
  t.is(kernel.held.get(0), 4 | 16 | 32 | 512)
  await second.stop()
})

test('Shift holds a key, and Ctrl-C still ends the box', async (t) => {
  const input = Object.assign(new EventEmitter(), {
    setRawMode: () => input,
    resume: () => input,
    pause: () => input,
  }) as never as EventEmitter
  let interrupts = 0
  const driver = new KeyboardButtons({
    buttons: [{ button: 'mute', at: 'm' }],
    holdMs: 100,
    input: input as never,
    onInterrupt: () => {
      interrupts += 1
    },
  })
  const at: number[] = []
  await driver.start({ level: (_, __, atMs) => void at.push(atMs), lost: () => t.fail() })
  input.emit('data', Buffer.from('M'))
  await waitFor(() => at.length === 3, { what: 'the release' })
  t.true(at[2]! - at[1]! >= 100)
  input.emit('data', Buffer.from('\u0003'))
  t.is(interrupts, 1)
  await driver.stop()
})
