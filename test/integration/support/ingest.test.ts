import { join } from 'node:path'
import test from 'ava'
import { decodeFrames, probe, toneFrequency } from '../../support/judge.js'
import { startFfmpegPublisher } from '../../support/publisher.js'
import { writeFlv } from '../../support/rtmp/flv-file.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf, isFrame, longestGap } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

test('a whole session of a foreign client is recorded', async (t) => {
  const ingest = await startRtmpIngest(t)
  const publisher = startFfmpegPublisher(t, ingest.url('garden?key=1'), { seconds: 2 })
  t.deepEqual(await publisher.ended, { code: 0, stderr: '' })

  t.is(ingest.sessions.length, 1)
  t.deepEqual(ingest.protocolErrors, [])
  const session = ingest.sessions[0]!
  t.like(session, { app: 'live', stream: 'garden?key=1', ended: 'unpublished' })
  t.is(session.tcUrl, `rtmp://127.0.0.1:${ingest.port}/live`)
  // the encoder's delay of one AAC frame makes ffmpeg start at 23 ms
  t.deepEqual(faultsOf(session, { firstTimestampMs: 24 }), [])
  t.like(session.messages[0], { kind: 'data', name: 'onMetaData' })
  t.like(session.messages[0], { values: [{ width: 320, height: 180 }] })
  const [video, audio] = [framesOf(session, 'video'), framesOf(session, 'audio')]
  t.is(video.length, 30)
  t.is(video.filter((frame) => frame.keyframe).length, 2)
  t.true(Math.abs(audio.length - (2 * 44_100) / 1024) <= 3, `${audio.length} AAC frames`)
  t.true(longestGap(video).timestampMs <= 67)
  t.true(video.at(-1)!.arrivedMs - video[0]!.arrivedMs > 1_000, 'ffmpeg sends in real time')
  t.true(session.bytes > session.messages.reduce((sum, message) => sum + message.size, 0))

  const file = join(await tempDir(t), 'session.flv')
  await writeFlv(file, session.messages)
  t.like(await probe(file), { video: { codec: 'h264', width: 320 }, audio: { codec: 'aac', rate: 44_100 } })
  t.like(await decodeFrames(file), { isMoving: true, errors: [] })
  t.true(Math.abs((await toneFrequency(file)).frequencyHz - 1_000) < 3)
})

test('messages over the acknowledgement window and large frames arrive whole', async (t) => {
  const ingest = await startRtmpIngest(t, { keepPayloads: false })
  const options = { seconds: 3, size: '1280x720', fps: 30, videoKbps: 12_000 }
  t.deepEqual(await startFfmpegPublisher(t, ingest.url(), options).ended, { code: 0, stderr: '' })
  const session = ingest.sessions[0]!
  t.true(session.bytes > 2_500_000, `${session.bytes} bytes`)
  t.is(framesOf(session, 'video').length, 90)
  t.true(session.messages.filter(isFrame).every(({ payload, size }) => payload.length === 0 && size > 0))
})

test('a client that is killed leaves a session that is closed', async (t) => {
  const ingest = await startRtmpIngest(t)
  const publisher = startFfmpegPublisher(t, ingest.url())
  const session = await ingest.session(1, { messages: 10 })
  t.is(session.ended, undefined)
  await publisher.stop()
  t.is(await waitFor(() => session.ended, { what: 'the end of the session' }), 'closed')
  t.deepEqual(ingest.connections(), { accepted: 1, open: 0 })
})

test('dropped and restarted, it serves the same port again', async (t) => {
  const ingest = await startRtmpIngest(t)
  const first = startFfmpegPublisher(t, ingest.url())
  await ingest.session(1, { messages: 10 })
  ingest.drop('reset')
  t.not((await first.ended).code, 0)
  await ingest.stop()
  t.not((await startFfmpegPublisher(t, ingest.url()).ended).code, 0)
  await ingest.restart()
  startFfmpegPublisher(t, ingest.url())
  t.is((await ingest.session(2, { messages: 10 })).ended, undefined)
})
