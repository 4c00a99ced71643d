import { execFile } from 'node:child_process'
import { readdir, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { decodeFrames, decodeSound, loudnessOf, loudnessOverTime } from '../../support/judge.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'
import { fileOf, kbpsOf, nextOf, receivedUntil, startPushing } from './pushing.js'

const few = aFewAtOnce(2)
const clipSeconds = 2

/** Two seconds of black with a low hum; at 1 s a tenth of a second of white with a loud tone. */
const makeClip = async (t: ExecutionContext, { sound = true } = {}): Promise<string> => {
  const file = join(await tempDir(t), sound ? 'flash.mp4' : 'mute.mp4')
  const during = 'between(t,0.999,1.099)'
  const picture = `color=black:s=360x640:r=30,drawbox=color=white:t=fill:enable='${during}'`
  const hum = `aevalsrc='if(${during},0.5*sin(2*PI*1000*t),0.004*sin(2*PI*440*t))':s=48000`
  const inputs = ['-f', 'lavfi', '-i', picture, ...(sound ? ['-f', 'lavfi', '-i', hum] : [])]
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-v', 'error', ...inputs, '-t', String(clipSeconds), ...codecs, file],
    { timeout: 20_000 },
  )
  return file
}

/** Times at which a level rises above the threshold, s. */
const rises = (levels: readonly { readonly time: number; readonly level: number }[], threshold: number) =>
  levels
    .filter(({ level }, at) => at > 0 && level > threshold && levels[at - 1]!.level <= threshold)
    .map(({ time }) => time)

const windowMs = 5

test(
  'a clip is looped without a jump, and its sound stays with its picture',
  few(async (t) => {
    const clip = await makeClip(t)
    const { box, session, ingest } = await startPushing(t, {
      config: { cameras: { front: `clip:${clip}`, back: 'test' }, microphone: 'clip' },
      attributes: { fps: 30 },
    })
    // four ends of the clip at least
    await receivedUntil(session, session.startedMs + (4 * clipSeconds + 1) * 1_000)
    const file = await fileOf(t, session, session.messages)
    const [{ frames, errors }, samples] = await Promise.all([decodeFrames(file), decodeSound(file)])
    const allFlashes = rises(
      frames.map(({ time, luma }) => ({ time, level: luma })),
      125,
    )
    const louder = rises(
      loudnessOverTime(samples, windowMs).map((level, at) => ({ time: (at * windowMs) / 1_000, level })),
      -40,
    )
    // Where a tone of a tenth of a second stops, AAC rings: that is its end, and no other one.
    const beeps = louder.filter((time, at) => at === 0 || time - louder[at - 1]! > 0.15)
    // without the last moments, in which a flash may have come and its beep not yet
    const endS = frames.at(-1)!.time - 0.3
    const flashes = allFlashes.filter((time) => time < endS)
    t.true(flashes.length >= 4, `${flashes.length} flashes`)
    const offsets = flashes.map((flash) => {
      const nearest = beeps.toSorted((one, other) => Math.abs(one - flash) - Math.abs(other - flash))[0]!
      return Math.round((nearest - flash) * 1_000)
    })
    t.log(`the beep comes after its flash: ${offsets.join(', ')} ms`)
    for (const offset of offsets) t.true(Math.abs(offset) <= 60, `${offsets}`)
    const periods = flashes.slice(1).map((flash, at) => flash - flashes[at]!)
    t.log(`from flash to flash: ${periods.map((period) => period.toFixed(3)).join(', ')} s`)
    for (const period of periods) t.true(Math.abs(period - clipSeconds) < 0.1, `${periods}`)
    for (const beep of beeps.filter((time) => time < endS))
      t.true(
        allFlashes.some((flash) => Math.abs(flash - beep) <= 0.06),
        `a beep at ${beep} s`,
      )

    t.deepEqual(errors, [])
    t.deepEqual(faultsOf(session), [])
    const [video, audio] = [longestGap(framesOf(session, 'video')), longestGap(framesOf(session, 'audio'))]
    t.log(`longest gap of video: ${video.timestampMs} ms, of audio: ${audio.timestampMs} ms`)
    t.true(video.timestampMs <= 200 && audio.timestampMs <= 200)
    t.true(video.arrivalMs < 500 && audio.arrivalMs < 500)
    // the hum between the flashes
    t.false(loudnessOf(samples.subarray(0, 24_000)).isSilent)
    t.is(ingest.sessions.length, 1)
    t.deepEqual(
      box.codes().filter(({ level }) => level !== 'event'),
      [],
    )
  }),
)

test(
  'a clip without sound is silent; switched off, its file is closed',
  few(async (t) => {
    const clip = await makeClip(t, { sound: false })
    const { box, session } = await startPushing(t, {
      config: { cameras: { front: `clip:${clip}`, back: 'test' }, microphone: 'clip' },
    })
    await receivedUntil(session, session.startedMs + (clipSeconds + 1) * 1_000)
    const file = await fileOf(t, session, session.messages)
    t.true(loudnessOf(await decodeSound(file)).isSilent)
    t.true(longestGap(framesOf(session, 'audio')).timestampMs <= 200)
    t.true(longestGap(framesOf(session, 'video')).timestampMs <= 200)
    t.deepEqual(
      box.codes().filter(({ level }) => level !== 'event'),
      [],
    )

    const folder = `/proc/${await box.mediaPid()}/fd`
    const isOpen = async (): Promise<boolean> => {
      const names = await readdir(folder)
      const targets = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')))
      return targets.includes(clip)
    }
    t.true(await isOpen())
    t.true((await box.set({ 'enable-camera': false, 'enable-mic': false })).ok)
    await waitFor(async () => !(await isOpen()), { what: 'the file to be closed' })
    t.true((await box.set({ 'enable-camera': true })).ok)
    await box.code(1007, { nth: 2 })
    t.true(await isOpen())
  }),
)

test(
  'a clip that is none: -1301 with the cause, and the slate is pushed with sound',
  few(async (t) => {
    const file = join(await tempDir(t), 'text.mp4')
    await writeFile(file, 'This is no video.\n'.repeat(200))
    const { box, session } = await startPushing(t, {
      config: { cameras: { front: `clip:${file}`, back: 'test' } },
    })
    const { cause, level } = await box.code(-1301)
    t.is(level, 'error')
    t.like(cause, { kind: 'clip-unreadable', device: file, position: 'front' })
    t.true(typeof cause?.detail === 'string' && cause.detail !== '')
    await box.reaches('pushing')
    const part = await nextOf(session, 3_000)
    const slate = await decodeFrames(await fileOf(t, session, part))
    // the text gets clearer while it stands, at most once at a stroke: with the keyframe after the first
    t.true(slate.frames.slice(1).filter(({ change }) => change >= 2).length <= 1)
    const kbps = kbpsOf(part, 'video')
    t.true(kbps > 0 && kbps < 60, `${kbps} kbit/s`)
    t.true(loudnessOf(await decodeSound(await fileOf(t, session, part, 'sound'))).rmsDb > -20)
    t.is(box.codes().filter(({ code }) => code === -1301).length, 1, 'told once')
    t.deepEqual(faultsOf(session), [])

    t.true((await box.request('switchCamera')).ok)
    await box.code(1007)
    t.true((await decodeFrames(await fileOf(t, session, await nextOf(session, 1_500)))).isMoving)
  }),
)
