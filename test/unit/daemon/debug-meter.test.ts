import test from 'ava'
import { DebugMeter } from '../../../firmware/daemon/telling/debug-meter.js'
import { noCounters } from './live-pusher-rig.js'

const zeros = { SPD: 0, JIT: 0, FPS: 0, GOP: 0, ARA: 0, VRA: 0, QUE: 0, DRP: 0, CAS: 0 }

/** A heartbeat every 250 ms of 25 frames/s, 800 kbit/s of video and 64 of sound, of which `sentKbps` went out. */
const beat = (meter: DebugMeter, fromMs: number, toMs: number, sentKbps = 0): void => {
  for (let atMs = fromMs; atMs <= toMs; atMs += 250)
    meter.take({
      ...noCounters,
      atMs,
      videoBytes: atMs * 100,
      audioBytes: atMs * 8,
      videoFrames: atMs / 40,
      bytesSent: (atMs * sentKbps) / 8,
      gopMs: 2_040,
      videoQueued: 3,
      queueAgeMs: 120.4,
      videoDropped: 7,
      rttVarMs: 4.6,
    })
}

test('without a reading all is zero, and with one the rates are', (t) => {
  const meter = new DebugMeter()
  t.deepEqual(meter.figures(true), zeros)
  beat(meter, 500, 500)
  t.deepEqual(meter.figures(true), { ...zeros, JIT: 5, GOP: 2, QUE: 3, DRP: 7, CAS: 120 })
})

test('rates are those of the last two seconds, whether or not anything is sent', (t) => {
  const meter = new DebugMeter()
  beat(meter, 0, 10_000)
  t.like(meter.figures(true), { SPD: 0, FPS: 25, VRA: 800, ARA: 64 })
  // the encoder stands: after two seconds nothing of what it did before counts
  const last = { ...noCounters, videoBytes: 1_000_000, audioBytes: 80_000, videoFrames: 250 }
  for (let atMs = 10_250; atMs <= 12_000; atMs += 250) meter.take({ ...last, atMs })
  t.like(meter.figures(true), { FPS: 0, VRA: 0, ARA: 0 })
})

test('what is not shown has no keyframes, and a new media process begins anew', (t) => {
  const meter = new DebugMeter()
  beat(meter, 0, 4_000, 864)
  t.is(meter.figures(true).SPD, 864)
  t.is(meter.figures(false).GOP, 0)
  meter.restart()
  t.deepEqual(meter.figures(true), zeros)
  beat(meter, 0, 2_000)
  t.is(meter.figures(true).FPS, 25)
})
