import { join } from 'node:path'
import test from 'ava'
import { encodeAmf0 } from '../../support/rtmp/amf0.js'
import { messageType } from '../../support/rtmp/chunks.js'
import { readFlv, writeFlv } from '../../support/rtmp/flv-file.js'
import { faultsOf, framesOf, longestGap, type MediaMessage, parseMedia } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'

const media = (type: number, timestamp: number, bytes: readonly number[] | Buffer, arrivedMs = timestamp) =>
  parseMedia({ type, timestamp, streamId: 1, chunkStreamId: 4, payload: Buffer.from(bytes) }, arrivedMs)
const metadata = () =>
  media(messageType.dataAmf0, 0, encodeAmf0('@setDataFrame', 'onMetaData', { width: 320 }))
const videoConfig = (at = 0) => media(messageType.video, at, [0x17, 0, 0, 0, 0, 1])
const audioConfig = (at = 0) => media(messageType.audio, at, [0xaf, 0, 0x12, 0x10])
const keyframe = (at: number, arrivedMs = at) =>
  media(messageType.video, at, [0x17, 1, 0, 0, 40, 1], arrivedMs)
const frame = (at: number, arrivedMs = at) =>
  media(messageType.video, at, [0x27, 1, 0xff, 0xff, 0xd8, 1], arrivedMs)
const sound = (at: number) => media(messageType.audio, at, [0xaf, 1, 9])
const opening = () => [metadata(), videoConfig(), audioConfig()]

const faults = (...messages: MediaMessage[]) => faultsOf({ messages })

test('media messages are told apart', (t) => {
  t.like(metadata(), { kind: 'data', name: 'onMetaData', values: [{ width: 320 }] })
  t.like(videoConfig(), { kind: 'video', role: 'config', codec: 7, keyframe: true })
  t.like(keyframe(5), { kind: 'video', role: 'frame', keyframe: true, compositionMs: 40, timestamp: 5 })
  t.like(frame(5), { kind: 'video', role: 'frame', keyframe: false, compositionMs: -40 })
  t.like(audioConfig(), { kind: 'audio', role: 'config', codec: 10 })
  t.like(sound(5), { kind: 'audio', role: 'frame' })
})

test('a proper session has no faults', (t) => {
  t.deepEqual(faults(...opening(), keyframe(0), sound(3), frame(40), sound(26)), [])
})

test('each fault is named', (t) => {
  t.deepEqual(faults(videoConfig(), keyframe(0)), ['the first message is not onMetaData'])
  t.deepEqual(faults(...opening(), keyframe(90), sound(80)), ['timestamps start at 80 ms'])
  t.deepEqual(faults(metadata(), keyframe(0), videoConfig()), [
    'video frames come before their sequence header',
  ])
  t.deepEqual(faults(metadata(), sound(0)), ['audio frames come before their sequence header'])
  t.deepEqual(faults(...opening(), frame(0), keyframe(40)), ['the first video frame is no keyframe'])
  t.deepEqual(faults(...opening(), keyframe(0), frame(80), frame(40)), [
    'video message 3 goes back from 80 to 40 ms',
  ])
})

test('the longest gap is told in both times', (t) => {
  const messages = [...opening(), keyframe(0, 1_000), frame(40, 1_300), frame(180, 1_310)]
  t.deepEqual(longestGap(framesOf({ messages }, 'video')), { timestampMs: 140, arrivalMs: 300 })
})

test('a session survives as an FLV file', async (t) => {
  const file = join(await tempDir(t), 'session.flv')
  const messages = [...opening(), keyframe(0), sound(3), frame(0x1000028)]
  await writeFlv(file, messages)
  const read = await readFlv(file)
  t.deepEqual(
    read.map(({ kind, timestamp }) => [kind, timestamp]),
    messages.map(({ kind, timestamp }) => [kind, timestamp]),
  )
  t.deepEqual(
    read.slice(1).map(({ payload }) => payload),
    messages.slice(1).map(({ payload }) => payload),
  )
})
