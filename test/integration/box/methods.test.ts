import { createHash } from 'node:crypto'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { BoxState, SnapshotInfo } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { type Reply, type RunningBox, startBox } from '../../support/box.js'
import { decodeFrames, decodeSound, frameSizes, loudnessOf, toneFrequency } from '../../support/judge.js'
import { clip, pixels } from '../../support/pictures.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import {
  arrivedBetween,
  fileOf,
  kbpsOf,
  nextOf,
  receivedUntil,
  saturationOf,
  startPushing,
} from './pushing.js'

const few = aFewAtOnce(2)
const ok = 'operateLivePusher:ok'

const refuses = async (
  t: ExecutionContext,
  box: RunningBox,
  method: string,
  reason: RegExp,
): Promise<Reply> => {
  const reply = await box.request(method)
  t.false(reply.ok, method)
  t.regex(reply.errMsg ?? '', /^operateLivePusher:fail /)
  t.regex(reply.errMsg ?? '', reason, method)
  return reply
}

test(
  'start and stop can be repeated, and say that there was nothing to do',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const box = await startBox(t, { config: { attributes: { url: ingest.url() } } })
    t.deepEqual((await box.request('stop')).result, { errMsg: ok, note: 'nothing to do while idle' })
    t.deepEqual((await box.request('start')).result, { errMsg: ok })
    await box.reaches('pushing')
    t.deepEqual((await box.request('start')).result, { errMsg: ok, note: 'nothing to do while pushing' })
    const session = await ingest.session(1, { messages: 20 })
    t.deepEqual((await box.request('stop')).result, { errMsg: ok })
    await box.reaches('idle')
    await waitFor(() => session.ended, { what: 'the end of the session' })
    t.deepEqual((await box.request('stop')).result, { errMsg: ok, note: 'nothing to do while idle' })

    t.true((await box.request('start')).ok)
    await box.reaches('pushing')
    t.deepEqual(faultsOf(await ingest.session(2, { messages: 50 })), [])
    t.deepEqual(
      box
        .messages<BoxState>('state')
        .map(({ state }) => state)
        // `starting` is there only while the media process isn't
        .filter((state, at, all) => state !== 'starting' && state !== all[at - 1]),
      ['idle', 'connecting', 'pushing', 'idle', 'connecting', 'pushing'],
    )
    for (const code of [1001, 1002, 1003, 1007, 1008]) await box.code(code, { nth: 2 })
    t.is(ingest.connections().accepted, 2)
  }),
)

test(
  'start without an address is refused with -1313, and nothing starts',
  few(async (t) => {
    const box = await startBox(t)
    const reply = await box.request('start')
    t.like(reply, { ok: false, errCode: -1313, problems: [{ path: 'url', message: 'is empty' }] })
    t.like(await box.code(-1313), {
      name: 'PUSH_ERR_INVALID_ADDRESS',
      level: 'error',
      cause: { kind: 'url-missing' },
    })
    await waitFor(() => box.state()?.code === -1313, { what: 'the state with the code' })
    t.like(box.state(), { state: 'idle', session: 0 })
    t.is(box.codes().length, 1)
    const healthy = await fetch(`${box.httpUrl}/healthz`)
    t.is(healthy.status, 200)
  }),
)

test(
  'pause: a standing picture and silence in the same session; resume: the camera again',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, session, ingest } = pushing
    await nextOf(session, 500)
    t.deepEqual((await box.request('pause')).result, { errMsg: ok })
    await box.reaches('paused')
    t.deepEqual((await box.request('pause')).result, { errMsg: ok, note: 'nothing to do while paused' })
    await nextOf(session, 800)
    const paused = await nextOf(session, 3_000)
    t.false((await decodeFrames(await fileOf(t, session, paused))).isMoving)
    const sent = kbpsOf(paused, 'video')
    t.true(sent > 0 && sent < 60, `${sent} kbit/s of slate`)
    const silence = loudnessOf(await decodeSound(await fileOf(t, session, paused, 'sound')))
    t.true(silence.isDigitalSilence, `${silence.peakDb} dB`)
    t.true(framesOf({ messages: paused }, 'audio').length > 120, 'the sound track goes on')

    await refuses(t, box, 'start', /paused/)
    const still = await box.request('snapshot')
    t.true(still.ok, 'a snapshot of the slate')

    t.deepEqual((await box.request('resume')).result, { errMsg: ok })
    await box.reaches('pushing')
    await Promise.all([1003, 1007].map((code) => box.code(code, { nth: 2 })))
    await nextOf(session, 300)
    const resumed = await nextOf(session, 1_500)
    t.true((await decodeFrames(await fileOf(t, session, resumed))).isMoving)
    const { frequencyHz } = await toneFrequency(await fileOf(t, session, resumed, 'sound'))
    t.true(Math.abs(frequencyHz - 440) < 3, `${frequencyHz} Hz`)
    t.is(ingest.sessions.length, 1)
    t.deepEqual(faultsOf(session), [])
  }),
)

test(
  'the background: 5000 and the slate, the picture on return, and a clean end of the session when it lasts too long',
  few(async (t) => {
    const { box, session } = await startPushing(t, { config: { 'background-limit-s': 2 } })
    t.true((await box.request('enterBackground')).ok)
    await box.reaches('paused')
    t.deepEqual((await box.request('exitBackground')).result, { errMsg: ok })
    await box.code(1007, { nth: 2 })
    await box.code(1008, { nth: 2 })
    t.true((await decodeFrames(await fileOf(t, session, await nextOf(session, 800)))).isMoving)

    t.deepEqual((await box.request('enterBackground')).result, { errMsg: ok })
    t.like(await box.code(5000), { name: 'PUSH_WARNING_HANDUP_STOP', level: 'warning' })
    await box.reaches('paused')
    await nextOf(session, 500)
    t.false((await decodeFrames(await fileOf(t, session, await nextOf(session, 800)))).isMoving)
    await box.reaches('idle')
    await waitFor(() => session.ended, { what: 'the end of the session' })
    t.is(session.ended, 'unpublished')
    t.like(box.messages('event/notice'), [{ kind: 'pause-expired' }])
    t.deepEqual(faultsOf(session), [])
  }),
)

test(
  'the order of calls is enforced, and a refusal names the state',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const box = await startBox(t, { config: { attributes: { url: ingest.url() } } })
    for (const method of ['pause', 'resume', 'snapshot'])
      t.like(await refuses(t, box, method, /while idle/), { errCode: -1 })
    t.true((await box.request('switchCamera')).ok, 'stored for the next start')
    await waitFor(() => box.state()?.camera === 'back', { what: 'the state with the back camera' })

    await box.request('start')
    const session = await ingest.session(1, { messages: 50 })
    await refuses(t, box, 'resume', /while pushing/)
    t.true((await saturationOf(await fileOf(t, session, session.messages))).every((each) => each < 20))

    await box.request('pause')
    await refuses(t, box, 'start', /while paused/)
    t.true((await box.request('switchCamera')).ok, 'stored until resume')
    t.true((await box.request('stop')).ok)
    await box.reaches('idle')
    t.is((await refuses(t, box, 'resume', /while idle/)).errCode, -1)
    t.like(await refuses(t, box, 'strat', /did you mean start/), { errCode: -3 })
    t.like(await refuses(t, box, 'applySticker', /not supported on this device/), { errCode: -4 })
    t.is((await refuses(t, box, 'playBGM', /url must be/)).errCode, -2)
    const withOptions = await box.request('start', { url: 'rtmp://127.0.0.1/live/other' })
    t.like(withOptions, { ok: false, errCode: -2, problems: [{ path: 'url' }] })
    t.is(box.state()?.state, 'idle')
  }),
)

test(
  'switchCamera: the other picture in the same session, and no gap that anybody sees',
  few(async (t) => {
    const { box, session, ingest } = await startPushing(t)
    await nextOf(session, 800)
    const switchedMs: number[] = []
    for (const camera of ['back', 'front', 'back']) {
      switchedMs.push(performance.now())
      t.deepEqual((await box.request('switchCamera')).result, { errMsg: ok, camera })
      await nextOf(session, 900)
    }
    const pictures = await saturationOf(await fileOf(t, session, session.messages))
    const frames = framesOf(session, 'video')
    const sides = pictures.map((saturation) => (saturation > 25 ? 'front' : 'back'))
    const changes = sides.flatMap((side, at) => (at > 0 && side !== sides[at - 1] ? [at] : []))
    t.deepEqual(
      changes.map((at) => sides[at]),
      ['back', 'front', 'back'],
      'each switch is one clean cut',
    )
    changes.forEach((at, nth) => {
      const tookMs = Math.round(frames[at]!.arrivedMs - switchedMs[nth]!)
      t.log(`the other picture arrived ${tookMs} ms after the command`)
      t.true(tookMs < 1_000)
    })
    const gap = longestGap(frames)
    t.log(`longest gap of video: ${gap.timestampMs} ms, arriving ${Math.round(gap.arrivalMs)} ms`)
    t.true(gap.timestampMs < 200, `${gap.timestampMs} ms`)
    t.true(longestGap(framesOf(session, 'audio')).timestampMs <= 22)
    t.deepEqual(faultsOf(session), [])
    t.is(ingest.sessions.length, 1)
    t.deepEqual(await frameSizes(await fileOf(t, session, session.messages)), ['360x640'])
  }),
)

test(
  'snapshot: the reply, the topics and the file tell of the same picture',
  few(async (t) => {
    const { box, session } = await startPushing(t)
    const before = session.messages.length
    const reply = await box.request('snapshot')
    const { errMsg, id, time, bytes, sha256, path, tempImagePath, width, height } = reply.result ?? {}
    t.is(errMsg, ok)
    t.is(path, `/snapshots/${id}.jpg`)
    t.is(tempImagePath, path)
    // strings, as the component has them
    t.deepEqual([width, height], ['360', '640'])
    t.true(Math.abs(Date.now() - (time as number)) < 10_000)

    const response = await fetch(box.httpUrl + (path as string))
    t.is(response.status, 200)
    t.is(response.headers.get('content-type'), 'image/jpeg')
    const image = Buffer.from(await response.arrayBuffer())
    t.is(createHash('sha256').update(image).digest('hex'), sha256 as string)
    t.is(image.length, bytes as number)

    const ofTopic = (topic: string) => box.received.filter((each) => each.topic === topic)
    await waitFor(() => ofTopic('snapshot/image').length === 1, { what: 'the picture over MQTT' })
    t.true(ofTopic('snapshot/image')[0]!.payload.equals(image))
    t.deepEqual(box.messages<SnapshotInfo>('snapshot'), [
      { id, time, width: 360, height: 640, bytes, sha256, path } as SnapshotInfo,
    ])

    const small = await box.request('snapshot', { quality: 'compressed', sourceType: 'view' })
    t.true(small.ok)
    t.not(small.result?.id, id)
    t.true((small.result?.bytes as number) < (bytes as number) * 0.8, 'compressed is smaller')
    t.like(await box.request('snapshot', { quality: 'best' }), { ok: false, problems: [{ path: 'quality' }] })
    t.is((await fetch(`${box.httpUrl}/snapshots/..%2F..%2Fattributes.json.jpg`)).status, 404)

    await nextOf(session, 500)
    const frames = framesOf({ messages: session.messages.slice(before) }, 'video')
    t.true(longestGap(frames).timestampMs <= 67, 'the stream went on')
  }),
)

test(
  'snapshot: stream is what is pushed, view what the preview shows; without a push and paused as well',
  few(async (t) => {
    const camera = await clip(t, 'color=red:s=180x640[l];color=blue:s=180x640[r];[l][r]hstack')
    const ingest = await startRtmpIngest(t)
    const config = {
      cameras: { front: `clip:${camera}`, back: 'test' },
      attributes: { url: ingest.url() },
    }
    const box = await startBox(t, { config })
    const colours = async (sourceType: 'stream' | 'view'): Promise<string> => {
      const atMs = performance.now()
      const { ok, result } = await box.request('snapshot', { sourceType })
      t.log(`${sourceType}: ${Math.round(performance.now() - atMs)} ms`)
      if (!ok) return 'none'
      const file = join(box.stateDir, String(result?.path))
      const [left, right] = await pixels(
        file,
        [
          [60, 320],
          [300, 320],
        ],
        360,
      )
      return [left, right]
        .map(([red = 0, , blue = 0] = []) => (red > 150 ? 'red' : blue > 150 ? 'blue' : ''))
        .join()
    }
    t.true((await box.request('startPreview')).ok)
    await box.code(1008)
    t.is(await colours('stream'), 'red,blue')
    t.is(await colours('view'), 'blue,red', 'a front camera is shown mirrored')

    t.true((await box.request('start')).ok)
    await box.reaches('pushing')
    await box.set({ 'local-mirror': 'disable' })
    t.is(await colours('view'), 'red,blue')
    await box.set({ 'remote-mirror': true })
    t.is(await colours('stream'), 'blue,red')
    t.is(await colours('view'), 'red,blue')
    await box.set({ 'local-mirror': 'enable' })
    t.is(await colours('view'), 'blue,red', 'mirrored once')

    t.true((await box.request('pause')).ok)
    await box.reaches('paused')
    const slate = async (sourceType: 'stream' | 'view') => (await colours(sourceType)) === ','
    await waitFor(() => slate('stream'), { what: 'a still of the slate' })
    t.true(await slate('view'))
  }),
)

test(
  'twenty commands at once are all answered, in their order, and nothing is lost',
  few(async (t) => {
    const { box, session, ingest } = await startPushing(t)
    const fromMs = performance.now()
    const methods = Array.from(
      { length: 20 },
      (_, index) => ['snapshot', 'switchCamera', 'pause', 'resume', 'start'][index % 5]!,
    )
    const replies = await Promise.all(methods.map((method) => box.request(method)))
    t.deepEqual(
      replies.map(({ method }) => method),
      methods,
    )
    // start while resumed has nothing to do; every other one is possible in its turn
    t.deepEqual(
      replies.filter(({ ok: isDone }) => !isDone),
      [],
    )
    const ids = box.messages<Reply>('reply').map(({ id }) => id)
    t.deepEqual(
      ids.slice(-20),
      replies.map(({ id }) => id),
    )
    t.log(`answered within ${Math.round(performance.now() - fromMs)} ms`)
    await receivedUntil(session, performance.now() + 1_200)
    t.like(box.state(), { state: 'pushing', camera: 'front', session: 1 })
    t.is(ingest.sessions.length, 1)
    t.deepEqual(faultsOf(session), [])
    const after = arrivedBetween(session, fromMs, Infinity)
    const gap = longestGap(framesOf({ messages: after }, 'video'))
    t.log(`longest gap of video: ${gap.timestampMs} ms, arriving ${Math.round(gap.arrivalMs)} ms`)
    t.true(gap.timestampMs < 500, `${gap.timestampMs} ms`)
    const last = await decodeFrames(await fileOf(t, session, await nextOf(session, 1_200)))
    t.like(last, { isMoving: true, errors: [] })
  }),
)
