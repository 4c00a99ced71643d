import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { lineNumber } from '../../hw/gpio/sysfs-line.js'
import { chooseTorch } from '../../hw/torch/choose.js'
import { DummyTorch } from '../../hw/torch/dummy-torch.js'
import { GpioTorch } from '../../hw/torch/gpio-torch.js'
import { isLedName, LedTorch } from '../../hw/torch/led-torch.js'
import { type Torch, TorchError } from '../../hw/torch/torch.js'
import { tempDir } from '../support/temp-dir.js'

interface Light {
  readonly torch: Torch
  /** what somebody would see */
  lit(): Promise<boolean> | boolean
}

const files = async (folder: string, contents: Readonly<Record<string, string>>): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), `${text}\n`)
}

const led = async (t: ExecutionContext, brightness = '0') => {
  const root = await tempDir(t)
  const folder = join(root, 'sys/class/leds/white:torch')
  await files(folder, { brightness, max_brightness: '255', trigger: '[none] heartbeat' })
  const shows = async (): Promise<string> =>
    (await readFile(join(folder, 'brightness'), 'utf8')).split('\n')[0]!
  return { folder, shows, torch: new LedTorch('white:torch', root), lit: async () => (await shows()) !== '0' }
}

const gpioTree = async (t: ExecutionContext): Promise<string> => {
  const root = await tempDir(t)
  const chips = { gpiochip570: ['raspberrypi-exp-gpio', 570, 8], gpiochip512: ['pinctrl-bcm2711', 512, 58] }
  for (const [name, [label, base, ngpio]] of Object.entries(chips))
    await files(join(root, 'sys/class/gpio', name), {
      label: String(label),
      base: String(base),
      ngpio: String(ngpio),
    })
  return root
}

const gpio = async (t: ExecutionContext) => {
  const levels = new Map<number, number>()
  const open = (number: number) => {
    levels.set(number, 0)
    return {
      writeSync: (value: 0 | 1) => void levels.set(number, value),
      unexport: () => void levels.delete(number),
    }
  }
  const torch = new GpioTorch({ line: 17 }, await gpioTree(t), open)
  return { levels, torch, lit: () => levels.get(529) === 1 }
}

const drivers: Readonly<Record<string, (t: ExecutionContext) => Promise<Light> | Light>> = {
  'the dummy torch': () => {
    const torch = new DummyTorch()
    return { torch, lit: () => torch.on }
  },
  'an LED': (t) => led(t),
  'a GPIO line': gpio,
}

for (const [name, make] of Object.entries(drivers))
  test(`${name} is on and off as it is told, and off at both ends`, async (t) => {
    const { torch, lit } = await make(t)
    await torch.start()
    t.false(await lit())
    for (const on of [true, true, false, false, true]) {
      await torch.set(on)
      t.is(await lit(), on)
    }
    await torch.start()
    t.false(await lit())
    await torch.set(true)
    await torch.stop()
    t.false(await lit())
    await torch.stop()
    t.not(torch.title, '')
  })

test('an LED gets as bright as it can, and is off after a box that was killed', async (t) => {
  const { torch, shows, folder } = await led(t, '255')
  await torch.start()
  t.is(await shows(), '0')
  t.is((await readFile(join(folder, 'trigger'), 'utf8')).split('\n')[0], 'none')
  await torch.set(true)
  t.is(await shows(), '255')
  await rm(join(folder, 'max_brightness'))
  await torch.set(true)
  t.is(await shows(), '1')
})

test('a light that is not there or not ours says so', async (t) => {
  const { torch, folder } = await led(t)
  if (process.getuid?.() !== 0) {
    await chmod(join(folder, 'brightness'), 0)
    t.is((await t.throwsAsync(torch.set(true), { instanceOf: TorchError })).kind, 'torch-denied')
  }
  await rm(folder, { recursive: true })
  const missing = await t.throwsAsync(torch.start(), { instanceOf: TorchError })
  t.is(missing.kind, 'torch-missing')
  t.regex(missing.message, /^LED white:torch: /)
  const line = new GpioTorch({ line: 3, chip: 'no-such-chip' }, await gpioTree(t), () => t.fail() as never)
  t.is((await t.throwsAsync(line.set(true), { instanceOf: TorchError })).kind, 'torch-missing')
  await t.notThrowsAsync(line.stop())
})

test('a line is found by its chip and its offset', async (t) => {
  const root = await gpioTree(t)
  t.is(await lineNumber({ line: 17 }, root), 529)
  t.is(await lineNumber({ line: 17, chip: 'pinctrl-bcm2711' }, root), 529)
  t.is(await lineNumber({ line: 1, chip: 'raspberrypi-exp-gpio' }, root), 571)
  await t.throwsAsync(lineNumber({ line: 8, chip: 'raspberrypi-exp-gpio' }, root), { message: /8 lines/ })
  await t.throwsAsync(lineNumber({ line: 0 }, await tempDir(t)), { code: 'ENOENT' })
})

test('the name of an LED is one folder, never a path', (t) => {
  for (const name of ['ACT', 'led0', 'white:torch', 'tpacpi::kbd_backlight', 'a.b']) t.true(isLedName(name))
  for (const name of ['', '.', '..', '../x', 'a/b', '/etc', 'a\u0000b', 'a b', '-x', 'x'.repeat(65)]) {
    t.false(isLedName(name))
    t.throws(() => new LedTorch(name), { instanceOf: RangeError })
  }
})

test('the configuration chooses the light; the dummy board has one of its own', (t) => {
  t.is(chooseTorch({}, 'generic-pc'), undefined)
  t.true(chooseTorch({}, 'dummy') instanceof DummyTorch)
  t.is(chooseTorch({ led: 'ACT' }, 'dummy')?.title, 'LED ACT')
  t.is(chooseTorch({ gpio: 17 }, 'raspberry-pi-4')?.title, 'GPIO line 17')
  t.is(chooseTorch({ gpio: 1, chip: 'x' }, 'raspberry-pi-4')?.title, 'GPIO x line 1')
})
