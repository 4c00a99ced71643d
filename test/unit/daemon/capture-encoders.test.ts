import test from 'ava'
import { EncoderTrials } from '../../../firmware/daemon/capture/encoder-trials.js'
import { liveRig, missing, type Rig, settled, shows, startRig, usualElements } from './capture-rig.js'

const encoderOf = (rig: Rig): string => /(\w+enc) name=encoder/.exec(rig.last('video').spec.launch)?.[1] ?? ''

const pi = {
  encoders: ['v4l2h264enc', 'x264enc', 'openh264enc'],
  elements: [...usualElements, 'v4l2h264enc'],
}
const broken = { part: 'encoder', kind: 'encoder-failed', detail: 'no' } as const
const tooLarge = { part: 'encoder', kind: 'format-unsupported' } as const

test('takes the first encoder that exists', async (t) => {
  t.is(encoderOf(await startRig(t, pi)), 'v4l2h264enc')
  t.is(encoderOf(await startRig(t, { ...pi, elements: usualElements })), 'x264enc')
  const odd = await startRig(t, { encoders: ['vaapih264enc', 'openh264enc'] })
  t.is(encoderOf(odd), 'openh264enc')
})

test('a hardware encoder that fails is told and replaced for good', async (t) => {
  const rig = await startRig(t, pi)
  await rig.fail('video', broken)
  t.deepEqual(rig.told, [{ code: 1103, cause: { ...broken, encoder: 'v4l2h264enc' } }])
  t.is(encoderOf(rig), 'x264enc')
  rig.goLive('video')
  t.is(rig.capture.facts.encoder, 'x264enc')
  await rig.set({ fps: 20 })
  t.is(encoderOf(rig), 'x264enc')
})

test('a software encoder that fails is told and restarted', async (t) => {
  const rig = await liveRig(t)
  await rig.fail('video', broken)
  t.deepEqual(rig.told, [{ code: 1104, cause: { ...broken, encoder: 'x264enc' } }])
  t.is(encoderOf(rig), 'x264enc')
  t.is(rig.runs('video').length, 1)
})

test('a software encoder that fails twice in short order is replaced', async (t) => {
  const rig = await liveRig(t)
  await rig.fail('video', broken)
  rig.goLive('video')
  await rig.fail('video', broken)
  t.deepEqual(
    rig.codes.filter((code) => code !== 1003 && code !== 1007 && code !== 1008),
    [1104, -1303],
  )
  t.like(rig.causeOf(-1303), { encoder: 'x264enc', detail: 'no' })
  t.is(encoderOf(rig), 'openh264enc')
})

test('a software encoder that fails from time to time is kept', async (t) => {
  const rig = await liveRig(t, { times: { encoderRetryMs: 0 } })
  for (let failures = 1; failures <= 3; failures += 1) {
    await rig.fail('video', broken)
    rig.goLive('video')
    t.is(encoderOf(rig), 'x264enc')
  }
  t.deepEqual(
    rig.codes.filter((code) => code > 1100),
    [1104, 1104, 1104],
  )
})

test('an encoder that hangs is given up, however long each try takes', (t) => {
  const trials = new EncoderTrials(10_000)
  t.true(trials.failed('x264enc', { atMs: 10_050, workedUntilMs: 0, hardware: false }))
  t.false(trials.failed('x264enc', { atMs: 20_150, workedUntilMs: 10_051, hardware: false }))
  t.false(trials.isOpen('x264enc'))
  t.true(trials.isOpen('openh264enc'))
})

test('an encoder that worked for longer than that has its second chance again', (t) => {
  const trials = new EncoderTrials(10_000)
  t.true(trials.failed('x264enc', { atMs: 1_000, workedUntilMs: 1_000, hardware: false }))
  t.true(trials.failed('x264enc', { atMs: 11_000, workedUntilMs: 11_000, hardware: false }))
  t.false(trials.failed('x264enc', { atMs: 20_999, workedUntilMs: 20_999, hardware: false }))
})

test('a hardware encoder that takes pictures and gives none is found out', async (t) => {
  const rig = await startRig(t, pi)
  // The camera seems not to deliver …
  await rig.fail('video', { kind: 'no-frames', afterMs: 10_000 })
  t.is(shows(rig.last('video')), 'slate')
  // … but neither does what stands for it.
  await rig.fail('video', { kind: 'no-frames', afterMs: 10_000 })
  t.deepEqual(rig.codes, [-1301, 1103])
  t.is(encoderOf(rig), 'x264enc')
})

test('an encoder that refuses the size is told with it, and the next one is asked', async (t) => {
  const rig = await liveRig(t, pi)
  await rig.set({ mode: 'FHD' })
  await rig.fail('video', tooLarge)
  t.deepEqual(rig.told, [
    { code: -1305, cause: { ...tooLarge, encoder: 'v4l2h264enc', width: 720, height: 1280 } },
  ])
  t.is(encoderOf(rig), 'x264enc')
  t.like(rig.last('video').spec.facts, { width: 720, height: 1280 })
  await rig.set({ mode: 'SD' })
  t.is(encoderOf(rig), 'v4l2h264enc')
})

test('caps that do not agree on a made picture are the encoder’s', async (t) => {
  const made = { source: { kind: 'test', label: 'box', look: 'bars' } } as const
  const rig = await startRig(t, { ...pi, front: made })
  await rig.fail('video', { kind: 'format-unsupported' })
  t.like(rig.told[0], { code: -1305, cause: { encoder: 'v4l2h264enc', width: 360, height: 640 } })
  t.is(encoderOf(rig), 'x264enc')
})

test('caps that do not agree on the nameless camera of libcamera are the camera’s', async (t) => {
  const rig = await startRig(t, { front: { source: { kind: 'libcamera' } } })
  await rig.fail('video', { kind: 'format-unsupported' })
  t.like(rig.told[0], { code: -1305, cause: { device: 'libcamera', position: 'front' } })
  t.is(encoderOf(rig), 'x264enc')
  t.is(shows(rig.last('video')), 'slate')
})

test('when no encoder works the track ends, and nothing goes round in circles', async (t) => {
  const rig = await startRig(t, pi)
  for (let failures = 0; failures < 20 && !rig.sent.some(({ type }) => type === 'halt'); failures += 1)
    await rig.fail('video', broken)
  t.deepEqual(rig.codes, [1103, 1104, -1303, 1104, -1303, -1303])
  t.like(rig.told[2]?.cause, { encoder: 'x264enc' })
  t.like(rig.told[4]?.cause, { encoder: 'openh264enc' })
  t.like(rig.told[5]?.cause, { kind: 'no-encoder' })
  t.regex(String(rig.causeOf(-1303)?.install), /gstreamer1\.0-plugins-ugly/)
  t.deepEqual(rig.take('halt'), [{ type: 'halt', track: 'video' }])
  await rig.set({ 'max-bitrate': 700 })
  await rig.set({ fps: 20 })
  t.is(rig.runs('video').length, 0)
  t.deepEqual(rig.codes.slice(6), [])
})

test('a failed picture is forgotten by the media process when there is no other', async (t) => {
  const rig = await liveRig(t, { encoders: ['v4l2h264enc'], elements: pi.elements })
  await rig.fail('video', broken)
  t.deepEqual(rig.take('run', 'halt'), [{ type: 'halt', track: 'video' }])
})

test('a new start tries every encoder again', async (t) => {
  const rig = await liveRig(t, { encoders: ['v4l2h264enc'], elements: pi.elements })
  await rig.fail('video', broken)
  await rig.want('nothing')
  rig.sent.splice(0)
  await rig.want('camera')
  t.is(rig.runs('video').length, 1)
})

test('without any encoder the box says what to install, once', async (t) => {
  const rig = await startRig(t, { elements: ['avenc_aac'] })
  await rig.set({ fps: 20 })
  t.deepEqual(rig.codes, [-1303])
  t.like(rig.causeOf(-1303), { kind: 'no-encoder' })
  t.regex(String(rig.causeOf(-1303)?.install), /x264enc/)
  t.deepEqual(rig.runs('video'), [])
  t.is(rig.runs('audio').length, 1)
})

test('a size that no encoder takes ends the track without a word about installing', async (t) => {
  const rig = await liveRig(t, { encoders: ['x264enc'] })
  await rig.set({ mode: 'FHD' })
  await rig.fail('video', tooLarge)
  t.deepEqual(rig.codes, [-1305])
  t.deepEqual(rig.take('halt'), [{ type: 'halt', track: 'video' }])
  await rig.set({ mode: 'SD' })
  t.is(rig.runs('video').length, 1)
})

test('a camera that was lost meanwhile is asked again after a size that no encoder took', async (t) => {
  const rig = await liveRig(t, { encoders: ['x264enc'], times: { reopenMs: 60_000 } })
  await rig.fail('video')
  await rig.set({ mode: 'FHD' })
  await rig.fail('video', tooLarge)
  await rig.set({ mode: 'SD' })
  t.is(shows(rig.last('video')), 'camera')
})

test('the failure of an encoder that was left is not the next one’s', async (t) => {
  const rig = await startRig(t, pi)
  const { generation } = rig.last('video')
  await rig.fail('video', broken)
  await rig.fail('video', broken, generation)
  t.deepEqual(rig.codes, [1103])
  t.is(encoderOf(rig), 'x264enc')
})

test('a sound encoder that fails is restarted with the same microphone, the second time replaced', async (t) => {
  const rig = await liveRig(t, { elements: [...usualElements, 'voaacenc'] })
  await rig.fail('audio', broken)
  t.deepEqual(rig.codes, [])
  t.like(rig.notices, [{ kind: 'audio-encoder-restarted', cause: { encoder: 'avenc_aac', detail: 'no' } }])
  t.is(shows(rig.last('audio')), 'mic')
  t.regex(rig.last('audio').spec.launch, /avenc_aac/)
  await rig.fail('audio', broken)
  t.like(rig.told, [{ code: -1304, cause: { encoder: 'avenc_aac' } }])
  t.regex(rig.last('audio').spec.launch, /voaacenc/)
  t.is(shows(rig.last('audio')), 'mic')
})

test('when no sound encoder works the track ends, and the picture goes on', async (t) => {
  const rig = await liveRig(t)
  for (let failures = 0; failures < 20 && !rig.sent.some(({ type }) => type === 'halt'); failures += 1)
    await rig.fail('audio', broken)
  t.deepEqual(rig.codes, [-1304, -1304])
  t.like(rig.causeOf(-1304), { kind: 'no-encoder' })
  t.regex(String(rig.causeOf(-1304)?.install), /gstreamer1\.0-libav/)
  t.deepEqual(rig.take('halt'), [{ type: 'halt', track: 'audio' }])
  await rig.set({ fps: 20 })
  t.deepEqual(rig.runs('audio'), [])
  t.is(rig.runs('video').length, 1)
})

test('silence that fails is the encoder’s doing', async (t) => {
  const rig = await startRig(t, { mic: missing('hw:1') })
  await rig.fail('audio', { kind: 'device-failed' })
  await settled()
  t.deepEqual(rig.codes, [-1302])
  t.is(rig.notices.length, 1)
})
