import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ErrorEvent } from '../../../firmware/pusher/events.js'
import { decodeFrames, decodeSound, loudnessOf, toneFrequency } from '../../support/judge.js'
import { picture, pixels } from '../../support/pictures.js'
import { framesOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { startWebServer } from '../../support/web-server.js'
import { wasOneSession } from './attribute-changes.js'
import { fileOf, fpsOf, kbpsOf, nextOf, type Pushing, startPushing } from './pushing.js'

/** Red on the left, and what is hardest to encode on the right. */
const hard = 'color=red:s=300x400[left];color=gray:s=300x400,noise=alls=60[right];[left][right]hstack'

/** Where a picture of 3:2 stands in one of 360x640, and where it does not. */
const places = {
  left: [90, 320],
  top: [90, 206],
  bottom: [90, 434],
  above: [90, 194],
  below: [90, 446],
  far: [180, 20],
} as const

type Colour = readonly number[]
const isRed = ([red = 0, green = 0, blue = 0]: Colour): boolean => red > 180 && green < 60 && blue < 60
const isBlack = (colour: Colour): boolean => colour.every((value) => value < 40)

/** Resolves when the picture at the server is such a one. */
const shows = async (
  t: ExecutionContext,
  { session }: Pushing,
  what: string,
  isSo: (colours: Readonly<Record<keyof typeof places, Colour>>) => boolean,
): Promise<void> => {
  await waitFor(
    async () => {
      const file = await fileOf(t, session, await nextOf(session, 400))
      const colours = await pixels(file, Object.values(places), 360)
      const named = Object.keys(places).map((name, index) => [name, colours[index] ?? []])
      return isSo(Object.fromEntries(named))
    },
    { what, timeoutMs: 5_000 },
  )
}

/** Fitted without distortion: its edges are where they must be, to some six pixels. */
const isImage = ({ left, top, bottom, above, below, far }: Record<keyof typeof places, Colour>): boolean =>
  [left, top, bottom].every(isRed) && [above, below, far].every(isBlack)

const isNeutral = ({ left, far }: Record<keyof typeof places, Colour>): boolean =>
  [left, far].every(([red = 0, green = 0, blue = 0]) => red < 60 && green < 65 && blue > 20 && blue < 75)

test('the waiting image: fitted, 5 frames and under 50 kbit a second, silent; neutral when there is none', async (t) => {
  const image = await picture(t, hard, 'png')
  const server = await startWebServer(t, { '/hard.png': (response) => response.end(image) })
  const md5 = createHash('md5').update(image).digest('hex')
  const pushing = await startPushing(t, {
    attributes: {
      'waiting-image': server.url('/hard.png?key=secret'),
      'waiting-image-md5': md5.toUpperCase(),
    },
  })
  const { box, session } = pushing
  await waitFor(async () => (await readdir(join(box.stateDir, 'waiting-image')).catch(() => [])).length, {
    what: 'the stored image',
  })
  await box.code(1008)

  await box.request('pause')
  await box.reaches('paused')
  await nextOf(session, 800)
  const paused = await nextOf(session, 10_500)
  await shows(t, pushing, 'the image', isImage)
  t.false((await decodeFrames(await fileOf(t, session, paused))).isMoving)
  const [sent, fps] = [kbpsOf(paused, 'video'), fpsOf(paused)]
  t.log(`${sent.toFixed(1)} kbit/s of image, ${fps.toFixed(2)} fps`)
  t.true(sent > 1 && sent < 50, `${sent} kbit/s`)
  t.true(Math.abs(fps - 5) < 0.2, `${fps} fps`)
  const keyframes = framesOf({ messages: paused }, 'video').filter(({ keyframe }) => keyframe)
  t.true(keyframes.length >= 1 && keyframes.length <= 2, 'a keyframe within ten seconds, and not many more')
  t.true(loudnessOf(await decodeSound(await fileOf(t, session, paused, 'sound'))).isDigitalSilence)

  t.true((await box.set({ 'waiting-image': server.url('/none.png?key=secret') })).ok)
  const { cause, level } = await box.code(10004)
  t.is(level, 'error')
  t.like(cause, { kind: 'image-not-found', status: 404, host: new URL(server.url('/')).host })
  t.notRegex(JSON.stringify(cause), /secret|none/)
  t.is(box.messages<ErrorEvent>('event/error')[0]?.errCode, 10004)
  await shows(t, pushing, 'the neutral slate', isNeutral)
  const asked = server.asked.length
  t.true((await box.set({ 'waiting-image': null })).ok)
  await shows(t, pushing, 'the image again', isImage)
  t.is(server.asked.length, asked, 'from the disk')

  await box.request('resume')
  await Promise.all([1003, 1007, 1008].map((code) => box.code(code, { nth: 2 })))
  await nextOf(session, 300)
  t.true((await decodeFrames(await fileOf(t, session, await nextOf(session, 1_200)))).isMoving)

  await box.set({ 'enable-camera': false })
  await shows(t, pushing, 'the image while the camera is off', isImage)
  const sound = await fileOf(t, session, await nextOf(session, 1_000), 'sound')
  t.true(Math.abs((await toneFrequency(sound)).frequencyHz - 440) < 3, 'the sound goes on')
  wasOneSession(t, pushing)
})
