import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { ButtonEvent } from '../../firmware/pusher/events.js'
import { Buttons } from '../../hw/buttons/buttons.js'
import { askChip } from '../../hw/buttons/choose.js'
import type { ButtonDriver } from '../../hw/buttons/driver.js'
import { GpiodButtons } from '../../hw/buttons/gpiod-buttons.js'
import { OnoffButtons } from '../../hw/buttons/onoff-buttons.js'
import { startBox } from '../support/box.js'
import { startRtmpIngest } from '../support/rtmp/ingest.js'
import { waitFor } from '../support/wait-for.js'
import { type GpioChip, gpioChip } from './support/gpio.js'
import { inTheMachine } from './support/in-the-machine.js'
import { run } from './support/run.js'

const timeoutMs = 60_000
const rules = { debounceMs: 20, holdMs: 1_000, doubleMs: 300, stuckMs: 60_000, hold: true, double: false }

const panel = (t: ExecutionContext): Promise<GpioChip> =>
  gpioChip(t, { label: 'panel', lines: 8, names: { 3: 'BTN_MUTE' } })

const drivers: Readonly<Record<string, () => ButtonDriver>> = {
  gpiod: () =>
    new GpiodButtons({
      activeLow: true,
      buttons: [
        { button: 'mute', at: { line: 'BTN_MUTE' } },
        { button: 'snapshot', at: { line: 4, chip: 'panel' } },
      ],
    }),
  onoff: () =>
    new OnoffButtons({
      activeLow: true,
      buttons: [
        { button: 'mute', at: { line: 'BTN_MUTE' } },
        { button: 'snapshot', at: { line: 4, chip: 'panel' } },
      ],
      findByName: askChip,
    }),
}

const watch = (driver: ButtonDriver) => {
  const seen: string[] = []
  const buttons = new Buttons({
    driver,
    rules: { mute: rules, snapshot: { ...rules, hold: false } },
    onTrouble: ({ kind }) => seen.push(kind),
  })
  buttons.listen(({ button, gesture }) => seen.push(`${button} ${gesture}`))
  const sees = (what: string, times = 1): Promise<unknown> =>
    waitFor(() => seen.filter((each) => each === what).length === times, {
      what: `${what} (${times})`,
      timeoutMs,
    })
  return { seen, buttons, sees }
}

/** Presses for about that long, on a machine where nothing is quick. */
const press = async (chip: GpioChip, line: number, forMs: number): Promise<void> => {
  await chip.pull(line, 0)
  await new Promise((resolve) => setTimeout(resolve, forMs))
  await chip.pull(line, 1)
  await new Promise((resolve) => setTimeout(resolve, 200))
}

for (const [name, make] of Object.entries(drivers))
  inTheMachine(
    `${name}: buttons on real lines are pressed and held, and the lines are given back`,
    async (t) => {
      await gpioChip(t, { label: 'other', lines: 8 })
      const chip = await panel(t)
      // sysfs has no pull resistors.
      for (const line of [3, 4]) await chip.pull(line, 1)
      const { buttons, seen, sees } = watch(make())
      t.teardown(() => buttons.stop())
      await buttons.start()
      t.regex(await run('gpioinfo', chip.device), /line +3: +"BTN_MUTE" +"(?:live-pusher|sysfs)" +input/)
      await press(chip, 3, 200)
      await sees('mute press')
      await press(chip, 4, 200)
      await sees('snapshot press')
      await press(chip, 3, 2_500)
      await sees('mute hold')
      t.deepEqual(seen, ['mute press', 'snapshot press', 'mute hold'])
      await buttons.stop()
      await waitFor(async () => /line +3: +"BTN_MUTE" +unused/.test(await run('gpioinfo', chip.device)), {
        what: 'the line to be free',
      })
    },
  )

inTheMachine(
  "gpiod: the pull-up is the kernel's, and a press that is read late is still a press",
  async (t) => {
    const chip = await panel(t)
    const { buttons, seen, sees } = watch(drivers.gpiod!())
    t.teardown(() => buttons.stop())
    await buttons.start()
    t.is(await chip.level(3), 1, 'the pull-up')
    await chip.pull(3, 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    // The process sleeps through the release and the hold time.
    const until = performance.now() + 3_000
    const release = run('sh', '-c', `sleep 0.2; echo pull-up > ${chip.pullFile(3)}`)
    while (performance.now() < until) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    await release
    await sees('mute press')
    t.deepEqual(seen, ['mute press'])
  },
)

inTheMachine(
  'gpiod: a chip that is unplugged is told once, and its buttons work when it is back',
  async (t) => {
    const chip = await panel(t)
    const { buttons, seen, sees } = watch(drivers.gpiod!())
    t.teardown(() => buttons.stop())
    await buttons.start()
    await chip.remove()
    await sees('buttons-missing')
    const next = await panel(t)
    await waitFor(async () => /live-pusher/.test(await run('gpioinfo', next.device)), {
      what: 'the lines to be taken again',
      timeoutMs,
    })
    await press(next, 4, 200)
    await sees('snapshot press')
    t.deepEqual(seen, ['buttons-missing', 'snapshot press'])
  },
)

inTheMachine(
  'a box obeys its buttons, shows its state, and leaves no light on when it was killed',
  async (t) => {
    const chip = await panel(t)
    const server = await startRtmpIngest(t)
    const box = await startBox(t, {
      args: ['--url', server.url('buttons')],
      config: {
        buttons: { driver: 'gpiod', chip: 'panel', mute: { line: 3 }, switchCamera: { line: 4 } },
        lights: { tally: 'gpio:5', mute: 'gpio:6' },
        media: { 'heartbeat-timeout-ms': 30_000, effects: 'off' },
        attributes: { 'video-width': 320, 'video-height': 180 },
      },
    })
    await box.reaches('pushing', timeoutMs)
    await waitFor(async () => (await chip.level(5)) === 1, { what: 'the tally light', timeoutMs })
    t.is(await chip.level(6), 0)
    await press(chip, 3, 200)
    await waitFor(() => box.state()?.muted, { what: 'the box to be muted', timeoutMs })
    await waitFor(async () => (await chip.level(6)) === 1, { what: 'the mute light', timeoutMs })
    t.like(box.messages<ButtonEvent>('event/button')[0], { button: 'mute', gesture: 'press' })
    await press(chip, 4, 200)
    await waitFor(() => box.state()?.camera === 'back', { what: 'the other camera', timeoutMs })

    const ended = once(box.process, 'exit')
    box.process.kill('SIGKILL')
    await ended
    const main = join(import.meta.dirname, '../../firmware/main.js')
    const off = spawn(process.execPath, [main, 'lights-off', '--config', box.configFile], {
      stdio: 'inherit',
    })
    const [code] = await once(off, 'exit')
    t.is(code, 0)
    t.is(await chip.level(5), 0)
    t.is(await chip.level(6), 0)
  },
)
