/** Encoders and microphones that are there and fail: each has its code, its successor, and one session throughout. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { canRunAs } from '../../support/box-process.js'
import { gstreamerWith, type StandIn } from '../../support/gst-plugins.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { receivedUntil, type Started, started } from './pushing.js'

const few = aFewAtOnce(2)

const x264: Omit<StandIn, 'first'> = {
  name: 'x264enc',
  properties: ['tune', 'speed-preset', 'bframes', 'bitrate', 'vbv-buf-capacity', 'key-int-max'],
}
const v4l2: Omit<StandIn, 'first'> = { name: 'v4l2h264enc', properties: ['extra-controls'] }
const works = 'openh264enc gop-size=15 complexity=low ! h264parse'
const fails = (frames: number): string => `identity name=encoder-fault error-after=${frames} ! ${works}`

/** One session with pictures and sound, and no picture missing for longer than that. */
const wentOn = async (t: ExecutionContext, { ingest }: Started, gapMs: number): Promise<void> => {
  const session = await ingest.session(1, { messages: 1 })
  await receivedUntil(session, performance.now() + 1_500)
  t.is(ingest.sessions.length, 1)
  t.deepEqual(faultsOf(session), [])
  const [video, audio] = [framesOf(session, 'video'), framesOf(session, 'audio')]
  t.true(longestGap(video).timestampMs <= gapMs, `pictures: ${longestGap(video).timestampMs} ms`)
  t.true(audio.length > 40 && longestGap(audio).timestampMs < 200, `sound: ${longestGap(audio).timestampMs}`)
}

test(
  'a software encoder that fails once: 1104, started again, the session goes on',
  few(async (t) => {
    const env = await gstreamerWith(t, {
      without: ['x264'],
      standIns: [{ ...x264, first: fails(40), later: works }],
    })
    const one = await started(t, { env })
    t.like((await one.box.code(1104)).cause, { encoder: 'x264enc' })
    await one.box.code(1008, { nth: 2 })
    await wentOn(t, one, 1_500)
    t.is(one.box.state()?.encoder, 'x264enc')
    t.is(one.box.state()?.state, 'pushing')
  }),
)

test(
  'a hardware encoder that fails while pushing: 1103, software takes over, the session goes on',
  few(async (t) => {
    const env = await gstreamerWith(t, { standIns: [{ ...v4l2, first: fails(40) }] })
    const one = await started(t, { env, config: { encoder: 'v4l2h264enc' } })
    t.like((await one.box.code(1103)).cause, { encoder: 'v4l2h264enc' })
    await one.box.code(1008, { nth: 2 })
    await wentOn(t, one, 1_500)
    t.is(one.box.state()?.encoder, 'x264enc')
  }),
)

test(
  'an encoder that fails again at once: 1104, then -1303 and the next one',
  few(async (t) => {
    const env = await gstreamerWith(t, { without: ['x264'], standIns: [{ ...x264, first: fails(10) }] })
    const one = await started(t, { env })
    await one.box.code(1104)
    t.like((await one.box.code(-1303)).cause, { encoder: 'x264enc' })
    await wentOn(t, one, 5_000)
    t.is(one.box.state()?.encoder, 'openh264enc')
  }),
)

test(
  'a size that the encoder refuses: -1305 with the size, another encoder, the session goes on',
  few(async (t) => {
    const small = `video/x-raw,width=[1,480],height=[1,640]`
    const env = await gstreamerWith(t, {
      standIns: [{ ...v4l2, first: `capsfilter caps=${small} ! ${works}` }],
    })
    const one = await started(t, { env, config: { encoder: 'v4l2h264enc' } })
    await one.box.code(1002)
    t.is(one.box.state()?.encoder, 'v4l2h264enc')
    t.true((await one.box.set({ 'video-width': 540, 'video-height': 960 })).ok)
    t.like((await one.box.code(-1305)).cause, { encoder: 'v4l2h264enc', width: 540, height: 960 })
    await one.box.code(1008, { nth: 2 })
    await wentOn(t, one, 1_500)
    t.like(one.box.state(), { encoder: 'x264enc', width: 540, height: 960 })
  }),
)

test(
  'a sample rate that the sound encoder refuses: -1306 with the rate, and another encoder',
  few(async (t) => {
    const only48 = 'capsfilter caps=audio/x-raw,rate=48000 ! voaacenc'
    const env = await gstreamerWith(t, {
      without: ['libav'],
      standIns: [{ name: 'avenc_aac', properties: ['bitrate'], first: only48 }],
    })
    const one = await started(t, { env })
    await one.box.code(1002)
    t.true((await one.box.set({ 'audio-quality': 'low' })).ok)
    t.like((await one.box.code(-1306)).cause, { encoder: 'avenc_aac', sampleRate: 16_000 })
    const session = await one.ingest.session(2, { messages: 1 })
    await receivedUntil(session, performance.now() + 1_500)
    t.deepEqual(faultsOf(session), [])
    t.true(framesOf(session, 'audio').length > 10)
  }),
)

test(
  'a microphone that opens and delivers nothing: -1311, silence, and the picture goes on',
  few(async (t) => {
    const env = await gstreamerWith(t, {
      without: ['alsa'],
      standIns: [
        {
          name: 'alsasrc',
          properties: ['device', 'provide-clock', 'buffer-time', 'latency-time'],
          first: 'audiotestsrc is-live=true ! valve drop=true',
        },
      ],
    })
    const one = await started(t, { env, config: { microphone: 'alsa:odd' } })
    t.like((await one.box.code(-1311)).cause, { kind: 'no-frames', device: 'odd' })
    await wentOn(t, one, 200)
  }),
)

/** ALSA's own configuration with a capture device that reads from a file. */
const captureFrom = async (file: string, folder: string): Promise<Record<string, string>> => {
  const config = join(folder, 'asound.conf')
  await writeFile(
    config,
    `</usr/share/alsa/alsa.conf>
pcm.odd { type file slave.pcm "null" file "/dev/null" infile "${file}" format "raw" }
`,
  )
  return { ALSA_CONFIG_PATH: config }
}

const nobody = 65_534
const testAsOther = process.getuid?.() === 0 && canRunAs(nobody) ? test : test.skip

testAsOther(
  'a microphone that may not be opened: -1302 and 10002, silence, and the picture goes on',
  few(async (t) => {
    const folder = await tempDir(t)
    await chmod(folder, 0o755)
    const closed = join(folder, 'closed')
    await writeFile(closed, '', { mode: 0o600 })
    const env = await captureFrom(closed, folder)
    const one = await started(t, { env, uid: nobody, config: { microphone: 'alsa:odd' } })
    t.like((await one.box.code(-1302)).cause, { kind: 'device-denied', device: 'odd' })
    t.like((await one.box.code(10002)).cause, { kind: 'device-denied' })
    await wentOn(t, one, 200)
  }),
)
