import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import {
  avOffset,
  decodeFrames,
  decodeSound,
  frameSizes,
  loudness,
  loudnessOverTime,
  probe,
  toneFrequency,
} from '../../support/judge.js'
import { readFlv, writeFlv } from '../../support/rtmp/flv-file.js'
import { tempDir } from '../../support/temp-dir.js'

const few = aFewAtOnce(3)

const ffmpeg = (args: readonly string[]) =>
  promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', ...args], { timeout: 20_000 })

/** A file with the given lavfi picture and sound. */
const makeFile = async (t: ExecutionContext, video: string, audio: string, seconds = 2): Promise<string> => {
  const file = join(await tempDir(t), 'made.flv')
  const inputs = ['-f', 'lavfi', '-i', video, '-f', 'lavfi', '-i', audio, '-t', String(seconds)]
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '15', '-c:a', 'aac']
  await ffmpeg([...inputs, ...codecs, file])
  return file
}

const movingPicture = 'testsrc=s=320x180:r=15'
const standingPicture = 'smptebars=s=320x180:r=15'
const tone = 'sine=f=440:r=44100'
const silence = 'anullsrc=r=44100:cl=stereo'

test(
  'probe tells codecs, sizes and rates',
  few(async (t) => {
    const { video, audio, durationS } = await probe(await makeFile(t, movingPicture, tone))
    t.like(video, { codec: 'h264', width: 320, height: 180, pixelFormat: 'yuv420p', bFrames: 0 })
    t.is(Math.round(video!.fps), 15)
    t.like(audio, { codec: 'aac', profile: 'LC', rate: 44_100, channels: 1 })
    t.true(Math.abs(durationS! - 2) < 0.2)
  }),
)

test(
  'probe rejects what is not there',
  few(async (t) => {
    await t.throwsAsync(probe('/nowhere.flv'), {
      message: /ffprobe finds nothing at \/nowhere\.flv: .*No such file/s,
    })
  }),
)

test(
  'decoded frames are counted and move in a moving picture',
  few(async (t) => {
    const picture = await decodeFrames(await makeFile(t, movingPicture, tone))
    t.is(picture.frames.length, 30)
    t.like(picture, { width: 320, height: 180, isMoving: true, errors: [] })
    t.true(Math.abs(picture.frames[15]!.time - 1) < 0.1)
  }),
)

test(
  'a standing picture does not move, keyframes or not',
  few(async (t) => {
    t.false((await decodeFrames(await makeFile(t, standingPicture, tone))).isMoving)
  }),
)

test(
  'brightness is told',
  few(async (t) => {
    const luma = async (colour: string): Promise<number> =>
      (await decodeFrames(await makeFile(t, `color=${colour}:s=160x90:r=15`, tone, 1))).meanLuma
    const [black, white] = await Promise.all([luma('black'), luma('white')])
    t.true(Math.abs(black - 16) < 2, `black is ${black}`)
    t.true(Math.abs(white - 235) < 2, `white is ${white}`)
  }),
)

test(
  'no more frames or seconds are judged than asked',
  few(async (t) => {
    const file = await makeFile(t, movingPicture, tone)
    t.is((await decodeFrames(file, { frames: 7 })).frames.length, 7)
    t.is((await decodeFrames(file, { seconds: 1 })).frames.length, 15)
    t.true(Math.abs((await loudness(file, 1)).seconds - 1) < 0.05)
  }),
)

test(
  'damage is counted as errors',
  few(async (t) => {
    const file = await makeFile(t, 'testsrc2=s=320x180:r=15', tone)
    const messages = await readFlv(file)
    // most of each picture but the keyframes; the container stays whole
    for (const { payload } of messages.filter((each) => each.kind === 'video' && !each.keyframe)) {
      payload.fill(0xff, payload.length >> 2)
    }
    await writeFlv(file, messages)
    t.true((await decodeFrames(file)).errors.length > 0)
  }),
)

test(
  'every frame size of a stream is told',
  few(async (t) => {
    const folder = await tempDir(t)
    const small = join(folder, 'small.h264')
    const large = join(folder, 'large.h264')
    const encode = (size: string, file: string) =>
      ffmpeg(['-f', 'lavfi', '-i', `testsrc=s=${size}:r=15`, '-t', '1', '-c:v', 'libx264', '-bf', '0', file])
    await Promise.all([encode('320x180', large), encode('160x90', small)])
    const joined = join(folder, 'joined.h264')
    await promisify(execFile)('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', large, small, joined])
    t.deepEqual(await frameSizes(joined), ['320x180', '160x90'])
  }),
)

test(
  'tone and loudness are told',
  few(async (t) => {
    const file = await makeFile(t, movingPicture, tone)
    const { frequencyHz, purity } = await toneFrequency(file)
    t.true(Math.abs(frequencyHz - 440) < 2, `${frequencyHz} Hz`)
    t.true(purity > 0.9, `purity ${purity}`)
    // lavfi's sine has an amplitude of 1/8: -18 dB, as RMS 3 dB less
    const { rmsDb, isSilent } = await loudness(file)
    t.true(Math.abs(rmsDb + 21) < 1.5, `${rmsDb} dB`)
    t.false(isSilent)
  }),
)

test(
  'noise is no tone',
  few(async (t) => {
    const { purity } = await toneFrequency(await makeFile(t, movingPicture, 'anoisesrc=r=44100:a=0.3'))
    t.true(purity < 0.5, `purity ${purity}`)
  }),
)

test(
  'digital silence and a noise too weak to hear are told apart',
  few(async (t) => {
    const [none, weak] = await Promise.all([
      loudness(await makeFile(t, movingPicture, silence)),
      decodeSilentNoise(t),
    ])
    t.like(none, { isSilent: true, isDigitalSilence: true, rmsDb: -Infinity })
    t.like(weak, { isSilent: true, isDigitalSilence: false })
  }),
)

/** AAC drops what nobody hears, so this one is PCM. */
const decodeSilentNoise = async (t: ExecutionContext) => {
  const file = join(await tempDir(t), 'weak.wav')
  await ffmpeg(['-f', 'lavfi', '-i', 'anoisesrc=r=48000:a=0.00005', '-t', '1', '-c:a', 'pcm_f32le', file])
  return loudness(file)
}

test(
  'loudness over time shows when sound stops',
  few(async (t) => {
    const file = await makeFile(t, movingPicture, `${tone},volume=eval=frame:volume='lt(t,1)'`)
    const levels = loudnessOverTime(await decodeSound(file), 100)
    t.true(levels[5]! > -30)
    t.true(levels[15]! < -80)
  }),
)

test(
  'lip sync is measured to a frame',
  few(async (t) => {
    const flash = `color=black:s=160x90:r=25,drawbox=c=white:t=fill:enable='lt(mod(t,1),0.2)'`
    const beep = (delay: number) =>
      `aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t-${delay}+1,1),0.2)':s=44100,volume=1`
    const [together, late] = await Promise.all([
      avOffset(await makeFile(t, flash, beep(0), 4)),
      avOffset(await makeFile(t, flash, beep(0.16), 4)),
    ])
    t.true(Math.abs(together) <= 40, `together: ${together} ms`)
    t.true(Math.abs(late - 160) <= 40, `late: ${late} ms`)
    const atTheEnd = `color=black:s=160x90:r=25,drawbox=c=white:t=fill:enable='gt(t,0.9)'`
    const ofAFlashBefore = `aevalsrc='0.5*sin(2*PI*1000*t)*between(t,0.06,0.16)':s=44100`
    await t.throwsAsync(avOffset(await makeFile(t, atTheEnd, ofAFlashBefore, 1)), {
      message: /flashes at 0\.9/,
    })
  }),
)
