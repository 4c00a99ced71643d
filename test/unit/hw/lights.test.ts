import test from 'ava'
import { lightAt, lightsOf, parseLightSpec } from '../../../firmware/pusher/lights.js'
import type { Lamp } from '../../../hw/lights/lamp.js'
import { Lights } from '../../../hw/lights/lights.js'
import { MadeClock } from '../../support/hw/made-clock.js'

for (const [state, tally] of [
  ['idle', 'off'],
  ['starting', 'blink'],
  ['connecting', 'blink'],
  ['pushing', 'solid'],
  ['paused', 'flash'],
  ['reconnecting', 'blink'],
  ['stopping', 'blink'],
  ['failed', 'double'],
] as const)
  test(`${state}: the tally light is ${tally}`, (t) => {
    t.is(lightsOf({ state, muted: false }).tally, tally)
    t.is(lightsOf({ state, muted: true }).tally, tally)
  })

test('the mute light is on while nothing is heard', (t) => {
  t.is(lightsOf({ state: 'pushing', muted: true }).mute, 'solid')
  t.is(lightsOf({ state: 'pushing', muted: false }).mute, 'off')
  t.is(lightsOf({ state: 'paused', muted: false }).mute, 'solid')
})

test('a pattern says what is lit now and for how long', (t) => {
  t.deepEqual(lightAt('solid', 77), { lit: true, forMs: undefined })
  t.deepEqual(lightAt('off', 77), { lit: false, forMs: undefined })
  t.deepEqual(lightAt('blink', 0), { lit: true, forMs: 500 })
  t.deepEqual(lightAt('blink', 1700), { lit: false, forMs: 300 })
  const lit = [0, 120, 300, 420, 1199, 1200].map((ms) => lightAt('double', ms).lit)
  t.deepEqual(lit, [true, false, true, false, false, true])
})

test('a light is named by a word or by where it is', (t) => {
  t.deepEqual(parseLightSpec('board'), { kind: 'board' })
  t.deepEqual(parseLightSpec('led:white:torch'), { kind: 'led', name: 'white:torch' })
  t.deepEqual(parseLightSpec('gpio:17'), { kind: 'gpio', line: 17 })
  t.deepEqual(parseLightSpec('gpio:PY.03'), { kind: 'gpio', line: 'PY.03' })
  t.deepEqual(parseLightSpec('panel:13'), { kind: 'panel', pin: 13 })
  for (const text of ['', 'led', 'led:', 'led:../x', 'led:a/b', 'gpio:-1', 'x:1', 'boards'])
    t.is(parseLightSpec(text), undefined)
})

/** A light that remembers when it was switched. */
class SeenLamp implements Lamp {
  readonly title = 'a lamp'
  lit = true
  taken = 0
  changes: string[] = []
  failing: Error | undefined
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async start(): Promise<void> {
    this.taken += 1
    if (this.failing) throw this.failing
    this.lit = false
  }

  set(on: boolean): void {
    if (this.failing) throw this.failing
    if (on !== this.lit) this.changes.push(`${on ? 'on' : 'off'}@${this.#now()}`)
    this.lit = on
  }

  offNow(): void {
    this.lit = false
  }

  async stop(): Promise<void> {
    this.lit = false
  }
}

const setUp = () => {
  const clock = new MadeClock()
  const lamp = new SeenLamp(clock.now)
  const troubles: string[] = []
  const lights = new Lights({ tally: lamp }, ({ kind }) => troubles.push(kind), clock)
  return { clock, lamp, troubles, lights }
}

test('a light plays the pattern of the state, and begins anew with another one', async (t) => {
  const { clock, lamp, lights } = setUp()
  await lights.start()
  t.false(lamp.lit, 'what shone before the start')
  lights.show({ state: 'connecting', muted: false })
  await clock.pass(1_200)
  t.deepEqual(lamp.changes, ['on@0', 'off@500', 'on@1000'])
  lights.show({ state: 'connecting', muted: true })
  await clock.pass(100)
  t.is(lamp.changes.length, 3, 'the same pattern goes on')
  lights.show({ state: 'pushing', muted: false })
  await clock.pass(10_000)
  t.true(lamp.lit)
  t.is(lamp.changes.length, 3)
  await lights.stop()
  t.false(lamp.lit)
  lights.show({ state: 'connecting', muted: false })
  await clock.pass(100)
  t.false(lamp.lit, 'nothing shines after the end')
})

test('a process that ends at once leaves no light on', async (t) => {
  const { lamp, lights, clock } = setUp()
  await lights.start()
  lights.show({ state: 'pushing', muted: false })
  await clock.pass(10)
  t.true(lamp.lit)
  lights.offNow()
  t.false(lamp.lit)
})

test('a light that fails is told once, and shows the state of the moment when it is back', async (t) => {
  const { clock, lamp, troubles, lights } = setUp()
  lamp.failing = Object.assign(new Error('gone'), { code: 'ENOENT' })
  await lights.start()
  lights.show({ state: 'connecting', muted: false })
  await clock.pass(11_000)
  t.deepEqual(troubles, ['light-missing'])
  t.is(lamp.taken, 3)
  lights.show({ state: 'pushing', muted: false })
  lamp.failing = undefined
  await clock.pass(5_000)
  t.true(lamp.lit)
  await lights.stop()
})
