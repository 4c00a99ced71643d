import test from 'ava'
import type { NetStatus } from '../../../firmware/pusher/events.js'
import {
  type Connection,
  type Counters,
  netStatus,
  newNetStatusWindow,
  nextNetStatus,
} from '../../../firmware/pusher/netstatus.js'

const zero: Counters = {
  atMs: 0,
  videoBytes: 0,
  audioBytes: 0,
  videoFrames: 0,
  bytesSent: 0,
  lastGopMs: 0,
  videoQueueFrames: 0,
  audioQueueFrames: 0,
  jitterMs: 0,
  width: 360,
  height: 640,
}

/** Two seconds of 800 kbit/s of video and 64 of sound, of which `ratio` went out. */
const after = (previous: Counters, ratio: number, queued = 0): Counters => ({
  ...previous,
  atMs: previous.atMs + 2000,
  videoBytes: previous.videoBytes + 200_000,
  audioBytes: previous.audioBytes + 16_000,
  videoFrames: previous.videoFrames + 30,
  bytesSent: previous.bytesSent + 216_000 * ratio,
  videoQueueFrames: queued,
})

/** The level after each reading. */
const levels = (...readings: readonly (readonly [Counters, Connection])[]): number[] => {
  let window = newNetStatusWindow
  return readings.map(([counters, connection]) => {
    const [next, info] = nextNetStatus(window, counters, connection)
    window = next
    return info.netQualityLevel
  })
}

test('has every key of the component, in its units', (t) => {
  const now = {
    ...after(zero, 1.02),
    lastGopMs: 2040,
    videoQueueFrames: 1,
    audioQueueFrames: 3,
    jitterMs: 4.6,
  }
  t.deepEqual(netStatus(zero, now, 'up'), {
    videoBitrate: 800,
    audioBitrate: 64,
    videoFPS: 15,
    videoGOP: 2,
    netSpeed: 881,
    netJitter: 5,
    netQualityLevel: 1,
    videoWidth: 360,
    videoHeight: 640,
    videoCache: 1,
    audioCache: 3,
  })
})

test('the first reading has no rates and an undefined quality', (t) => {
  const [, info] = nextNetStatus(newNetStatusWindow, after(zero, 1, 50), 'up')
  t.like(info, {
    videoBitrate: 0,
    audioBitrate: 0,
    videoFPS: 0,
    netSpeed: 0,
    netQualityLevel: 0,
    videoCache: 50,
  })
})

const formula: readonly (readonly [ratio: number, queued: number, level: number])[] = [
  [1.05, 0, 1],
  [0.98, 2, 1],
  [0.979, 2, 2],
  [0.98, 3, 2],
  [0.95, 5, 2],
  [0.949, 5, 3],
  [0.95, 6, 3],
  [0.9, 9, 3],
  [0.899, 9, 4],
  [0.9, 10, 4],
  [0.75, 100, 4],
  [0.1, 19, 4],
  [0.749, 20, 5],
  [0, 500, 5],
]

for (const [ratio, queued, level] of formula) {
  test(`${ratio * 100} % sent with ${queued} frames waiting is level ${level}`, (t) => {
    t.is(netStatus(zero, after(zero, ratio, queued), 'up').netQualityLevel, level)
  })
}

test('the level is averaged over the last two periods, no more', (t) => {
  const bad = after(zero, 0.5, 30)
  const good = after(bad, 1, 0)
  const better = after(good, 1, 0)
  // Two bad and good ones together: 75 % and 15 frames.
  t.deepEqual(levels([zero, 'up'], [bad, 'up'], [good, 'up'], [better, 'up']), [0, 5, 4, 1])
})

test('no connection is 6 and a neutral picture 0, whatever was measured', (t) => {
  const now = after(zero, 1)
  t.is(netStatus(zero, now, 'down').netQualityLevel, 6)
  t.is(netStatus(zero, now, 'slate').netQualityLevel, 0)
  t.is(netStatus(null, zero, 'down').netQualityLevel, 6)
})

test('what came before an outage does not count after it', (t) => {
  const bad = after(zero, 0.5, 30)
  const down = after(bad, 0, 30)
  const back = after(down, 1, 0)
  t.deepEqual(levels([zero, 'up'], [bad, 'up'], [down, 'down'], [back, 'up']), [0, 5, 6, 1])
})

test('goes on measuring the encoder while there is no connection', (t) => {
  t.like(netStatus(zero, after(zero, 0), 'down'), { videoBitrate: 800, videoFPS: 15, netSpeed: 0 })
})

test('nothing produced and nothing waiting is no reason to complain', (t) => {
  t.is(netStatus(zero, { ...zero, atMs: 2000 }, 'up').netQualityLevel, 1)
})

test('counters that start again, and a clock that stands or goes back, give no rates', (t) => {
  const before = after(after(zero, 1), 1)
  const restarted = { ...after(zero, 1), atMs: before.atMs + 2000 }
  for (const now of [
    restarted,
    { ...after(before, 1), atMs: before.atMs },
    { ...after(before, 1), atMs: 0 },
  ]) {
    t.like(netStatus(before, now, 'up'), {
      videoBitrate: 0,
      audioBitrate: 0,
      netSpeed: 0,
      netQualityLevel: 0,
    })
  }
})

test('is always whole, finite and never negative', (t) => {
  const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -0, 0.4, 1e300]
  const names = Object.keys(zero) as (keyof Counters)[]
  for (const name of names) {
    for (const value of strange) {
      for (const [previous, now] of [
        [zero, { ...after(zero, 1), [name]: value }],
        [{ ...zero, [name]: value }, after(zero, 1)],
      ] as const) {
        for (const connection of ['up', 'down', 'slate'] as const) {
          const info: NetStatus = netStatus(previous, now, connection)
          for (const [key, shown] of Object.entries(info)) {
            t.true(Number.isInteger(shown) && shown >= 0, `${key} is ${shown} when ${name} is ${value}`)
          }
          t.true(info.netQualityLevel <= 6)
        }
      }
    }
  }
})

test('does not change what it was given', (t) => {
  const window = Object.freeze({ previous: zero, periods: Object.freeze([]) })
  const [next] = nextNetStatus(window, Object.freeze(after(zero, 1)), 'up')
  t.is(next.periods.length, 1)
  t.is(window.periods.length, 0)
})
