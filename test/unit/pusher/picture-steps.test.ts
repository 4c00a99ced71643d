import test from 'ava'
import {
  followSteps,
  newStepMemory,
  type PictureStep,
  type StepLimits,
} from '../../../firmware/pusher/picture-steps.js'
import { broadcastLimits, callLimits, FluidLink } from './fluid-link.js'

const call: StepLimits = { width: 360, height: 640, fps: 15, maxKbps: 1000, temper: 'call' }
const broadcast: StepLimits = { width: 540, height: 960, fps: 30, maxKbps: 1200, temper: 'broadcast' }

/** Steps at 100 ms; a machine in time unless `late` says otherwise. */
class Stepper {
  #memory = newStepMemory
  #atMs = 0
  #limits: StepLimits
  steps: PictureStep[] = []

  constructor(limits: StepLimits) {
    this.#limits = limits
  }

  run(seconds: number, targetKbps: number, lateMs = 0): PictureStep {
    for (let tick = 0; tick < seconds * 10; tick++) {
      this.#atMs += 100
      const [memory, step] = followSteps(this.#memory, { atMs: this.#atMs, targetKbps, lateMs }, this.#limits)
      this.#memory = memory
      this.steps.push(step)
    }
    return this.steps.at(-1)!
  }
}

const sizeOf = ({ width, height }: PictureStep): string => `${width}x${height}`

test('a call steps down at once to the size that fits, and fewer pictures come last', (t) => {
  const stepper = new Stepper(call)
  t.is(sizeOf(stepper.run(1, 800)), '360x640')
  t.is(sizeOf(stepper.run(1, 300)), '270x480')
  const smallest = stepper.run(1, 200)
  t.deepEqual([sizeOf(smallest), smallest.fps], ['180x320', 15])
  t.is(stepper.run(1, 120).fps, 10)
})

test('it steps up after ten seconds of headroom, to the best size at once', (t) => {
  const stepper = new Stepper(call)
  stepper.run(1, 200)
  t.is(sizeOf(stepper.run(9.9, 900)), '180x320')
  t.is(sizeOf(stepper.run(0.3, 900)), '360x640')
})

test('headroom that is interrupted counts anew, and just enough is none', (t) => {
  const stepper = new Stepper(call)
  stepper.run(1, 400)
  stepper.run(8, 900)
  stepper.run(0.2, 400)
  t.is(sizeOf(stepper.run(8, 900)), '270x480')
  t.is(sizeOf(new Stepper(call).run(1, 400)), '270x480')
  const near = new Stepper(call)
  near.run(1, 400)
  t.is(sizeOf(near.run(30, 520)), '270x480')
})

test('a broadcast keeps its size longer', (t) => {
  const stepper = new Stepper(broadcast)
  t.is(sizeOf(stepper.run(20, 800)), '540x960')
  t.is(sizeOf(stepper.run(1.5, 400)), '540x960')
  t.is(sizeOf(stepper.run(1, 400)), '360x640')
})

test('a size that was asked for stays at the maximum, whatever the ladder says', (t) => {
  t.is(sizeOf(new Stepper({ ...broadcast, width: 720, height: 1280, maxKbps: 600 }).run(30, 600)), '720x1280')
})

test('a machine that is too slow: fewer pictures, then the quickest preset, then fewer still', (t) => {
  const stepper = new Stepper(broadcast)
  t.deepEqual(stepper.run(1, 1200, 10), { width: 540, height: 960, fps: 30, effort: 'normal', helped: 0 })
  t.deepEqual(stepper.run(1.2, 1200, 120), { width: 540, height: 960, fps: 20, effort: 'normal', helped: 1 })
  t.deepEqual(stepper.run(1, 1200, 120), { width: 540, height: 960, fps: 20, effort: 'least', helped: 2 })
  t.deepEqual(stepper.run(1, 1200, 120), { width: 540, height: 960, fps: 15, effort: 'least', helped: 3 })
})

test('help is taken back after half a minute in time, and later when that was too early', (t) => {
  const stepper = new Stepper(broadcast)
  stepper.run(1.2, 1200, 120)
  t.is(stepper.run(29, 1200, 10).fps, 20)
  t.is(stepper.run(2, 1200, 10).fps, 30)
  t.is(stepper.run(2, 1200, 120).fps, 20)
  t.is(stepper.run(58, 1200, 10).fps, 20)
  t.is(stepper.run(3, 1200, 10).fps, 30)
})

test('every step is told as 1005 with its cause', (t) => {
  const link = new FluidLink(callLimits, 3000).run(10)
  link.capacityKbps = 330
  link.run(5)
  const down = link.events(1005)
  t.true(down.length > 0)
  t.like(down.at(-1)?.cause, { kind: 'uplink-slow', fps: 15 })
  link.capacityKbps = 3000
  link.run(20)
  t.like(link.events(1005).at(-1)?.cause, { kind: 'uplink-free', width: 360, height: 640 })
})

test('a slow machine is told as 1101 with its cause, and its step as 1005', (t) => {
  const link = new FluidLink(broadcastLimits, 5000).run(5)
  link.lateMs = 150
  link.run(2)
  t.like(link.events(1101)[0]?.cause, { kind: 'encoder-slow', lateMs: 150, fps: 20 })
  t.like(link.events(1005)[0]?.cause, { kind: 'encoder-slow', width: 540, fps: 20 })
})

test('a strained board gets fewer pictures, told as 1005 with its cause, and all of them back', (t) => {
  const link = new FluidLink(broadcastLimits, 5000).run(5)
  link.limits = { ...broadcastLimits, spare: { level: 1, cause: { kind: 'board-hot', temperatureC: 78 } } }
  link.run(1)
  t.like(link.events(1005).at(-1)?.cause, { kind: 'board-hot', temperatureC: 78, fps: 20 })
  t.deepEqual(link.events(1101), [], 'the uplink has nothing to do with it')
  link.limits = { ...broadcastLimits, spare: { level: 3, cause: { kind: 'board-throttled' } } }
  link.run(1)
  t.like(link.events(1005).at(-1)?.cause, { kind: 'board-throttled', fps: 15 })
  link.limits = broadcastLimits
  link.run(1)
  t.like(link.events(1005).at(-1)?.cause, { kind: 'board-recovered', fps: 30 })
})

test('late pictures and a strained board: whichever needs more', (t) => {
  const spare = { level: 1, cause: { kind: 'board-hot' } }
  const stepper = new Stepper({ ...broadcast, spare })
  t.like(stepper.run(1, 1200, 10), { fps: 20, effort: 'normal', helped: 1 })
  t.like(stepper.run(8, 1200, 200), { fps: 10, effort: 'least', helped: 4 })
})
