import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { type RunningBox, startBox } from '../../support/box.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { set } from './attribute-changes.js'
import { fileOf, nextOf, saturationOf, startPushing } from './pushing.js'

const few = aFewAtOnce(2)
const ok = 'operateLivePusher:ok'

/** The front test camera is colourful, the back one grey. */
const sideOf = (saturations: readonly number[]): string =>
  saturations.every((each) => each > 25) ? 'front' : saturations.every((each) => each < 25) ? 'back' : 'both'

const sideOfSnapshot = async (t: ExecutionContext, box: RunningBox): Promise<string> => {
  const { result } = await box.request('snapshot')
  const response = await fetch(box.httpUrl + String(result?.path))
  const file = join(await tempDir(t), 'still.jpg')
  await writeFile(file, Buffer.from(await response.arrayBuffer()))
  return sideOf(await saturationOf(file))
}

test(
  'the camera is switched in the preview, while pushing and while paused; the torch goes with the back one',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const box = await startBox(t, { config: { board: 'dummy', attributes: { url: ingest.url() } } })
    t.like(await box.request('toggleTorch'), { ok: false, errCode: -1 }, 'nothing is shown yet')
    t.true((await box.request('startPreview')).ok)
    await box.code(1007)
    t.is(await sideOfSnapshot(t, box), 'front')
    t.like(await box.request('toggleTorch'), { ok: false, errCode: -1 }, 'the front camera has none')
    t.true((await box.request('switchCamera')).ok)
    await Promise.all([1003, 1007, 1008].map((code) => box.code(code, { nth: 2 })))
    t.is(await sideOfSnapshot(t, box), 'back')
    t.like(await box.request('toggleTorch'), { ok: true, result: { errMsg: ok, on: true } })

    t.true((await box.request('start')).ok)
    const session = await ingest.session(1, { messages: 40 })
    t.is(sideOf(await saturationOf(await fileOf(t, session, session.messages))), 'back')
    t.like(await box.request('toggleTorch'), { result: { on: false } })
    t.like(await box.request('toggleTorch'), { result: { on: true } })

    await box.request('pause')
    t.like(await box.request('toggleTorch'), { ok: false, errCode: -1 })
    t.deepEqual((await box.request('switchCamera')).result, { errMsg: ok, camera: 'front' })
    t.is(box.codes().filter(({ code }) => code === 1003).length, 2, 'stored: no camera is opened')
    await box.request('resume')
    await Promise.all([1003, 1007].map((code) => box.code(code, { nth: 3 })))
    await nextOf(session, 300)
    t.is(await sideOfSnapshot(t, box), 'front')
    t.is(sideOf(await saturationOf(await fileOf(t, session, await nextOf(session, 1_300)))), 'front')

    t.true((await box.set({ 'device-position': 'back' })).ok)
    await box.code(1007, { nth: 4 })
    t.like(await box.request('toggleTorch'), { result: { on: true } }, 'the pause had put it out')
    t.deepEqual(faultsOf(session), [])
    t.is(ingest.sessions.length, 1)
  }),
)

test(
  'a box with one camera keeps it, and has no torch unless one is configured',
  few(async (t) => {
    const { box, session } = await startPushing(t, { config: { cameras: { front: 'test', back: 'none' } } })
    t.like(await box.request('switchCamera'), { ok: false, errCode: -7 })
    const reply = await box.set({ 'device-position': 'back', fps: 20 })
    t.like(reply, { ok: false, errCode: -7, problems: [{ path: 'device-position' }] })
    t.like(box.attributes(), { 'device-position': 'front', fps: 15 })
    t.like(await box.request('toggleTorch'), {
      ok: false,
      errMsg: 'operateLivePusher:fail no torch configured',
    })
    t.is(sideOf(await saturationOf(await fileOf(t, session, await nextOf(session, 1_300)))), 'front')
    t.deepEqual(
      box.codes().filter(({ level }) => level !== 'event'),
      [],
    )
  }),
)

test(
  'with hot-switch the other picture is there within two frames, and comes with its codes',
  few(async (t) => {
    const pushing = await startPushing(t, { config: { 'hot-switch': true } })
    const { box, session, ingest } = pushing
    const frameMs = 1_000 / 15
    // The other camera is opened once the first one is shown, and takes a moment to be ready.
    await nextOf(session, 2_000)
    await set(t, pushing, { 'remote-mirror': true }, 'live')
    const switches: { readonly atMs: number; readonly answeredMs: number }[] = []
    for (const camera of ['back', 'front', 'back', 'front']) {
      const atMs = performance.now()
      t.deepEqual((await box.request('switchCamera')).result, { errMsg: ok, camera })
      switches.push({ atMs, answeredMs: performance.now() })
      await nextOf(session, 700)
    }
    for (const code of [1003, 1007, 1008]) {
      const told = box.codes().filter((event) => event.code === code)
      t.true(told.length >= 4, `${code} was told ${told.length} times`)
    }
    const sides = (await saturationOf(await fileOf(t, session, session.messages))).map((each) =>
      sideOf([each]),
    )
    const frames = framesOf(session, 'video')
    const cuts = sides.flatMap((side, at) => (at > 0 && side !== sides[at - 1] ? [at] : []))
    t.deepEqual(
      cuts.map((at) => sides[at]),
      ['back', 'front', 'back', 'front'],
    )
    cuts.forEach((at, nth) => {
      const { atMs, answeredMs } = switches[nth]!
      // Frames of the old picture that arrived after the box had taken the command up.
      const late = frames.slice(0, at).filter(({ arrivedMs }) => arrivedMs > answeredMs).length
      t.log(
        `the other picture came ${Math.round(frames[at]!.arrivedMs - atMs)} ms after the command, after ${late} frames`,
      )
      t.true(late <= 2, `${late} frames of the old picture`)
      t.true(frames[at]!.keyframe)
    })
    t.true(longestGap(frames).timestampMs <= 2 * frameMs + 5)
    t.deepEqual(faultsOf(session), [])
    t.is(ingest.sessions.length, 1)
  }),
)
