/** The emulated link's arithmetic, in a time of its own. */
import test from 'ava'
import { Path, type PathOptions } from '../../support/uplink/path.js'
import { constantRate, RateClock } from '../../support/uplink/rate.js'

const packet = (bytes = 1_000): Buffer => Buffer.alloc(bytes)
const path = (options: Partial<PathOptions> = {}): Path<Buffer> =>
  new Path<Buffer>({ queueBytes: 150_000, delayMs: 25, lossPercent: 0, seed: 1, ...options }, 0)

/** The moments at which the packets that are on their way arrive. */
const arrivals = (of: Path<Buffer>): number[] => {
  const moments: number[] = []
  for (let at = of.nextAt(); Number.isFinite(at); at = of.nextAt())
    for (const _ of of.arrived(at)) moments.push(Math.round(at * 1000) / 1000)
  return moments
}

test('a packet takes its own length at the rate, and the delay', (t) => {
  const link = path({ rate: constantRate(1_000) })
  link.offer(packet(), 0)
  link.offer(packet(500), 0)
  link.offer(packet(), 100)
  t.deepEqual(arrivals(link), [8 + 25, 12 + 25, 108 + 25])
})

test('without a rate only the delay counts', (t) => {
  const link = path()
  for (let at = 0; at < 3; at += 1) link.offer(packet(), at)
  t.deepEqual(arrivals(link), [25, 26, 27])
})

test('what finds the queue full is gone, and the queue holds no more than it says', (t) => {
  const link = path({ rate: constantRate(1_000), queueBytes: 3_000 })
  for (let nth = 0; nth < 5; nth += 1) link.offer(packet(), 0)
  t.like(link.counts, { overflowed: 2, queuedBytes: 3_000 })
  t.deepEqual(arrivals(link), [33, 41, 49])
  t.like(link.counts, { offeredBytes: 5_000, carriedBytes: 3_000, queuedBytes: 0, lost: 0 })
})

test('an outage holds everything and loses nothing', (t) => {
  const link = path({
    rate: {
      steps: [
        [0, 1_000],
        [4, 0],
        [1_000, 1_000],
      ],
    },
  })
  link.offer(packet(), 0)
  link.offer(packet(), 500)
  t.deepEqual(link.arrived(999), [])
  t.deepEqual(arrivals(link), [1_004 + 25, 1_012 + 25])
})

test('a rate that is set holds from that moment, for a packet that has begun as well', (t) => {
  const link = path({ rate: constantRate(1_000) })
  link.offer(packet(), 0)
  link.setRate(constantRate(500), 4)
  t.deepEqual(arrivals(link), [4 + 8 + 25])
  link.offer(packet(), 100)
  link.setRate(constantRate(0), 104)
  t.is(link.nextAt(), Number.POSITIVE_INFINITY)
  link.setRate(undefined, 200)
  t.deepEqual(arrivals(link), [200 + 25])
})

test('a rate begins again where it shall', (t) => {
  const clock = new RateClock(
    {
      steps: [
        [0, 100],
        [200, 300],
      ],
      repeatMs: 400,
    },
    1_000,
  )
  t.deepEqual(
    [1_000, 1_199, 1_200, 1_399, 1_400, 1_600, 9_000].map((at) => clock.kbpsAt(at)),
    [100, 100, 300, 300, 100, 300, 100],
  )
  t.is(clock.bitsBetween(1_000, 1_400), 80_000)
  t.is(clock.bitsBetween(1_100, 1_900), 10_000 + 60_000 + 80_000 + 10_000)
  t.is(Math.round(clock.throughAt(1_100, 10_000 + 60_000 + 80_000 + 5_000)), 1_850)
  t.is(new RateClock({ steps: [[0, 0]], repeatMs: 100 }, 0).throughAt(0, 1), Number.POSITIVE_INFINITY)
})

test('loss takes its share, the same packets each time', (t) => {
  const run = (seed: number): number[] => {
    const link = path({ lossPercent: 5, seed })
    for (let at = 0; at < 10_000; at += 1) link.offer(packet(10), at)
    const moments = arrivals(link)
    t.is(moments.length + link.counts.lost, 10_000)
    return moments
  }
  const [one, again, other] = [run(1), run(1), run(2)]
  t.true(Math.abs(one.length - 9_500) < 80, `${one.length} of 10000`)
  t.deepEqual(one, again)
  t.notDeepEqual(one, other)
})
