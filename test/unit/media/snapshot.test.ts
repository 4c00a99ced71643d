import test from 'ava'
import type { GstPipeline, Sample } from '../../../firmware/media/engine/binding.js'
import { SnapshotTaker } from '../../../firmware/media/engine/snapshot.js'
import { jpegSize } from '../../../firmware/media/image-header.js'
import { waitFor } from '../../support/wait-for.js'
import { generator } from './samples.js'

const segment = (marker: number, content: readonly number[]): number[] => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 0xff,
  ...content,
]

const frame = (marker: number, width: number, height: number): number[] =>
  segment(marker, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0])

/** The beginning of a JPEG with that kind of frame header after JFIF, an EXIF part and two tables. */
const jpeg = (marker: number, width: number, height: number): Buffer =>
  Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, [...Buffer.from('JFIF\0')]),
    ...segment(
      0xe1,
      Array.from({ length: 700 }, () => 0xff),
    ),
    ...segment(0xdb, [0]),
    ...segment(0xc4, [0]),
    ...frame(marker, width, height),
    ...[0xff, 0xda],
  ])

/** A pipeline as far as a snapshot needs one; `picture` lets one through when the valve is open. */
const newPipeline = (launch = 'taginject name=flip ! jpegenc name=jpeg') => {
  const properties: Record<string, unknown> = { 'shutter.drop': true }
  let onSample: ((sample: Sample) => void) | undefined
  const pipeline = {
    runs: 1,
    launch,
    pulls: 0,
    set: (element: string, property: string, value: unknown) => {
      properties[`${element}.${property}`] = value
    },
    pull: (_name: string, listener: (sample: Sample) => void) => {
      pipeline.pulls += 1
      onSample = listener
    },
  }
  return {
    pipeline,
    asPipeline: pipeline as unknown as GstPipeline,
    properties,
    picture: (data: Buffer) => onSample?.({ data, caps: {} }),
  }
}

const raw = { quality: 95, flipped: false }

test('finds the size of baseline and progressive pictures', (t) => {
  for (const marker of [0xc0, 0xc1, 0xc2])
    t.deepEqual(jpegSize(jpeg(marker, 1280, 720)), { width: 1280, height: 720 })
  t.deepEqual(jpegSize(jpeg(0xc0, 360, 640)), { width: 360, height: 640 })
})

test('what is no JPEG has no size, however long or short it is', (t) => {
  const whole = jpeg(0xc0, 1280, 720)
  const header = whole.length - 15
  for (let length = 0; length < header; length += 1) t.is(jpegSize(whole.subarray(0, length)), undefined)
  t.is(jpegSize(Buffer.alloc(1000)), undefined)
  const random = generator(3)
  for (let index = 0; index < 10_000; index += 1) {
    const bytes = Buffer.from(Array.from({ length: random(64) }, () => (random(3) > 0 ? 0xff : random(256))))
    t.notThrows(() => jpegSize(bytes))
  }
})

test('opens the shutter for one picture and closes it again', async (t) => {
  const { asPipeline, properties, picture } = newPipeline()
  const still = new SnapshotTaker().take(asPipeline, raw)
  t.is(properties['shutter.drop'], false)
  t.is(properties['jpeg.quality'], 95)
  const image = jpeg(0xc0, 360, 640)
  picture(image)
  t.deepEqual(await still, { image, width: 360, height: 640 })
  t.is(properties['shutter.drop'], true)
})

test('who asks for the same meanwhile gets the same picture, who asks for another the next', async (t) => {
  const { pipeline, asPipeline, properties, picture } = newPipeline()
  const taker = new SnapshotTaker()
  const [first, same, small] = [95, 95, 75].map((quality) =>
    taker.take(asPipeline, { quality, flipped: false }),
  )
  picture(jpeg(0xc0, 360, 640))
  t.is((await first)?.image, (await same)?.image)
  const slipped = jpeg(0xc0, 32, 32)
  picture(slipped)
  await waitFor(() => properties['shutter.drop'] === false, { what: 'the shutter to open again' })
  t.is(properties['jpeg.quality'], 75)
  picture(jpeg(0xc0, 16, 16))
  t.is((await small)?.width, 16, 'what slipped through was not asked for')
  t.is(pipeline.pulls, 1)
})

test('a flipped still is flipped for that one only, and refused where nothing flips', async (t) => {
  const { asPipeline, properties, picture } = newPipeline()
  const taker = new SnapshotTaker()
  for (const [flipped, tags] of [
    [true, 'image-orientation=flip-rotate-0'],
    [false, 'image-orientation=rotate-0'],
  ] as const) {
    const still = taker.take(asPipeline, { quality: 95, flipped })
    await waitFor(() => properties['shutter.drop'] === false, { what: 'the shutter to open' })
    t.is(properties['flip.tags'], tags)
    picture(jpeg(0xc0, 360, 640))
    await still
  }
  const plain = newPipeline('jpegenc name=jpeg')
  await t.throwsAsync(taker.take(plain.asPipeline, { quality: 95, flipped: true }), { message: /videoflip/ })
})

test('without a picture the request fails at its deadline, the shutter closes, and the next one works', async (t) => {
  const { asPipeline, properties, picture } = newPipeline()
  const taker = new SnapshotTaker(20)
  await t.throwsAsync(taker.take(asPipeline, raw), { message: 'no picture within 20 ms' })
  t.is(properties['shutter.drop'], true)
  picture(jpeg(0xc0, 16, 16))
  const still = taker.take(asPipeline, raw)
  picture(jpeg(0xc0, 360, 640))
  t.is((await still).width, 360)
})

test('whoever waits when another pipeline takes over gets its picture', async (t) => {
  const [old, next] = [newPipeline(), newPipeline()]
  const taker = new SnapshotTaker()
  const still = taker.take(old.asPipeline, raw)
  taker.follow(next.asPipeline)
  old.picture(jpeg(0xc0, 16, 16))
  next.picture(jpeg(0xc0, 360, 640))
  t.is((await still).width, 360)
})

test('asks a pipeline that was started again for its pictures anew', async (t) => {
  const { pipeline, asPipeline, properties, picture } = newPipeline()
  const taker = new SnapshotTaker()
  for (const [runs, pulls] of [
    [1, 1],
    [1, 1],
    [2, 2],
  ] as const) {
    pipeline.runs = runs
    const still = taker.take(asPipeline, raw)
    await waitFor(() => properties['shutter.drop'] === false, { what: 'the shutter to open' })
    t.is(pipeline.pulls, pulls)
    picture(jpeg(0xc0, 360, 640))
    await still
  }
})

test('a picture that is none is refused, and the next one is taken', async (t) => {
  const { asPipeline, properties, picture } = newPipeline()
  const taker = new SnapshotTaker()
  const broken = taker.take(asPipeline, raw)
  picture(Buffer.from('not a picture at all'))
  await t.throwsAsync(broken, { message: /no JPEG/ })
  const still = taker.take(asPipeline, raw)
  await waitFor(() => properties['shutter.drop'] === false, { what: 'the shutter to open' })
  picture(jpeg(0xc0, 360, 640))
  t.is((await still).width, 360)
})
