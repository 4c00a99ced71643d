import test from 'ava'
import {
  decideRate,
  newRateState,
  type RateLimits,
  type RateSignals,
} from '../../../firmware/pusher/bitrate.js'
import { seeded } from '../../bench/network/random.js'
import { broadcastLimits, callLimits, FluidLink } from './fluid-link.js'

for (const limits of [callLimits, broadcastLimits]) {
  const { mode, maxKbps, audioKbps } = limits

  test(`${mode}: a free link is used up to the maximum, without a queue`, (t) => {
    const link = new FluidLink(limits, 5000).run(8)
    t.is(link.last.targetKbps, maxKbps)
    t.true(link.told.every(({ queueMs }) => queueMs < 100))
  })

  test(`${mode}: after a drop it is under what the link carries within a second, and the queue under 500 ms in two`, (t) => {
    const link = new FluidLink(limits, 3000).run(10)
    link.capacityKbps = 500
    link.run(1)
    t.true(link.last.targetKbps + audioKbps < 500, `${link.last.targetKbps}`)
    link.run(1)
    const { queueMs } = link.told.at(-1)!
    t.true(queueMs < 500, `${queueMs}`)
  })

  test(`${mode}: a restored link is used to 90 % within eight seconds`, (t) => {
    const link = new FluidLink(limits, 500).run(20)
    link.capacityKbps = 3000
    link.run(8)
    t.true(link.last.targetKbps >= maxKbps * 0.9, `${link.last.targetKbps}`)
  })

  test(`${mode}: a lasting limit is found and kept: most of it used, little delay`, (t) => {
    const link = new FluidLink(limits, 700).run(60)
    const late = link.told.slice(-300)
    const mean = late.reduce((sum, { decision }) => sum + decision.targetKbps, 0) / late.length
    t.true(mean + audioKbps > 700 * 0.8 && mean + audioKbps <= 705, `${mean}`)
    t.true(late.every(({ queueMs }) => queueMs < 500))
  })
}

test('the more a link carries, the higher the target', (t) => {
  const settled = [150, 300, 450, 600, 800, 1100].map((capacity) => {
    const late = new FluidLink(callLimits, capacity).run(60).told.slice(-300)
    return late.reduce((sum, { decision }) => sum + decision.targetKbps, 0) / late.length
  })
  t.deepEqual(
    settled,
    settled.toSorted((a, b) => a - b),
  )
})

test('one keyframe more in the queue is no reason to cut', (t) => {
  const link = new FluidLink(callLimits, 5000).run(20)
  const before = link.last.targetKbps
  link.addBytes(200_000)
  link.run(2)
  const lowest = Math.min(...link.told.slice(-20).map(({ decision }) => decision.targetKbps))
  t.true(lowest >= before * 0.95, `${before} to ${lowest}`)
})

test('a session after a lost one begins with less than the link was seen to carry', (t) => {
  const link = new FluidLink(callLimits, 500).run(30)
  const before = link.last.targetKbps
  link.session = null
  link.run(5)
  link.session = 1
  link.reconnect()
  link.run(0.1)
  t.is(link.last.cause, 'start')
  t.true(link.last.targetKbps + callLimits.audioKbps < 500, `${link.last.targetKbps}`)
  t.true(link.last.targetKbps <= before * 0.95, `${before} to ${link.last.targetKbps}`)
  t.true(link.last.targetKbps > 250, `${link.last.targetKbps}`)
  link.run(5)
  t.true(Math.max(...link.told.slice(-50).map(({ queueMs }) => queueMs)) < 500)
})

test('new bounds hold at once and in later sessions', (t) => {
  const link = new FluidLink(callLimits, 5000).run(8)
  link.limits = { ...callLimits, maxKbps: 400 }
  link.run(0.1)
  t.is(link.last.targetKbps, 400)
  link.reconnect()
  link.run(10)
  t.is(link.last.targetKbps, 400)
  // only the old maximum held it back
  link.limits = { ...callLimits, minKbps: 700, maxKbps: 900 }
  link.run(0.1)
  t.is(link.last.targetKbps, 900)
  link.limits = { ...callLimits, minKbps: 900, maxKbps: 600 }
  link.run(0.1)
  t.is(link.last.targetKbps, 600)
})

test('a short session on a free link is no reason to begin the next one small', (t) => {
  const link = new FluidLink(callLimits, 5000).run(1.5)
  link.reconnect()
  link.run(0.3)
  t.true(link.last.targetKbps >= callLimits.maxKbps * 0.8, `${link.last.targetKbps}`)
  t.is(link.last.step.width, callLimits.width)
})

test('an easy scene does not let the target run away', (t) => {
  const link = new FluidLink(broadcastLimits, 5000)
  link.sceneShare = 0.1
  link.run(20)
  const easy = link.last
  t.true(easy.targetKbps < broadcastLimits.maxKbps * 0.75, `${easy.targetKbps}`)
  t.is(easy.cause, 'scene-easy')
  link.sceneShare = 1
  link.run(6)
  t.is(link.last.targetKbps, broadcastLimits.maxKbps)
})

test('below the minimum the queue is dropped and the phone told that the uplink is too slow', (t) => {
  const link = new FluidLink(callLimits, 3000).run(10)
  link.capacityKbps = 120
  link.run(20)
  t.is(link.last.targetKbps, 200)
  const drops = link.told.flatMap(({ decision }, at) => (decision.drop === 'to-keyframe' ? [at] : []))
  t.true(drops.length > 1)
  // Ten decisions in a second; a keyframe costs most when there is least room for it.
  t.true(
    drops.slice(1).every((at, index) => at - drops[index]! >= 10),
    `${drops}`,
  )
  const busy = link.events(1101)
  t.true(busy.length >= 1 && busy.length <= 2)
  t.is(busy[0]?.cause.kind, 'uplink-slow')
  t.true(Number(busy[0]?.cause.carriesKbps) < 200)
})

test('a link that stands still is told as such, and the rate before it is soon found again', (t) => {
  const link = new FluidLink(callLimits, 1100).run(20)
  link.capacityKbps = 0
  link.run(3)
  t.is(link.events(1101)[0]?.cause.kind, 'uplink-stalled')
  t.is(link.last.targetKbps, 200)
  link.capacityKbps = 1100
  link.run(5)
  t.true(link.last.targetKbps > 700, `${link.last.targetKbps}`)
})

test('a good link is never told as busy and nothing is dropped', (t) => {
  const link = new FluidLink(broadcastLimits, 3000).run(60)
  t.deepEqual(link.events(1101), [])
  t.false(link.told.some(({ decision }) => decision.drop))
})

test('changes of 10 % are told as 1006 with cause and rates, at most every two seconds', (t) => {
  const link = new FluidLink(callLimits, 3000).run(10)
  link.capacityKbps = 400
  link.run(10)
  link.capacityKbps = 3000
  link.run(10)
  const told = link.events(1006)
  t.true(told.length >= 4)
  for (const [index, { atMs, cause }] of told.entries()) {
    const { kind, fromKbps, toKbps } = cause as { kind: string; fromKbps: number; toKbps: number }
    t.true(Math.abs(toKbps - fromKbps) >= fromKbps * 0.1)
    t.true(kind === (toKbps > fromKbps ? 'uplink-free' : 'uplink-slow'), kind)
    if (index > 0) t.true(atMs - told[index - 1]!.atMs >= 2000)
  }
})

test('an encoder that makes more than it was asked for is reported, once in ten seconds', (t) => {
  const link = new FluidLink(callLimits, 5000).run(10)
  t.false(link.told.some(({ decision }) => decision.disobeys))
  link.sceneShare = 1.6
  link.run(12)
  const reports = link.told.flatMap(({ decision }) => decision.disobeys ?? [])
  t.is(reports.length, 1)
  t.deepEqual(reports[0], { askedKbps: 1000, encodedKbps: 1600 })
})

test('the target is within its bounds and every figure finite, whatever is measured', (t) => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 1e15]
  for (const seed of [1, 2, 3, 4, 5]) {
    const random = seeded(seed)
    const any = (most: number): number =>
      random.next() < 0.1 ? odd[Math.floor(random.next() * odd.length)]! : random.next() * most
    let state = newRateState
    let limits: RateLimits = callLimits
    for (let tick = 0; tick < 3000; tick++) {
      if (random.next() < 0.01)
        limits = {
          ...broadcastLimits,
          minKbps: 1 + any(900),
          maxKbps: 1 + any(4000),
          fps: 1 + Math.floor(random.next() * 30),
        }
      const signals: RateSignals = {
        atMs: random.next() < 0.02 ? any(1e6) : tick * 100,
        session: random.next() < 0.1 ? null : Math.floor(tick / 500),
        rttMs: any(900),
        minRttMs: any(300),
        bytesAcked: any(1e6) * (tick / 100),
        bytesSent: any(2e6) * (tick / 100),
        queueBytes: any(300_000),
        encodedKbps: any(3000),
        encodeLateMs: any(200),
      }
      const [next, decision] = decideRate(state, signals, limits)
      state = next
      const most = Number.isFinite(limits.maxKbps) ? Math.max(1, limits.maxKbps) : 1
      const least = Math.min(most, Number.isFinite(limits.minKbps) ? Math.max(1, limits.minKbps) : 1)
      const { targetKbps, step, windowBytes } = decision
      const told = `seed ${seed}, tick ${tick}: ${JSON.stringify({ decision, limits, signals })}`
      if (!(targetKbps >= Math.floor(least) && targetKbps <= Math.ceil(most))) t.fail(told)
      if (!(step.width <= limits.width && step.height <= limits.height && step.fps <= limits.fps))
        t.fail(told)
      if (!(step.width > 0 && step.fps > 0 && windowBytes > 0 && Number.isFinite(windowBytes))) t.fail(told)
    }
  }
  t.pass()
})
