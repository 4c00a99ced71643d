import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { BoxState } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { startBox } from '../../support/box.js'
import {
  decodeFrames,
  decodeSound,
  frameSizes,
  loudness,
  loudnessOf,
  probe,
  toneFrequency,
} from '../../support/judge.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { becomes, changedBy, publishes, set, wasOneSession } from './attribute-changes.js'
import {
  arrivedBetween,
  fileOf,
  fpsOf,
  kbpsOf,
  nextOf,
  type Pushing,
  saturationOf,
  startPushing,
} from './pushing.js'

const few = aFewAtOnce(2)

/** Loudness of what arrives in the next so many milliseconds; the sound track goes on meanwhile. */
const soundOf = async (t: ExecutionContext, { session }: Pick<Pushing, 'session'>, ms: number) => {
  const part = await nextOf(session, ms)
  const frames = framesOf({ messages: part }, 'audio').length
  t.true(frames >= (ms / 1_000) * 40, `${frames} audio frames in ${ms} ms`)
  const samples = await decodeSound(await fileOf(t, session, part, 'sound'))
  // the decoder needs the frames before the first
  return loudnessOf(samples.subarray(4_096))
}

test(
  'max-bitrate: what arrives follows within three seconds',
  few(async (t) => {
    const pushing = await startPushing(t)
    const before = kbpsOf(await nextOf(pushing.session, 2_000), 'video')
    t.true(before > 850 && before < 1_150, `${before} kbit/s before`)
    await set(t, pushing, { 'max-bitrate': 300 }, 'live')
    const fallMs = await becomes(
      pushing,
      'at most 360 kbit/s over a second',
      (part) => kbpsOf(part, 'video') < 360,
      { lastingMs: 1_000 },
    )
    await set(t, pushing, { 'max-bitrate': 900 }, 'live')
    const riseMs = await becomes(
      pushing,
      'at least 750 kbit/s over a second',
      (part) => kbpsOf(part, 'video') > 750,
      { lastingMs: 1_000 },
    )
    t.log(`a second at the lower rate had come after ${fallMs} ms, at the higher after ${riseMs} ms`)
    wasOneSession(t, pushing)
  }),
)

test(
  'muted and enable-mic: digital silence, the sound track goes on, and the tone comes back',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box } = pushing
    const tone = async (): Promise<void> => {
      const sound = await soundOf(t, pushing, 400)
      t.true(Math.abs(sound.rmsDb - -17) < 1.5, `${sound.rmsDb} dB`)
    }
    const silence = async (): Promise<void> => {
      const sound = await soundOf(t, pushing, 400)
      t.true(sound.isDigitalSilence, `${sound.peakDb} dB`)
    }
    /** what was on its way when the reply came has arrived */
    const settled = () => nextOf(pushing.session, 200)
    await tone()
    await set(t, pushing, { muted: true }, 'live')
    t.true((await box.reaches('pushing')).muted)
    await settled()
    await silence()
    await set(t, pushing, { muted: false }, 'live')
    await settled()
    await tone()
    await set(t, pushing, { 'enable-mic': false }, 'live')
    await settled()
    await silence()
    await set(t, pushing, { 'enable-mic': true }, 'live')
    await settled()
    await tone()
    wasOneSession(t, pushing)
  }),
)

test(
  'enable-camera: the slate while it is off, the picture when it is on again',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, session } = pushing
    await box.code(1008)
    await set(t, pushing, { 'enable-camera': false }, 'live')
    await becomes(pushing, 'the slate', (part) => kbpsOf(part, 'video') < 60, { lastingMs: 1_000 })
    const off = await nextOf(session, 2_500)
    const slate = await decodeFrames(await fileOf(t, session, off))
    t.like(slate, { isMoving: false, width: 360, height: 640, errors: [] })
    t.true(framesOf({ messages: off }, 'audio').length > 100, 'the sound goes on')
    t.deepEqual(
      box
        .codes()
        .map(({ code }) => code)
        .filter((code) => code < 0),
      [],
      'nothing failed',
    )

    await set(t, pushing, { 'enable-camera': true }, 'live')
    await Promise.all([1003, 1007, 1008].map((code) => box.code(code, { nth: 2 })))
    const on = await nextOf(session, 1_500)
    t.true((await decodeFrames(await fileOf(t, session, on))).isMoving)
    wasOneSession(t, pushing)
  }),
)

test(
  'size and frame rate change at the server, in one session without a gap',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, session } = pushing
    await nextOf(session, 300)
    const sizes = ['360x640']
    for (const [attributes, size, fps] of [
      [{ mode: 'HD' }, '540x960', 15],
      [{ orientation: 'horizontal', mode: 'SD' }, '640x360', 15],
      [{ aspect: '3:4' }, '640x480', 15],
      [{ fps: 24 }, '640x480', 24],
      [{ 'video-width': 320, 'video-height': 240, fps: 10 }, '320x240', 10],
    ] as const) {
      const fromMs = performance.now()
      await set(t, pushing, attributes, 'encoder restart')
      const [width, height] = size.split('x').map(Number)
      const isTold = (state: BoxState | undefined): boolean =>
        state?.width === width && state?.height === height && state?.fps === fps
      await waitFor(() => isTold(box.state()), { what: `the state with ${size} and ${fps} fps` })
      const header = await waitFor(
        () =>
          arrivedBetween(session, fromMs, Infinity).find(
            (message) => message.kind === 'video' && message.role === 'config',
          ),
        { what: `the sequence header of ${size}`, timeoutMs: 3_000 },
      )
      const tookMs = Math.round(header.arrivedMs - fromMs)
      const part = await nextOf(session, 800)
      t.log(`${JSON.stringify(attributes)}: after ${tookMs} ms, ${fpsOf(part).toFixed(1)} fps`)
      t.true(Math.abs(fpsOf(part) - fps) < 0.5, `${fpsOf(part)} fps`)
      if (sizes.at(-1) !== size) sizes.push(size)
    }
    const file = await fileOf(t, session, session.messages)
    const [seen, { isMoving, errors }] = await Promise.all([frameSizes(file), decodeFrames(file)])
    t.deepEqual(seen, sizes)
    t.true(isMoving)
    t.deepEqual(errors, [])
    wasOneSession(t, pushing)
  }),
)

test(
  'refused attributes change nothing, and every problem is named',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, session } = pushing
    t.true((await box.set({ beauty: 3 })).ok)
    await publishes(box, { beauty: 3 })
    const file = () => readFile(join(box.stateDir, 'attributes.json'), 'utf8')
    const [stored, state, attributes] = [await file(), box.state(), box.attributes()]
    const published = box.received.filter(({ topic }) => topic === 'attributes').length

    const refused = async (request: object) => {
      const reply = await box.set(request)
      t.false(reply.ok)
      t.is(reply.result, undefined)
      return reply
    }
    t.like(await refused({ 'max-bitrate': 'fast' }), {
      errCode: -2,
      problems: [{ path: 'max-bitrate', message: 'must be a whole number from 1 to 20000' }],
    })
    t.like(await refused({ 'max-bitrte': 500 }), {
      problems: [{ path: 'max-bitrte', message: 'is not an attribute; did you mean max-bitrate?' }],
    })
    const two = await refused({ muted: true, fps: 31, orientation: 'diagonal' })
    t.deepEqual(two.problems?.map(({ path }) => path).toSorted(), ['fps', 'orientation'])
    t.regex(two.errMsg ?? '', /^operateLivePusher:fail .*and 1 more/)
    t.like(await refused({ 'video-width': 640 }), { problems: [{ path: 'video-height' }] })
    t.like(await refused({ url: 'http://127.0.0.1/live/camera' }), {
      errCode: -1313,
      problems: [{ path: 'url' }],
    })
    t.like(await refused({ url: 'rtmp://127.0.0.1/live/a ! filesink location=/etc/passwd' }), {
      errCode: -1313,
    })
    t.like(await refused({ url: 5, fps: 'many' }), { errCode: -2 })

    await nextOf(session, 500)
    t.is(await file(), stored)
    t.deepEqual(box.attributes(), attributes)
    t.is(box.received.filter(({ topic }) => topic === 'attributes').length, published)
    // a bad address is told as -1313, which is the state's last code
    t.deepEqual({ ...box.state(), code: 0 }, { ...state, code: 0 })
    t.like(await decodeFrames(await fileOf(t, session, session.messages)), { errors: [], width: 360 })
    wasOneSession(t, pushing)
  }),
)

test(
  'url while pushing: the old session ends, a new one begins at the new server',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, ingest, session } = pushing
    const other = await startRtmpIngest(t)
    await box.code(1008)
    const reply = await box.set({ url: other.url('elsewhere') })
    t.deepEqual(changedBy(reply), {
      url: { value: `rtmp://127.0.0.1:${other.port}/live/***`, took: 'new session' },
    })
    const next = await other.session(1, { messages: 100 })
    t.is(next.stream, 'elsewhere')
    t.deepEqual(faultsOf(next), [])
    await waitFor(() => session.ended, { what: 'the end of the old session' })
    t.is(ingest.sessions.length, 1)
    t.like(box.state(), { state: 'pushing', session: 2 })
    await Promise.all([1001, 1002].map((code) => box.code(code, { nth: 2 })))
    t.is(box.codes().filter(({ code }) => code === 1003).length, 1, 'the camera stayed open')
  }),
)

test(
  'audio-quality low: 16 kHz in a new session',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, ingest, session } = pushing
    await set(t, pushing, { 'audio-quality': 'low' }, 'new session')
    const next = await ingest.session(2, { messages: 100 })
    await waitFor(() => session.ended, { what: 'the end of the old session' })
    t.deepEqual(faultsOf(next), [])
    t.like(next.messages[0], { values: [{ audiosamplerate: 16_000 }] })
    const file = await fileOf(t, next, next.messages)
    t.like((await probe(file)).audio, { codec: 'aac', rate: 16_000, channels: 1 })
    const { frequencyHz } = await toneFrequency(file)
    t.true(Math.abs(frequencyHz - 440) < 3, `${frequencyHz} Hz`)
    t.like(box.state(), { state: 'pushing', session: 2 })
  }),
)

test(
  'what was set survives a restart and a SIGKILL; null takes it back',
  few(async (t) => {
    const options = { config: { attributes: { fps: 20, 'max-bitrate': 700 } } }
    const box = await startBox(t, options)
    const reply = await box.set({
      fps: 10,
      maxBitrate: '500',
      orientation: 'horizontal',
      beauty: 5,
      zoom: true,
    })
    t.true(reply.ok)
    t.deepEqual(changedBy(reply), {
      fps: { value: 10, took: 'stored' },
      'max-bitrate': { value: 500, took: 'stored' },
      orientation: { value: 'horizontal', took: 'stored' },
      beauty: { value: 5, took: 'stored' },
      zoom: { value: true, took: 'stored' },
    })
    const changed = { fps: 10, 'max-bitrate': 500, orientation: 'horizontal', beauty: 5, zoom: true }
    await publishes(box, changed)
    await box.stop()

    const second = await startBox(t, { ...options, stateDir: box.stateDir })
    await publishes(second, changed)
    t.true((await second.set({ beauty: 7, fps: null, orientation: null })).ok)
    second.process.kill('SIGKILL')

    const third = await startBox(t, { ...options, stateDir: box.stateDir })
    await publishes(third, { ...changed, beauty: 7, fps: 20, orientation: 'vertical' })
    await third.set({ 'max-bitrate': null, beauty: null, zoom: null })
    await publishes(third, {
      fps: 20,
      'max-bitrate': 700,
      orientation: 'vertical',
      beauty: 0,
      zoom: false,
    })
  }),
)

test(
  'device-position: the other camera, in the same session',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, session } = pushing
    const front = await saturationOf(await fileOf(t, session, await nextOf(session, 1_200)))
    await set(t, pushing, { 'device-position': 'back' }, 'live')
    await waitFor(() => box.state()?.camera === 'back', { what: 'the state with the back camera' })
    await Promise.all([1003, 1007, 1008].map((code) => box.code(code, { nth: 2 })))
    const back = await saturationOf(await fileOf(t, session, await nextOf(session, 1_200)))
    t.true(front.every((saturation) => saturation > 30) && back.every((saturation) => saturation < 20))
    t.true((await loudness(await fileOf(t, session, session.messages, 'sound'))).rmsDb > -20)
    wasOneSession(t, pushing)
  }),
)
