import test from 'ava'
import { type BoardReading, followBoard, newReliefMemory } from '../../../firmware/pusher/board-relief.js'

const hotC = 75

/** Levels after each reading, ten seconds apart. */
const levels = (readings: readonly Omit<BoardReading, 'atMs'>[]): (number | string)[] => {
  let memory = newReliefMemory
  return readings.map((reading, index) => {
    memory = followBoard(memory, { ...reading, atMs: index * 10_000 }, hotC)
    return memory.relief?.level ?? 0
  })
}
const at = (...celsius: number[]) => celsius.map((temperatureC) => ({ temperatureC }))

test('a cool board is left alone, and one that is warm too', (t) => {
  t.deepEqual(levels(at(50, 70, 74.9, 74)), [0, 0, 0, 0])
})

test('a hot board gets less work step by step, while it gets no cooler', (t) => {
  t.deepEqual(levels(at(75, 76, 76, 77, 77, 78, 78, 79, 80)), [1, 1, 2, 2, 3, 3, 4, 4, 4])
  t.deepEqual(levels(at(78, 77, 76, 75.5, 75)), [1, 1, 1, 1, 1], 'it cools down: the step was enough')
})

test('work comes back after a minute well below, one step at a time', (t) => {
  const cool = at(...new Array<number>(14).fill(65))
  t.deepEqual(levels([...at(76, 76, 76), ...cool]), [1, 1, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0])
  t.deepEqual(
    levels(at(76, ...new Array<number>(10).fill(73))),
    new Array<number>(11).fill(1),
    'not cool enough',
  )
})

test('a board that slows itself down is helped, however cool it says it is', (t) => {
  const capped = { temperatureC: 60, throttled: ['frequency-capped', 'under-voltage-before'] }
  t.deepEqual(levels([capped, capped, capped]), [1, 1, 2])
  let memory = followBoard(newReliefMemory, { ...capped, atMs: 0 }, hotC)
  t.deepEqual(memory.relief?.cause, { kind: 'board-throttled', temperatureC: 60 })
  memory = followBoard(newReliefMemory, { throttled: ['under-voltage'], atMs: 0 }, hotC)
  t.deepEqual(memory.relief?.cause, { kind: 'under-voltage' })
})

test('what happened before the box started is no strain', (t) => {
  t.deepEqual(levels([{ temperatureC: 50, throttled: ['throttled-before', 'under-voltage-before'] }]), [0])
})

test('a weak supply costs two steps at most', (t) => {
  const weak = { temperatureC: 50, throttled: ['under-voltage'] }
  t.deepEqual(levels(new Array(8).fill(weak)), [1, 1, 2, 2, 2, 2, 2, 2])
})
