import test from 'ava'
import { Timeline } from '../../../firmware/media/engine/timeline.js'
import { metronomeTickMs, metronomeTicks } from '../../../firmware/media/graph/metronome.js'

/** A pipeline whose running time 0 is at 1000 ms; this process sees each tick `lateMs` after it was due. */
const seen = (lateMs: readonly number[]): Timeline => {
  const timeline = new Timeline()
  lateMs.forEach((late, index) => {
    timeline.tick(index * metronomeTickMs, 1_000 + index * metronomeTickMs + late)
  })
  return timeline
}

test('ticks in time give the base time, less the delay of the quickest', (t) => {
  const timeline = seen([3, 1, 0.5, 2, 1, 1])
  t.true(timeline.ready)
  t.is(timeline.engineMs(250), 1_250.5)
  t.is(timeline.runningMs(1_250.5), 250)
})

test('ticks that waited while the process was busy are not believed', (t) => {
  // seen together at 700 ms; the 71st is in time again
  const burst = Array.from({ length: 71 }, (_, index) => 700 - index * metronomeTickMs + index / 10)
  t.false(seen(burst).ready)
  const recovered = seen([...burst, 1, 0.5, 1])
  t.true(recovered.ready)
  t.is(recovered.engineMs(0), 1_000.5)
})

test('once trusted, the mapping stays as it is', (t) => {
  const timeline = seen([1, 1, 1, 1, 1, 1])
  timeline.tick(60, 0)
  t.is(timeline.engineMs(0), 1_001)
})

test('a process that is busy all the time has to do with what it saw', (t) => {
  const late = Array.from({ length: metronomeTicks }, (_, index) => 2_000 - index * metronomeTickMs + index)
  t.false(seen(late.slice(0, -1)).ready)
  t.true(seen(late).ready)
})

test('a metronome that begins late says so and changes nothing', (t) => {
  const timeline = new Timeline()
  for (const runningMs of [480, 490, 500, 510, 520, 530]) timeline.tick(runningMs, 1_000 + runningMs + 1)
  t.is(timeline.engineMs(0), 1_001)
})
