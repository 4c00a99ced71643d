import test from 'ava'
import { settled } from './capture-rig.js'
import { changesOf } from './changes.js'
import { phases, startBoxRig } from './live-pusher-rig.js'

const other = 'rtmp://127.0.0.1:2/live/other-key'

test('a change is stored, applied, published and answered with what it took', async (t) => {
  const rig = await phases.pushing(t)
  rig.events.attributes.splice(0)
  const reply = await rig.submit('setAttributes', {
    maxBitrate: '700',
    fps: 20,
    'audio-quality': 'low',
    autopush: true,
    muted: false,
  })
  t.deepEqual(changesOf(reply), {
    'max-bitrate': { value: 700, took: 'live' },
    fps: { value: 20, took: 'encoder restart' },
    'audio-quality': { value: 'low', took: 'new session' },
    autopush: { value: true, took: 'stored' },
  })
  t.deepEqual(rig.store.saved, [
    { 'max-bitrate': 700, fps: 20, 'audio-quality': 'low', autopush: true, muted: false },
  ])
  t.is(rig.events.attributes.length, 1)
  t.like(rig.events.attributes[0], { 'max-bitrate': 700, fps: 20 })
  t.like(rig.box.attributes(), { 'max-bitrate': 700, fps: 20, 'audio-quality': 'low' })
})

test('while nothing runs a change is stored', async (t) => {
  const rig = await startBoxRig(t)
  const reply = await rig.submit('setAttributes', { 'max-bitrate': 700, 'audio-quality': 'low' })
  t.deepEqual(changesOf(reply), {
    'max-bitrate': { value: 700, took: 'stored' },
    'audio-quality': { value: 'low', took: 'stored' },
  })
  t.deepEqual([rig.media.of('run'), rig.media.of('connect')], [[], []])
})

test('an attribute without effect says so and restarts nothing', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.sent.splice(0)
  const changed = changesOf(await rig.submit('setAttributes', { enableVideoCustomRender: true }))
  t.is(changed.enableVideoCustomRender?.took, 'stored')
  t.regex(changed.enableVideoCustomRender?.note ?? '', /^no effect on this device: /)
  t.deepEqual([rig.media.of('connect'), rig.media.of('disconnect'), rig.media.of('run')], [[], [], []])
})

test('what is there already changes nothing', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.sent.splice(0)
  t.deepEqual(changesOf(await rig.submit('setAttributes', { fps: 15, mode: 'RTC' })), {})
  t.deepEqual([rig.media.of('connect'), rig.media.of('run')], [[], []])
})

test('null gives the configured value back', async (t) => {
  const rig = await startBoxRig(t, { configured: { fps: 25 } })
  await rig.submit('setAttributes', { fps: 10 })
  t.deepEqual(changesOf(await rig.submit('setAttributes', { fps: null })), {
    fps: { value: 25, took: 'stored' },
  })
  t.deepEqual(rig.store.saved.at(-1), {})
})

test('one bad attribute refuses them all', async (t) => {
  const rig = await phases.pushing(t)
  const before = rig.box.attributes()
  const reply = await rig.submit('setAttributes', { fps: 20, 'max-bitrate': 'much', mdoe: 'HD' })
  t.like(reply, { ok: false, method: 'setAttributes', errCode: -2 })
  t.deepEqual(!reply.ok && reply.problems?.map(({ path }) => path), ['max-bitrate', 'mdoe'])
  t.deepEqual(rig.box.attributes(), before)
  t.deepEqual([rig.store.saved, rig.events.attributes], [[], []])
})

test('what is no object of attributes is refused', async (t) => {
  const rig = await startBoxRig(t)
  for (const given of [undefined, null, 'fps', 7, []])
    t.like(await rig.submit('setAttributes', given), { ok: false, errCode: -2 })
})

test('what can’t be stored changes nothing', async (t) => {
  const rig = await phases.pushing(t)
  const [before, state] = [rig.box.attributes(), rig.box.state()]
  rig.store.failure = new Error('EROFS: read-only file system')
  rig.media.sent.splice(0)
  rig.events.state.splice(0)
  const reply = await rig.submit('setAttributes', { fps: 20, muted: true, url: other })
  t.like(reply, {
    ok: false,
    errCode: -10,
    errMsg: 'operateLivePusher:fail nothing was changed: EROFS: read-only file system',
  })
  t.deepEqual([rig.box.attributes(), rig.box.state()], [before, state])
  t.deepEqual([rig.media.sent, rig.events.attributes, rig.events.state], [[], [], []])
  t.deepEqual(rig.codes(), [1001, 1002])
})

test('a new address while pushing is a new session there', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.sent.splice(0)
  const changed = changesOf(await rig.submit('setAttributes', { url: other }))
  t.deepEqual(changed, { url: { value: 'rtmp://127.0.0.1:2/live/***', took: 'new session' } })
  t.deepEqual(
    rig.media.sent.flatMap(({ type }) => (type === 'connect' || type === 'disconnect' ? [type] : [])),
    ['disconnect', 'connect'],
  )
  t.like(rig.media.of('connect')[0], { connection: 2, destination: { url: other } })
  t.is(rig.box.state().url, 'rtmp://127.0.0.1:2/live/***')
  t.is(rig.box.state().state, 'connecting')
  rig.media.emit('message', { type: 'output', connection: 1, event: 'lost' })
  t.is(rig.box.state().state, 'connecting')
})

test('a new address while paused stays paused', async (t) => {
  const rig = await phases.paused(t)
  await rig.submit('setAttributes', { url: other })
  rig.media.output('connected')
  rig.media.output('published')
  t.is(rig.box.state().state, 'paused')
})

test('an address that is taken away while pushing ends the session', async (t) => {
  const rig = await phases.pushing(t)
  await rig.submit('setAttributes', { url: '' })
  t.is(rig.box.state().state, 'idle')
  t.like(rig.events.statechange.at(-1), { code: -1313, cause: { kind: 'url-missing' } })
})

test('an illegal address is refused with the component’s own code, and nothing of it is shown', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.sent.splice(0)
  const injected = 'rtmp://x/a ! filesink location=/etc/passwd'
  const reply = await rig.submit('setAttributes', { url: injected })
  t.like(reply, { ok: false, errCode: -1313 })
  t.like(rig.events.statechange.at(-1), { code: -1313, cause: { kind: 'url-illegal' } })
  t.deepEqual(rig.media.sent, [])
  t.false(JSON.stringify([reply, rig.events]).includes('passwd'))
})

test('the stream name is shown nowhere', async (t) => {
  const rig = await phases.pushing(t)
  await rig.submit('setAttributes', { url: other, debug: true })
  rig.media.output('lost', { kind: 'rejected', during: 'connected' })
  const shown = JSON.stringify([rig.events, rig.box.state(), rig.box.attributes(), rig.box.debug()])
  t.false(shown.includes('secret-key'))
  t.false(shown.includes('other-key'))
})

test('autopush starts by itself when there is an address, and again with a new one', async (t) => {
  const rig = await startBoxRig(t, { configured: { url: '' } })
  await rig.submit('setAttributes', { autopush: true })
  t.is(rig.box.state().state, 'idle')
  await rig.submit('setAttributes', { url: other })
  t.is(rig.box.state().state, 'connecting')
  t.is(rig.media.of('connect').length, 1)
  await rig.submit('stop')
  await rig.submit('setAttributes', { fps: 20 })
  t.is(rig.box.state().state, 'idle')
})

test('muted in the state is whatever makes the stream silent for good', async (t) => {
  const rig = await startBoxRig(t)
  for (const [attributes, muted] of [
    [{ muted: true }, true],
    [{ muted: false }, false],
    [{ 'enable-mic': false }, true],
  ] as const) {
    await rig.submit('setAttributes', attributes)
    t.is(rig.box.state().muted, muted)
    t.is(rig.events.state.at(-1)?.muted, muted)
  }
})

test('the camera that was set is the one shown', async (t) => {
  const rig = await phases.pushing(t)
  await rig.submit('setAttributes', { 'device-position': 'back' })
  await settled()
  t.is(rig.box.state().camera, 'back')
  t.is(rig.media.of('run').at(-1)?.spec.settings[0]?.value, '/dev/video2')
})
