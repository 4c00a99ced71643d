import test from 'ava'
import { boardById } from '../../../hw/boards/recognise.js'
import { Buttons } from '../../../hw/buttons/buttons.js'
import { type ButtonsAsked, placeButtons, resolveDriver } from '../../../hw/buttons/choose.js'
import type { ButtonDriver, ButtonReports } from '../../../hw/buttons/driver.js'
import { MadeClock } from '../../support/hw/made-clock.js'

const rules = { debounceMs: 20, holdMs: 700, doubleMs: 300, stuckMs: 30_000, hold: true, double: false }

/** A driver whose buttons a test moves. */
class HandDriver implements ButtonDriver {
  readonly title = 'by hand'
  starts = 0
  failing: Error | undefined
  down = { mute: false, snapshot: false }
  /** edges that happened and were not read yet */
  unread: (readonly ['mute' | 'snapshot', boolean, number])[] = []
  reports: ButtonReports | undefined
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async start(reports: ButtonReports): Promise<void> {
    this.starts += 1
    if (this.failing) throw this.failing
    this.reports = reports
    this.refresh()
  }

  move(button: 'mute' | 'snapshot', down: boolean): void {
    this.down[button] = down
    this.reports?.level(button, down, this.#now())
  }

  refresh(): void {
    for (const edge of this.unread.splice(0)) this.reports?.level(...edge)
    for (const [button, down] of Object.entries(this.down)) this.reports?.level(button, down, this.#now())
  }

  async stop(): Promise<void> {
    this.reports = undefined
  }
}

const setUp = () => {
  const clock = new MadeClock()
  const driver = new HandDriver(clock.now)
  const troubles: string[] = []
  const gestures: string[] = []
  const buttons = new Buttons({
    driver,
    rules: { mute: rules, snapshot: { ...rules, hold: false } },
    onTrouble: ({ kind }) => troubles.push(kind),
    clock,
  })
  const listen = (): void => buttons.listen(({ button, gesture }) => gestures.push(`${button} ${gesture}`))
  return { clock, driver, troubles, gestures, buttons, listen }
}

test('what is pressed during the start is told once somebody listens, in order', async (t) => {
  const { clock, driver, gestures, buttons, listen } = setUp()
  await buttons.start()
  driver.move('snapshot', true)
  await clock.pass(50)
  driver.move('snapshot', false)
  driver.move('mute', true)
  await clock.pass(800)
  t.deepEqual(gestures, [])
  listen()
  t.deepEqual(gestures, ['snapshot press', 'mute hold'])
  await buttons.stop()
})

test('an edge that was lost is found within a second', async (t) => {
  const { clock, driver, gestures, buttons, listen } = setUp()
  await buttons.start()
  listen()
  driver.down.snapshot = true
  await clock.pass(990)
  t.deepEqual(gestures, [])
  await clock.pass(40)
  t.deepEqual(gestures, ['snapshot press'])
  await buttons.stop()
})

test('a release that waits to be read when the hold time is over counts first', async (t) => {
  const { clock, driver, gestures, buttons, listen } = setUp()
  await buttons.start()
  listen()
  await clock.pass(10)
  driver.move('mute', true)
  driver.unread.push(['mute', false, 90])
  driver.down.mute = false
  await clock.pass(2000)
  t.deepEqual(gestures, ['mute press'])
  await buttons.stop()
})

test('buttons that are gone are told once, looked for, and work again when they are back', async (t) => {
  const { clock, driver, troubles, gestures, buttons, listen } = setUp()
  driver.failing = Object.assign(new Error('there is no GPIO chip'), { code: 'ENOENT' })
  await buttons.start()
  listen()
  await clock.pass(12_000)
  t.is(driver.starts, 3)
  t.deepEqual(troubles, ['buttons-missing'])
  driver.failing = undefined
  await clock.pass(5_000)
  driver.move('snapshot', true)
  await clock.pass(50)
  t.deepEqual(gestures, ['snapshot press'])
  driver.reports?.lost(Object.assign(new Error('unplugged'), { code: 'ENODEV' }))
  t.deepEqual(troubles, ['buttons-missing', 'buttons-missing'])
  await clock.pass(5_100)
  t.is(driver.starts, 5)
  // It was held down meanwhile: that is no new press.
  t.deepEqual(gestures, ['snapshot press'])
  await buttons.stop()
})

test('a button that was down when they went is no hold when they are back', async (t) => {
  const { clock, driver, gestures, buttons, listen } = setUp()
  await buttons.start()
  listen()
  driver.move('mute', true)
  await clock.pass(100)
  driver.reports?.lost(new Error('unplugged'))
  driver.down.mute = false
  await clock.pass(6_000)
  t.deepEqual(gestures, [])
  await buttons.stop()
})

test('a stuck button is a trouble, once', async (t) => {
  const { clock, driver, troubles, buttons, listen } = setUp()
  await buttons.start()
  listen()
  driver.move('mute', true)
  await clock.pass(100_000)
  t.deepEqual(troubles, ['button-stuck'])
  await buttons.stop()
})

test('nothing is told after the end', async (t) => {
  const { clock, driver, gestures, buttons, listen } = setUp()
  await buttons.start()
  listen()
  driver.move('mute', true)
  await buttons.stop()
  await clock.pass(5_000)
  t.deepEqual(gestures, [])
})

const asked: ButtonsAsked = {
  driver: 'auto',
  active: 'low',
  holdMs: 700,
  lines: { mute: undefined, switchCamera: undefined, snapshot: undefined, startStop: undefined },
}

test('a Pi has its buttons unasked; a board without pull-ups only when it is asked', (t) => {
  const [pi, nano, pc, dummy] = ['raspberry-pi-5', 'jetson-nano', 'generic-pc', 'dummy'].map(
    (id) => boardById(id)!,
  )
  t.is(resolveDriver('auto', pi!, false), 'gpiod')
  t.is(resolveDriver('auto', nano!, false), 'none')
  t.is(resolveDriver('auto', pc!, true), 'none')
  t.is(resolveDriver('auto', dummy!, true), 'keyboard')
  t.is(resolveDriver('auto', dummy!, false), 'none', 'nobody sits at a keyboard')
  t.is(resolveDriver('onoff', nano!, false), 'onoff')
})

test("a button is where the configuration says, else where the board's picture shows it", (t) => {
  const pi = boardById('raspberry-pi-4')!
  const lines = { ...asked.lines, snapshot: 'GPIO5', startStop: 'none' }
  t.deepEqual(placeButtons('gpiod', { ...asked, lines }, pi), [
    { button: 'mute', at: 17 },
    { button: 'switchCamera', at: 27 },
    { button: 'snapshot', at: 'GPIO5' },
  ])
  t.deepEqual(placeButtons('gpiod', { ...asked, chip: 'an-expander' }, pi), [])
  t.is(placeButtons('johnny-five', asked, pi)[0]?.at, 2)
})
