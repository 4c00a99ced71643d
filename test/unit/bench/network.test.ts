import test from 'ava'
import type { Bounds, Contender } from '../../bench/network/contender.js'
import { box } from '../../bench/network/contenders/box.js'
import { fixed } from '../../bench/network/contenders/fixed.js'
import { obs } from '../../bench/network/contenders/obs.js'
import { boundsFor } from '../../bench/network/network.js'
import { type SimulationOptions, simulate } from '../../bench/network/simulate.js'
import { type Trace, traces } from '../../bench/network/trace.js'

const call = boundsFor('RTC', { width: 360, height: 640, fps: 15, videoKbps: 1200 })
const broadcast = boundsFor('HD', { width: 540, height: 960, fps: 30, videoKbps: 1800 })
const kernels = ['bbr', 'cubic'] as const

const steady = (kbps: number, seconds = 30): Trace => ({ name: `${kbps}`, seconds, capacity: () => kbps })

const named = (name: string): Trace => {
  const trace = traces().find((each) => each.name === name)
  if (!trace) throw new Error(`no trace ${name}`)
  return trace
}

const run = (trace: Trace, contender: Contender, bounds: Bounds, more: Partial<SimulationOptions> = {}) =>
  simulate({ trace, contender, bounds, ...more })

test('the simulated link: what fits arrives whole after the way there, with either kernel', (t) => {
  for (const congestion of kernels) {
    const { measures } = run(steady(10_000, 10), fixed, call, { congestion })
    t.true(measures.delay.p50 >= 25 && measures.delay.p50 < 80, `${measures.delay.p50}`)
    t.true(measures.used > 0.97 && measures.used < 1.05, `${measures.used}`)
    t.is(measures.droppedFrames, 0)
    t.is(measures.frozenSeconds, 0)
  }
})

test('the simulated link: what does not fit fills the link and waits', (t) => {
  for (const congestion of kernels) {
    const { measures } = run(steady(600, 15), fixed, call, { congestion })
    t.true(measures.deliveredKbps > 600 * 0.85 && measures.deliveredKbps <= 600, `${measures.deliveredKbps}`)
    t.true(measures.delay.p50 > 700)
    t.true(measures.droppedFrames > 20)
  }
})

test('the simulated link gives the same figures each time', (t) => {
  const once = () => run(named('wifi-1'), box, call, { seconds: 10 }).measures
  t.deepEqual(once(), once())
})

for (const bounds of [call, broadcast])
  test(`${bounds.mode}: after a drop everything on its way is young in two seconds, and a restored link used in eight`, (t) => {
    for (const congestion of kernels) {
      const { measures } = run(named('drop'), box, bounds, { congestion })
      t.true(measures.reactMs <= 2000, `${congestion}: ${measures.reactMs}`)
      t.true(measures.restoreMs <= 8000, `${congestion}: ${measures.restoreMs}`)
      t.true(measures.audioGapSeconds < 0.2, `${congestion}: ${measures.audioGapSeconds}`)
    }
  })

for (const bounds of [call, broadcast])
  test(`${bounds.mode}: better pictures than OBS at half the self-inflicted delay, on every recorded link`, (t) => {
    for (const [name, congestion] of [
      ['att-lte-driving', 'cubic'],
      ['verizon-evdo-driving', 'bbr'],
    ] as const) {
      const ours = run(named(name), box, bounds, { congestion, seconds: 60 }).measures
      const theirs = run(named(name), obs, bounds, { congestion, seconds: 60 }).measures
      t.true(ours.quality > theirs.quality, `${name}, ${congestion}: ${ours.quality}, ${theirs.quality}`)
      t.true(ours.selfInflictedMs <= theirs.selfInflictedMs / 2, `${name}, ${congestion}`)
    }
  })

test('a session after a lost one does not fill the link again', (t) => {
  const { moments } = run(named('reconnect'), box, call)
  const after = moments.filter(({ atMs }) => atMs > 42_200 && atMs < 50_000)
  t.true(after.every(({ delayMs }) => delayMs < 700))
})

test('easy scenes that become hard do not flood a link that got slow meanwhile', (t) => {
  const trace: Trace = { name: 'hidden drop', seconds: 60, capacity: (atMs) => (atMs < 20_000 ? 3000 : 900) }
  const enough = (atMs: number): number => (atMs < 30_000 ? 0.02 : Number.POSITIVE_INFINITY)
  const { measures } = run(trace, box, broadcast, { enough })
  t.true(measures.delay.p95 < 600, `${measures.delay.p95}`)
  t.true(measures.frozenSeconds < 2, `${measures.frozenSeconds}`)
})

test('a path with a long round trip is filled as well: its own window is not taken for the limit of the link', (t) => {
  for (const [oneWayMs, congestion] of [
    [100, 'bbr'],
    [250, 'cubic'],
  ] as const) {
    const { measures } = run(steady(1500, 60), box, broadcast, { oneWayMs, congestion })
    t.true(measures.used > 0.7, `${oneWayMs}: ${measures.used}`)
    t.true(measures.frozenSeconds < 4, `${oneWayMs}: ${measures.frozenSeconds}`)
  }
})
