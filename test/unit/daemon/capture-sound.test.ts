import test from 'ava'
import { waitFor } from '../../support/wait-for.js'
import { liveRig, microphone, missing, setting, shows, startRig } from './capture-rig.js'

const quick = { times: { reopenMs: 20 } }
const mute = (value: boolean) => ({
  type: 'set',
  track: 'audio',
  setting: { element: 'volume', property: 'mute', value },
})

test('a missing microphone is told once, and silence stands for it', async (t) => {
  const rig = await startRig(t, { ...quick, mic: missing('hw:CARD=Webcam,DEV=0') })
  rig.goLive('video', 'audio')
  await waitFor(() => rig.sent.filter(({ type }) => type === 'set').length > 6, { what: 'some more plans' })
  t.deepEqual(
    rig.codes.filter((code) => code < 0),
    [-1302],
  )
  t.like(rig.causeOf(-1302), { kind: 'device-missing', device: 'hw:CARD=Webcam,DEV=0' })
  t.deepEqual(rig.runs('audio').map(shows), ['silence'])
})

test('a microphone that comes back is heard, and its next failure told', async (t) => {
  const rig = await startRig(t, { ...quick, mic: missing('hw:0') })
  rig.goLive('audio')
  rig.mic = microphone('hw:0')
  await waitFor(() => shows(rig.last('audio')) === 'mic', { what: 'the microphone' })
  t.is(setting(rig.last('audio').spec, 'mic', 'device'), 'hw:0')
  t.is(rig.last('audio').spec.replace, 'overlap')
  rig.goLive('audio')
  t.deepEqual(rig.codes, [-1302])
  await rig.fail('audio', { kind: 'device-lost' })
  t.deepEqual(rig.codes, [-1302, -1302])
  t.like(rig.causeOf(-1302), { kind: 'device-lost', device: 'hw:0' })
})

test('a microphone that can be found and not opened leaves the silence as it is', async (t) => {
  // Long enough that the silence is live before the next look-up.
  const rig = await liveRig(t, { times: { reopenMs: 250 } })
  await rig.fail('audio', { kind: 'device-busy' })
  rig.goLive('audio')
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await waitFor(() => rig.runs('audio').length === 1 + attempt, { what: `attempt ${attempt}` })
    await rig.fail('audio', { kind: 'device-busy' })
  }
  t.deepEqual(rig.runs('audio').map(shows), ['silence', 'mic', 'mic', 'mic'])
  t.deepEqual(rig.codes, [-1302])
})

test('a microphone that may not be used is forbidden as well', async (t) => {
  const rig = await startRig(t, { ...quick, mic: missing('hw:0', 'device-denied') })
  t.deepEqual(rig.codes, [-1302, 10002])
  t.is(rig.causeOf(10002)?.device, 'hw:0')
})

test('a look-up that throws is a microphone that fails', async (t) => {
  const rig = await liveRig(t)
  Object.defineProperty(rig, 'mic', {
    get: () => {
      throw new Error('EIO')
    },
  })
  await rig.set({ fps: 20 })
  t.like(rig.causeOf(-1302), { kind: 'device-failed', detail: 'Error: EIO' })
  t.is(shows(rig.last('audio')), 'silence')
  t.is(rig.runs('video').length, 1)
})

test('a clip without sound is silent and nobody’s failure', async (t) => {
  const rig = await startRig(t, { mic: { source: { kind: 'clip', file: '/tmp/mute.avi' } } })
  await rig.fail('audio', { kind: 'clip-without-sound' })
  t.deepEqual(rig.codes, [])
  t.is(shows(rig.last('audio')), 'silence')
})

test('muted closes nothing: the volume is muted', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ muted: true })
  t.deepEqual(rig.sent[0], mute(true) as never)
  t.deepEqual(rig.runs('audio'), [])
  t.deepEqual(rig.runs('video'), [])
  rig.sent.splice(0)
  await rig.set({ muted: false })
  t.deepEqual(rig.sent[0], mute(false) as never)
  t.deepEqual(rig.runs('audio'), [])
})

test('a pipeline that starts while muted starts muted', async (t) => {
  const rig = await startRig(t, { attributes: { muted: true } })
  t.is(setting(rig.last('audio').spec, 'volume', 'mute'), true)
  await rig.set({ muted: false })
  await rig.set({ 'audio-quality': 'low' })
  t.is(setting(rig.last('audio').spec, 'volume', 'mute'), false)
})

test('enable-mic off mutes at once and closes the microphone, on opens it again', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ 'enable-mic': false })
  t.deepEqual(rig.sent[0], mute(true) as never)
  t.is(shows(rig.last('audio')), 'silence')
  rig.goLive('audio')
  rig.sent.splice(0)
  await rig.set({ 'enable-mic': true })
  t.deepEqual(rig.sent[0], mute(false) as never)
  t.is(shows(rig.last('audio')), 'mic')
  t.is(setting(rig.last('audio').spec, 'volume', 'mute'), false)
  t.deepEqual(rig.codes, [])
})

test('a pause mutes and keeps the microphone open, resume lets it be heard', async (t) => {
  const rig = await liveRig(t)
  await rig.want('slate')
  t.deepEqual(rig.take('set').at(-1), mute(true) as never)
  t.is(shows(rig.last('audio')), 'mic')
  await rig.want('camera')
  t.deepEqual(
    rig.take('set').find((each) => 'track' in each && each.track === 'audio'),
    mute(false) as never,
  )
})

test('a resume while muted stays silent', async (t) => {
  const rig = await liveRig(t, { attributes: { muted: true } })
  await rig.want('slate')
  rig.sent.splice(0)
  await rig.want('camera')
  t.deepEqual(
    rig.take('set').find((each) => 'track' in each && each.track === 'audio'),
    mute(true) as never,
  )
})

test('audio-quality starts a new sound pipeline in its rate', async (t) => {
  const rig = await liveRig(t)
  await rig.set({ 'audio-quality': 'low' })
  t.like(rig.last('audio').spec, { facts: { sampleRate: 16_000, kbps: 24 }, replace: 'break-first' })
  t.deepEqual(rig.runs('video'), [])
})
