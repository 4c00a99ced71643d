import test from 'ava'
import { Timeline } from '../../../firmware/media/engine/lane/timeline.js'
import { metronomeTickMs as tickMs } from '../../../firmware/media/graph/metronome.js'

interface Tick {
  readonly lateMs: number
  readonly waiting?: number
}

/** A pipeline whose running time 0 is at 1000 ms, and whose metronome begins at `fromMs`. */
const seen = (ticks: readonly Tick[], fromMs = 0): Timeline => {
  const timeline = new Timeline()
  ticks.forEach(({ lateMs, waiting = 0 }, index) => {
    const runningMs = fromMs + index * tickMs
    timeline.tick(runningMs, 1_000 + runningMs + lateMs, waiting)
  })
  return timeline
}
const late = (...ms: readonly number[]): Tick[] => ms.map((lateMs) => ({ lateMs }))

test('the quickest of a few ticks gives the base time', (t) => {
  const timeline = seen(late(3, 1, 0.5, 2))
  t.true(timeline.ready)
  t.is(timeline.engineMs(250), 1_250.5)
  t.is(timeline.runningMs(1_250.5), 250)
})

test('ticks with others waiting behind them are not believed, however well they agree', (t) => {
  const burst = Array.from({ length: 60 }, (_, index) => ({ lateMs: 480, waiting: 48 - (index % 2) }))
  t.false(seen(burst).ready)
  const recovered = seen([...burst, ...late(0.5, 1, 4, 0.7)])
  t.true(recovered.ready)
  t.is(recovered.engineMs(0), 1_000.5)
})

test('a metronome that begins late says so and changes nothing', (t) => {
  const timeline = seen(late(1, 1, 1, 1), 480)
  t.is(timeline.engineMs(0), 1_001)
})

test('once known, the mapping stays as it is', (t) => {
  const timeline = seen(late(1, 1, 1, 1))
  timeline.tick(40, 0, 0)
  t.is(timeline.engineMs(0), 1_001)
})
