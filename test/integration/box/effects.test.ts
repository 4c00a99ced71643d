/** Beauty, whiteness and filters in the picture that the server received. */
import test from 'ava'
import { face, faceClip, faceRegions } from '../../support/face.js'
import {
  contrast,
  fineDetail,
  meanColour,
  type RgbPicture,
  rgbPictures,
} from '../../support/judge/colours.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { fileOf, nextOf, startPushing } from './pushing.js'

const size = { width: 360, height: 640 }
const { cheek, eye, hair, wall } = faceRegions

test('beauty, whiteness and filters come, change and go within one session, without a gap', async (t) => {
  const clip = await faceClip(t, size.width, size.height, 15)
  const { box, ingest, session } = await startPushing(t, {
    config: { cameras: { front: `clip:${clip}`, back: 'test' }, microphone: 'test' },
    attributes: { 'video-width': size.width, 'video-height': size.height, 'max-bitrate': 2000 },
  })
  /** The last picture of the next while: the encoder has refined it by then. */
  const shown = async (): Promise<RgbPicture> => {
    const part = await nextOf(session, 2_300)
    const pictures = await rgbPictures(await fileOf(t, session, part), size)
    return pictures.at(-1)!
  }
  await box.code(1007)
  const plain = await shown()
  t.true(fineDetail(plain, cheek) > fineDetail(await face(size.width, size.height), cheek) * 0.6)

  const reply = await box.set({ beauty: 9 })
  t.deepEqual(reply.result?.changed, { beauty: { value: 9, took: 'live' } })
  await nextOf(session, 800)
  const soft = await shown()
  const left = (picture: RgbPicture, region: typeof cheek | typeof eye | typeof hair): number =>
    fineDetail(picture, region) / fineDetail(plain, region)
  t.true(left(soft, cheek) < 0.75, `${left(soft, cheek)} of the cheek's detail is left`)
  t.true(contrast(soft, eye) / contrast(plain, eye) > 0.85)

  t.true((await box.set({ beauty: 0, filter: 'nostalgia' })).ok)
  await nextOf(session, 300)
  const [r, , b] = meanColour(await shown(), wall)
  const [plainR, , plainB] = meanColour(plain, wall)
  t.true(r - b > plainR - plainB + 8, `red over blue ${plainR - plainB} → ${r - b}`)

  t.deepEqual((await box.set({ 'skin-smoothness': 1 })).problems, [
    { path: 'skin-smoothness', message: 'must be 0 unless custom-effect is true' },
  ])
  const custom = { filter: 'standard', 'custom-effect': true, 'skin-smoothness': 1 }
  t.true((await box.set(custom)).ok)
  await nextOf(session, 300)
  t.true(left(await shown(), cheek) < 0.75)

  t.true((await box.set({ 'skin-smoothness': 0 })).ok)
  await nextOf(session, 800)
  const again = await shown()
  t.true(Math.abs(left(again, cheek) - 1) < 0.12, `${left(again, cheek)} of the cheek's detail`)

  t.is(ingest.sessions.length, 1)
  t.deepEqual(faultsOf(session), [])
  const video = framesOf(session, 'video')
  t.true(longestGap(video).timestampMs <= 140, `${longestGap(video).timestampMs} ms`)
  t.is(session.messages.filter((m) => m.kind === 'video' && m.role === 'config').length, 1)
  t.deepEqual(
    box.codes().filter(({ level }) => level !== 'event'),
    [],
  )
})
