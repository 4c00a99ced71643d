import test from 'ava'
import type { LaneFailure } from '../../../firmware/media/protocol.js'
import { waitFor } from '../../support/wait-for.js'
import { settled } from './capture-rig.js'
import { phases, rejected, startBoxRig } from './live-pusher-rig.js'

const broken: LaneFailure = { part: 'encoder', kind: 'encoder-failed' }

test('codes count up by one from 1 and say what they mean', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.output('lost', rejected)
  t.deepEqual(
    rig.events.statechange.map(({ seq, code }) => [seq, code]),
    [
      [1, 1001],
      [2, 1002],
      [3, 3004],
      [4, 1102],
    ],
  )
  const [, begun, closed] = rig.events.statechange
  t.like(begun, { name: 'PUSH_EVT_PUSH_BEGIN', level: 'event' })
  t.false('cause' in (begun ?? {}))
  t.like(closed, { name: 'PUSH_WARNING_SERVER_DISCONNECT', level: 'warning', cause: rejected })
  t.true(rig.events.statechange.every(({ time }) => Math.abs(time - Date.now()) < 60_000))
})

test('the same warning is not told again within two seconds, and later is', async (t) => {
  // Each failure is a first one for the encoder, so that it stays.
  const calm = { encoderRetryMs: 0 }
  const rig = await startBoxRig(t, { times: calm })
  await rig.push()
  for (let failures = 0; failures < 3; failures += 1) {
    rig.media.fail('video', broken)
    await settled()
  }
  t.deepEqual(rig.codes(), [1001, 1002, 1104])
  t.deepEqual(
    rig.events.statechange.map(({ seq }) => seq),
    [1, 2, 3],
  )

  const later = await startBoxRig(t, { times: { ...calm, warningRepeatMs: 0 } })
  await later.push()
  for (let failures = 0; failures < 3; failures += 1) {
    later.media.fail('video', broken)
    await settled()
  }
  t.deepEqual(later.codes(), [1001, 1002, 1104, 1104, 1104])
})

test('those of the reconnection are told each time', async (t) => {
  const rig = await startBoxRig(t, { policy: { attempts: 3, intervalMs: 1 } })
  await rig.submit('start')
  for (const kind of ['dns', 'refused', 'handshake', 'rejected']) {
    const attempts = rig.media.of('connect').length
    rig.media.output('lost', { kind, during: 'connecting' })
    if (rig.codes().includes(-1307)) break
    await waitFor(() => rig.media.of('connect').length > attempts, { what: 'the next attempt' })
  }
  t.deepEqual(rig.codes(), [3001, 1102, 3002, 1102, 3003, 1102, 3004, -1307])
})

for (const [code, cause] of [
  [3001, { kind: 'dns' }],
  [3002, { kind: 'refused' }],
  [3003, { kind: 'handshake', during: 'connected' }],
  [3004, rejected],
  [3005, { kind: 'stalled', during: 'published' }],
] as const)
  test(`${code} is told at every attempt that ends with it`, async (t) => {
    const rig = await startBoxRig(t, { policy: { attempts: 3, intervalMs: 1 } })
    await rig.submit('start')
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      rig.media.output('lost', cause)
      await waitFor(() => rig.media.of('connect').length > attempt, { what: 'the next attempt' })
    }
    t.deepEqual(rig.codes(), [code, 1102, code, 1102])
  })

test('errors are never held back', async (t) => {
  const rig = await startBoxRig(t, { configured: { url: '' } })
  await rig.submit('start')
  await rig.submit('start')
  t.deepEqual(rig.codes(), [-1313, -1313])
})

test('what WeChat’s error event has is told there as well', async (t) => {
  const rig = await startBoxRig(t)
  rig.cameras.front = { missing: { kind: 'device-denied', device: '/dev/video0', position: 'front' } }
  await rig.submit('start')
  t.deepEqual(rig.codes(), [-1301, 10001])
  t.like(rig.events.error, [{ errCode: 10001, errMsg: 'Use of the camera is forbidden.' }])
})

test('the state is published when it changes, and only then', async (t) => {
  const rig = await phases.pushing(t)
  const texts = () => rig.events.state.map((state) => JSON.stringify(state))
  const before = texts().length
  await rig.submit('setAttributes', { 'max-bitrate': 700 })
  await rig.submit('setAttributes', { muted: false })
  await rig.submit('start')
  rig.media.beat({ videoFrames: 10 })
  t.is(texts().length, before)
  await rig.submit('setAttributes', { muted: true })
  t.is(texts().length, before + 1)
  for (const [index, text] of texts().entries()) if (index > 0) t.not(text, texts()[index - 1])
  t.is(texts().at(-1), JSON.stringify(rig.box.state()))
})

test('the state tells since when, the last code, the attempt and the session', async (t) => {
  const rig = await startBoxRig(t, { policy: { intervalMs: 1 } })
  const idleSince = rig.box.state().since
  await rig.push()
  t.like(rig.box.state(), { state: 'pushing', code: 1002, attempt: 0, session: 1 })
  t.true(rig.box.state().since >= idleSince)
  rig.media.output('lost', rejected)
  t.like(rig.box.state(), { state: 'reconnecting', code: 1102, attempt: 1, session: 1 })
  await waitFor(() => rig.media.of('connect').length === 2, { what: 'the next attempt' })
  rig.media.output('published')
  t.like(rig.box.state(), { state: 'pushing', code: 1002, session: 2 })
})

test('nobody who stopped to listen is told', async (t) => {
  const rig = await startBoxRig(t)
  const heard: number[] = []
  const end = rig.box.on('statechange', ({ code }) => heard.push(code))
  rig.media.emit('message', { type: 'hello', elements: [], previewSocket: '' })
  await rig.submit('start')
  rig.media.output('connected')
  end()
  rig.media.output('published')
  t.deepEqual(heard, [1001])
})

test('netstatus comes while pushing, paused and reconnecting, from what was counted', async (t) => {
  const rig = await startBoxRig(t, { times: { netStatusMs: 20 } })
  rig.media.beat({ atMs: 0 })
  await rig.push()
  t.deepEqual(rig.events.netstatus, [])
  rig.media.beat({ atMs: 1000, rttVarMs: 7 })
  rig.media.beat({
    atMs: 3000,
    videoBytes: 250_000,
    audioBytes: 16_000,
    videoFrames: 30,
    bytesSent: 266_000,
    gopMs: 1000,
    videoQueued: 1,
    audioQueued: 2,
    rttVarMs: 7,
  })
  await waitFor(() => rig.events.netstatus.length > 0, { what: 'netstatus' })
  t.deepEqual(rig.events.netstatus[0], {
    info: {
      videoBitrate: 1000,
      audioBitrate: 64,
      videoFPS: 15,
      videoGOP: 1,
      netSpeed: 1064,
      netJitter: 7,
      netQualityLevel: 1,
      videoWidth: 360,
      videoHeight: 640,
      videoCache: 1,
      audioCache: 2,
    },
  })
  rig.media.output('lost', rejected)
  rig.events.netstatus.splice(0)
  await waitFor(() => rig.events.netstatus.length > 0, { what: 'netstatus while reconnecting' })
  t.is(rig.events.netstatus[0]?.info.netQualityLevel, 6)
  await rig.submit('stop')
  rig.events.netstatus.splice(0)
  await rig.submit('start')
  rig.media.beat({ atMs: 4000 })
  const paused = await phases.paused(t)
  t.is(paused.box.state().state, 'paused')
  // Another box of the same kind shows that the time of the first would have come.
  const other = await startBoxRig(t, { times: { netStatusMs: 20 } })
  await other.push()
  other.media.beat()
  await waitFor(() => other.events.netstatus.length > 1, { what: 'netstatus of another box' })
  t.deepEqual(rig.events.netstatus, [])
})

test('a slate says nothing about the link', async (t) => {
  const rig = await startBoxRig(t, { times: { netStatusMs: 20 } })
  await rig.push()
  await rig.submit('pause')
  const { generation } = rig.media.of('run').at(-1) ?? { generation: 0 }
  rig.media.emit('message', { type: 'lane', track: 'video', generation, event: 'live' })
  rig.media.beat({ atMs: 1000 })
  rig.media.beat({ atMs: 3000, bytesSent: 10_000 })
  await waitFor(() => rig.events.netstatus.length > 0, { what: 'netstatus' })
  t.is(rig.events.netstatus.at(-1)?.info.netQualityLevel, 0)
})

test('a picture that stands still while pushing is a complaint, and one that moves is none', async (t) => {
  const rig = await startBoxRig(t, { times: { frozenMs: 30 } })
  await rig.push()
  rig.media.beat({ videoFrames: 1 })
  await waitFor(() => rig.box.complaints().length > 0, { what: 'a complaint' })
  t.deepEqual(rig.box.complaints(), ['no frame was encoded for 0.03 s'])
  rig.media.beat({ videoFrames: 1 })
  t.is(rig.box.complaints().length, 1)
  rig.media.beat({ videoFrames: 2 })
  t.deepEqual(rig.box.complaints(), [])
})

test('a new media process has its time before anybody complains', async (t) => {
  const rig = await startBoxRig(t, { times: { frozenMs: 200 } })
  await rig.push()
  rig.media.die()
  const from = performance.now()
  await waitFor(() => performance.now() - from > 200, { what: 'the time in which frames must come' })
  t.deepEqual(rig.box.complaints(), [])
  rig.media.start()
  await settled()
  t.is(rig.media.of('run').at(-1)?.spec.source, 'mic')
  t.deepEqual(rig.box.complaints(), [])
})

test('nothing that is off is frozen', async (t) => {
  const rig = await startBoxRig(t, { times: { frozenMs: 0 } })
  t.deepEqual(rig.box.complaints(), [])
})

test('the debug figures are those of the overlay, with the last twenty codes', async (t) => {
  const rig = await startBoxRig(t, { configured: { debug: true }, times: { warningRepeatMs: 0 } })
  for (let starts = 0; starts < 8; starts += 1) {
    await rig.push()
    rig.media.output('lost', rejected)
    await rig.submit('stop')
  }
  rig.media.beat({ videoDropped: 4, queueAgeMs: 31.4 })
  const { codes, state, ...figures } = rig.box.debug({ process: 3.5, system: 12 })
  t.is(codes.length, 20)
  t.deepEqual(codes, rig.events.statechange.slice(-20))
  t.deepEqual(state, rig.box.state())
  t.deepEqual(figures, {
    enabled: true,
    CPU: { process: 3.5, system: 12 },
    RES: '360x640',
    SPD: 0,
    JIT: 0,
    FPS: 0,
    GOP: 0,
    ARA: 0,
    VRA: 0,
    QUE: 0,
    DRP: 4,
    CAS: 31,
    SVR: '127.0.0.1',
  })
})

test('readings and buttons are passed on, notices are dated', async (t) => {
  const rig = await startBoxRig(t)
  const heard: unknown[] = []
  rig.box.on('telemetry', (reading) => heard.push(reading))
  rig.box.on('button', (button) => heard.push(button))
  rig.box.relay('telemetry', { cpu: 0.5 })
  rig.box.relay('button', { button: 'mute', gesture: 'press', time: 1 })
  t.deepEqual(heard, [{ cpu: 0.5 }, { button: 'mute', gesture: 'press', time: 1 }])
  rig.box.notice('config', 'It has problems.', { kind: 'x' })
  t.like(rig.events.notice, [{ kind: 'config', message: 'It has problems.', cause: { kind: 'x' } }])
  t.true(Math.abs((rig.events.notice[0]?.time ?? 0) - Date.now()) < 60_000)
})
