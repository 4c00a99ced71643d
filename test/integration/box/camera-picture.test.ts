import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { changedBy, set } from './attribute-changes.js'
import { fileOf, nextOf, type Pushing, startPushing } from './pushing.js'
import { rowsOf, slopeOf, speedOf } from './rows.js'

const few = aFewAtOnce(2)
const ok = 'operateLivePusher:ok'

/** A wide picture that gets brighter from left to right, by 200 steps. */
const makeRamp = async (t: ExecutionContext): Promise<string> => {
  const file = join(await tempDir(t), 'ramp.mp4')
  const picture = "color=gray:s=640x360:r=15,format=yuv420p,geq=lum='28+X*200/639':cb=128:cr=128"
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '12', '-t', '2']
  await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', picture, ...codec, file],
    { timeout: 20_000 },
  )
  return file
}

/** What a tall picture shows of the ramp: 202.5 of 640 columns, as gray from 0 to 255. */
const wholeSlope = ((200 * 202.5) / 640) * (255 / 219)

/** How often the ramp is magnified, negative when it is mirrored; the end columns are means of a few. */
const magnification = (row: Uint8Array): number => (wholeSlope / slopeOf(row)) * (1 - 1 / row.length)

/** How the frames of the next moments look, once a change that was made has reached the server. */
const afterwards = async (t: ExecutionContext, { session }: Pushing, width: number) => {
  await nextOf(session, 250)
  const fromMs = performance.now()
  await nextOf(session, 900)
  const frames = framesOf(session, 'video')
  const opening = frames.findLast(({ keyframe, arrivedMs }) => keyframe && arrivedMs < fromMs)
  const part = session.messages.slice(opening ? session.messages.indexOf(opening) : 0)
  const old = framesOf({ messages: part }, 'video').filter(({ arrivedMs }) => arrivedMs < fromMs)
  return (await rowsOf(await fileOf(t, session, part), width)).slice(old.length)
}

const shows = async (t: ExecutionContext, pushing: Pushing, expected: number): Promise<void> => {
  const seen = (await afterwards(t, pushing, 40)).map(magnification)
  t.true(
    seen.length > 8 && seen.every((each) => Math.abs(each / expected - 1) < 0.12),
    `${expected} expected, ${seen.map((each) => each.toFixed(2))} seen`,
  )
}

/** One session without a gap, and no camera or encoder was opened again. */
const undisturbed = (t: ExecutionContext, { box, session, ingest }: Pushing): void => {
  t.is(ingest.sessions.length, 1)
  t.deepEqual(faultsOf(session), [])
  t.true(longestGap(framesOf(session, 'video')).timestampMs <= 2 * 67)
  const configs = session.messages.filter(({ kind }) => kind === 'video')
  t.is(configs.filter((message) => message.kind !== 'data' && message.role === 'config').length, 1)
  t.deepEqual(box.codes().filter(({ code }) => code === 1003).length, 1)
}

test(
  'the pushed picture is mirrored and zoomed while it is pushed, and nothing restarts for it',
  few(async (t) => {
    const clip = await makeRamp(t)
    const pushing = await startPushing(t, { config: { cameras: { front: `clip:${clip}`, back: 'test' } } })
    const { box } = pushing
    await shows(t, pushing, 1)

    await set(t, pushing, { mirror: true }, 'live')
    await shows(t, pushing, -1)
    await set(t, pushing, { zoom: true }, 'live')
    await shows(t, pushing, -2)
    await set(t, pushing, { 'remote-mirror': true }, 'live')
    await set(t, pushing, { 'remote-mirror': false }, 'live')
    await shows(t, pushing, 2)
    t.deepEqual((await box.request('getMaxZoom')).result, { errMsg: ok, maxZoom: '5' })
    t.deepEqual((await box.request('setZoom', { zoom: 3.5 })).result, { errMsg: ok, zoom: 3.5 })
    await shows(t, pushing, 3.5)
    for (const zoom of [0.9, 5.1, 1.55, 'much'])
      t.like(await box.request('setZoom', { zoom }), { ok: false, errCode: -2, problems: [{ path: 'zoom' }] })
    // Set to what it is: the attribute counts again.
    t.true((await box.set({ zoom: true })).ok)
    await shows(t, pushing, 2)
    undisturbed(t, pushing)
  }),
)

test(
  'the test picture is mirrored and zoomed like a camera, and another camera begins with the attribute’s zoom',
  few(async (t) => {
    const pushing = await startPushing(t, { config: { zoom: { factor: 1.5, max: 3 } } })
    const { box } = pushing
    const speed = async (): Promise<number> => speedOf(await afterwards(t, pushing, 360))
    // The bars walk to the left by two columns a frame.
    t.is(await speed(), -2)
    await set(t, pushing, { 'remote-mirror': true, zoom: true }, 'live')
    t.true(Math.abs((await speed()) - 3) < 0.4)
    t.deepEqual((await box.request('getMaxZoom')).result, { errMsg: ok, maxZoom: '3' })
    t.true((await box.request('setZoom', { zoom: 3 })).ok)
    t.true(Math.abs((await speed()) - 6) < 0.7)
    const focus = await box.set({ 'auto-focus': false })
    const note = 'no effect here: a test picture has no lens'
    t.deepEqual(changedBy(focus), { 'auto-focus': { value: false, took: 'live', note } })
    undisturbed(t, pushing)

    t.true((await box.request('switchCamera')).ok)
    t.true((await box.request('switchCamera')).ok)
    await box.code(1007, { nth: 2 })
    const seen = await speed()
    t.true(Math.abs(seen - 3) < 0.4, `${seen} columns a frame`)
  }),
)
