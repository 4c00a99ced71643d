import test from 'ava'
import { Timeline } from '../../../firmware/media/engine/timeline.js'

/** A pipeline whose running time 0 is at 1000 ms, read every 7 ms; its sink falls short of the moment by so much. */
const readings = (shortMs: readonly number[], tookMs = 0.04): Timeline => {
  const timeline = new Timeline()
  shortMs.forEach((short, index) => {
    const nowMs = 1_100 + index * 7
    timeline.read(nowMs + tookMs / 2 - 1_000 - short, nowMs, nowMs + tookMs)
  })
  return timeline
}

test('readings that agree give the base time', (t) => {
  const timeline = readings([0.01, 0, 0.02])
  t.true(timeline.ready)
  t.is(Math.round(timeline.engineMs(250)), 1_250)
  t.is(Math.round(timeline.runningMs(1_250)), 250)
})

test('a sink that has nothing newer falls short and is not believed', (t) => {
  t.false(readings([12, 0, 7, 0.01]).ready)
  const timeline = readings([12, 0, 7, 0.01, 19, 0.03])
  t.true(timeline.ready)
  t.is(Math.round(timeline.engineMs(0)), 1_000)
})

test('a reading that is off the other way keeps nobody waiting', (t) => {
  const timeline = readings([-1.5, 0, 0.02, 5, 0.01])
  t.true(timeline.ready)
  t.is(Math.round(timeline.engineMs(0)), 1_000)
})

test('a reading that was interrupted does not count, nor does one before anything runs', (t) => {
  t.false(readings([0, 0, 0], 5).ready)
  const timeline = new Timeline()
  for (const nowMs of [10, 20, 30]) timeline.read(0, nowMs, nowMs)
  t.false(timeline.ready)
})

test('once known, the mapping stays as it is', (t) => {
  const timeline = readings([0, 0, 0])
  timeline.read(5_000, 1_200, 1_200)
  t.is(Math.round(timeline.engineMs(0)), 1_000)
})

test('a machine that never lets readings agree has to do with the best of them', (t) => {
  const short = Array.from({ length: 440 }, (_, index) => 30 + index / 2)
  t.false(readings(short.slice(0, 400)).ready)
  t.is(Math.round(readings(short).engineMs(0)), 1_030)
})

test('a standing picture counts from when it came', (t) => {
  const timeline = new Timeline()
  // Its own end hides the metronome.
  timeline.read(212, 45, 45.1)
  timeline.arrived(12, 50)
  t.true(timeline.ready)
  t.is(timeline.engineMs(212), 250)
  timeline.arrived(212, 999)
  t.is(timeline.engineMs(212), 250, 'once known, it stays')
})
