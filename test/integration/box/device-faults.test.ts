/** Cameras, microphones and GStreamer elements that are not there or don't work: the code, and what goes on. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Cause, ErrorEvent } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { type BoxOptions, type RunningBox, startBox } from '../../support/box.js'
import { canRunAs } from '../../support/box-process.js'
import { gstreamerWith, type PluginChoice } from '../../support/gst-plugins.js'
import { decodeFrames } from '../../support/judge.js'
import type { RtmpIngest } from '../../support/rtmp/ingest.js'
import { startNginxRtmp } from '../../support/rtmp/nginx.js'
import { faultsOf, framesOf, longestGap, type RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'
import { fileOf, receivedUntil, type Started, started } from './pushing.js'

const few = aFewAtOnce(3)

const codes = (box: RunningBox): number[] => box.codes().map(({ code }) => code)

const causeOf = (box: RunningBox, code: number): Cause | undefined =>
  box.codes().find((event) => event.code === code)?.cause

/** Watches the session for a while, longer than a lost device takes to be tried again twice. */
const watched = async (ingest: RtmpIngest): Promise<RecordedSession> => {
  const session = await ingest.session(1, { messages: 1 })
  await receivedUntil(session, performance.now() + 2_500)
  return session
}

const isWhole = (t: ExecutionContext, session: RecordedSession, fps: number): void => {
  t.deepEqual(faultsOf(session), [])
  const [video, audio] = [framesOf(session, 'video'), framesOf(session, 'audio')]
  t.true(longestGap(video).timestampMs <= 1_000 / fps + 2, `pictures: ${longestGap(video).timestampMs} ms`)
  t.true(audio.length > 80 && longestGap(audio).timestampMs < 50, `sound: ${audio.length} frames`)
}

/** The same with the slate, whose state may not flicker while the camera is tried again and again. */
const slateWatched = async (t: ExecutionContext, { box, ingest }: Started): Promise<void> => {
  await waitFor(() => box.state()?.state === 'pushing' && box.state()?.fps === 5, { what: 'the slate' })
  const { length } = box.messages('state')
  const session = await watched(ingest)
  t.is(box.messages('state').length, length)
  isWhole(t, session, 5)
}

test(
  'a camera that is not there: -1301 once with the device; slate and sound go on; a snapshot is the slate',
  few(async (t) => {
    const { box, ingest } = await started(t, {
      config: { cameras: { front: 'v4l2:/dev/video77', back: 'test' } },
    })
    await box.code(1002)
    await slateWatched(t, { box, ingest })
    t.deepEqual(codes(box).toSorted(), [-1301, 1001, 1002])
    t.deepEqual(causeOf(box, -1301), {
      kind: 'device-missing',
      device: '/dev/video77',
      position: 'front',
    })
    t.is(box.state()?.camera, 'front')
    t.true((await box.request('snapshot')).ok)

    t.true((await box.request('switchCamera')).ok)
    await box.code(1007)
    t.like(box.state(), { camera: 'back', state: 'pushing', session: 1 })
    t.is(codes(box).filter((code) => code === -1301).length, 1)
    t.is(ingest.sessions.length, 1)
  }),
)

test(
  'a character device that is no camera: -1301 with what it says; slate and sound go on',
  few(async (t) => {
    const { box, ingest } = await started(t, {
      config: { cameras: { front: 'v4l2:/dev/null', back: 'test' } },
    })
    const { cause } = await box.code(-1301)
    t.like(cause, { device: '/dev/null', position: 'front' })
    t.regex(String(cause?.detail), /v4l2/i)
    await slateWatched(t, { box, ingest })
    t.deepEqual(codes(box).toSorted(), [-1301, 1001, 1002])
  }),
)

/** A character device that this user, or nobody when this is root, may not read. */
const forbidden = (uid: number): string | undefined => {
  for (const name of readdirSync('/dev')) {
    const node = statSync(join('/dev', name), { throwIfNoEntry: false })
    if (node?.isCharacterDevice() && node.uid !== uid && node.gid !== uid && (node.mode & 0o006) === 0)
      return join('/dev', name)
  }
  return undefined
}
const nobody = 65_534
const own = process.getuid?.() ?? 0
const user = own === 0 ? nobody : own
const closed = own !== 0 || canRunAs(nobody) ? forbidden(user) : undefined
// Skipped where every device node is open to everybody, or the folder of the tests closed to nobody.
const testOfClosed = closed === undefined ? test.skip : test

testOfClosed(
  'a camera that may not be opened: -1301 and 10001, on both topics; slate and sound go on',
  few(async (t) => {
    const { box, ingest } = await started(t, {
      ...(user === own ? {} : { uid: user }),
      config: { cameras: { front: `v4l2:${closed}`, back: 'test' } },
    })
    t.like((await box.code(-1301)).cause, { kind: 'device-denied', device: closed, position: 'front' })
    t.like((await box.code(10001)).cause, { kind: 'device-denied', device: closed })
    await slateWatched(t, { box, ingest })
    t.deepEqual(
      box.messages<ErrorEvent>('event/error').map(({ errCode }) => errCode),
      [10001],
    )
    t.deepEqual(codes(box).toSorted(), [-1301, 10001, 1001, 1002])
  }),
)

test(
  'a microphone that is not there: -1302 once with the device; silence, and the picture goes on',
  few(async (t) => {
    const { box, ingest } = await started(t, { config: { microphone: 'alsa:hw:7,0' } })
    t.like((await box.code(-1302)).cause, { kind: 'device-missing', device: 'hw:7,0' })
    const session = await watched(ingest)
    isWhole(t, session, 15)
    t.deepEqual(codes(box).toSorted(), [-1302, 1001, 1002, 1003, 1007, 1008])
  }),
)

const without = async (t: Teardown, choice: PluginChoice, options: BoxOptions = {}): Promise<Started> =>
  started(t, { ...options, env: await gstreamerWith(t, choice) })

test(
  'no H.264 encoder: -1303 with what to install, state failed; the box answers, and a start asks again',
  few(async (t) => {
    const { box, ingest } = await without(t, { without: ['x264', 'openh264'] })
    const { cause } = await box.code(-1303)
    t.is(cause?.kind, 'no-encoder')
    t.regex(String(cause?.install), /gstreamer1\.0-plugins-ugly.*gstreamer1\.0-plugins-bad/)
    t.like(await box.reaches('failed'), { code: -1303, encoder: '' })
    t.like(await box.request('snapshot'), { ok: false, errCode: -9 })
    t.true((await box.request('start')).ok)
    await box.code(-1303, { nth: 2 })
    await box.reaches('failed')
    t.true((await box.request('stop')).ok)
    await box.reaches('idle')
    t.is(box.state()?.session, 0)
    t.true(ingest.sessions.every(({ messages }) => messages.length === 0))
  }),
)

test(
  'x264enc missing: openh264enc is taken, and the stream is AVC',
  few(async (t) => {
    const { box, ingest } = await without(t, { without: ['x264'] })
    t.like((await box.code(1008)).cause, { encoder: 'openh264enc' })
    const session = await watched(ingest)
    isWhole(t, session, 15)
    t.true(framesOf(session, 'video').every(({ codec }) => codec === 7))
    const picture = await decodeFrames(await fileOf(t, session, session.messages), { frames: 10 })
    t.like(picture, { width: 360, height: 640, errors: [], isMoving: true })
    t.is(box.state()?.encoder, 'openh264enc')
    t.deepEqual(codes(box).toSorted(), [1001, 1002, 1003, 1007, 1008])
  }),
)

test(
  'no AAC encoder: -1304 with what to install; the picture is pushed without sound',
  few(async (t) => {
    const { box, ingest } = await without(t, { without: ['libav', 'voaacenc'] })
    const { cause } = await box.code(-1304)
    t.is(cause?.kind, 'no-encoder')
    t.regex(String(cause?.install), /gstreamer1\.0-libav/)
    const session = await watched(ingest)
    t.deepEqual(faultsOf(session), [])
    t.true(framesOf(session, 'video').length > 30)
    t.is(framesOf(session, 'audio').length, 0)
    t.deepEqual(codes(box).toSorted(), [-1304, 1001, 1002, 1003, 1007, 1008])
  }),
)

test(
  'avenc_aac missing: voaacenc is taken',
  few(async (t) => {
    const { box, ingest } = await without(t, { without: ['libav'] })
    isWhole(t, await watched(ingest), 15)
    t.deepEqual(codes(box).toSorted(), [1001, 1002, 1003, 1007, 1008])
  }),
)

test(
  'rtmp2sink missing: rtmpsink pushes, stops and pushes again',
  few(async (t) => {
    const nginx = await startNginxRtmp(t)
    const env = await gstreamerWith(t, { without: ['rtmp2'] })
    const box = await startBox(t, { env, config: { attributes: { url: nginx.url() } } })
    for (const nth of [1, 2]) {
      t.true((await box.request('start')).ok)
      await box.code(1001, { nth })
      await box.code(1002, { nth })
      t.is((await box.reaches('pushing')).session, nth)
      await waitFor(async () => ((await nginx.stat())[0]?.bytesIn ?? 0) > 200_000, { what: 'the stream' })
      t.true((await box.request('stop')).ok)
      await box.reaches('idle')
    }
    t.is(nginx.publishes.length, 2)
    const files = await nginx.recordings()
    t.is(files.length, 2)
    for (const file of files)
      t.like(await decodeFrames(file, { frames: 10 }), {
        width: 360,
        height: 640,
        errors: [],
        isMoving: true,
      })
    t.true(codes(box).every((code) => code < 1100 && code > 0))
  }),
)

test(
  'neither RTMP sink: the cause says what to install',
  few(async (t) => {
    const { box } = await without(t, { without: ['rtmp2', 'rtmp'] })
    const { cause } = await box.code(3005)
    t.like(cause, { kind: 'element-missing', install: 'gstreamer1.0-plugins-bad' })
    await box.code(1008)
    t.true((await box.request('snapshot')).ok)
  }),
)

test(
  'a configured hardware encoder that is not there: 1103, and software',
  few(async (t) => {
    const { box, ingest } = await started(t, { config: { encoder: 'v4l2h264enc' } })
    t.like((await box.code(1103)).cause, {
      kind: 'encoder-missing',
      encoder: 'v4l2h264enc',
      instead: 'x264enc',
    })
    isWhole(t, await watched(ingest), 15)
    t.is(box.state()?.encoder, 'x264enc')
    t.deepEqual(codes(box).toSorted(), [1001, 1002, 1003, 1007, 1008, 1103])
  }),
)

test(
  'a hardware encoder that does not start: 1103, and software',
  few(async (t) => {
    const { box, ingest } = await without(
      t,
      { openh264As: 'v4l2h264enc' },
      { config: { encoder: 'v4l2h264enc' } },
    )
    t.like((await box.code(1103)).cause, { encoder: 'v4l2h264enc' })
    isWhole(t, await watched(ingest), 15)
    t.is(box.state()?.encoder, 'x264enc')
    t.deepEqual(codes(box).toSorted(), [1001, 1002, 1003, 1007, 1008, 1103])
  }),
)

test(
  'no text elements: the test picture and the slate work without them',
  few(async (t) => {
    const { box, ingest } = await without(t, { without: ['pango'] })
    await Promise.all([box.code(1002), box.code(1008)])
    t.true((await box.set({ 'enable-camera': false })).ok)
    const session = await watched(ingest)
    t.deepEqual(faultsOf(session), [])
    t.is(box.state()?.fps, 5)
    t.deepEqual(codes(box).toSorted(), [1001, 1002, 1003, 1007, 1008])
  }),
)
