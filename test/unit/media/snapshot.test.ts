import test from 'ava'
import type { GstPipeline, Sample } from '../../../firmware/media/engine/binding.js'
import { SnapshotTaker } from '../../../firmware/media/engine/snapshot.js'
import { jpegSize } from '../../../firmware/media/image-header.js'
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
const newPipeline = () => {
  const properties: Record<string, unknown> = { 'shutter.drop': true }
  let onSample: ((sample: Sample) => void) | undefined
  const pipeline = {
    runs: 1,
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
  const still = new SnapshotTaker().take(asPipeline, 95)
  t.is(properties['shutter.drop'], false)
  t.is(properties['jpeg.quality'], 95)
  const image = jpeg(0xc0, 360, 640)
  picture(image)
  t.deepEqual(await still, { image, width: 360, height: 640 })
  t.is(properties['shutter.drop'], true)
})

test('everybody who asks meanwhile gets the same picture', async (t) => {
  const { pipeline, asPipeline, picture } = newPipeline()
  const taker = new SnapshotTaker()
  const stills = [95, 95, 75].map((quality) => taker.take(asPipeline, quality))
  picture(jpeg(0xc0, 360, 640))
  const [first, ...others] = await Promise.all(stills)
  t.true(others.every((still) => still.image === first?.image))
  t.is(pipeline.pulls, 1)
})

test('asks a pipeline that was started again for its pictures anew', async (t) => {
  const { pipeline, asPipeline, picture } = newPipeline()
  const taker = new SnapshotTaker()
  for (const [runs, pulls] of [
    [1, 1],
    [1, 1],
    [2, 2],
  ] as const) {
    pipeline.runs = runs
    const still = taker.take(asPipeline, 95)
    t.is(pipeline.pulls, pulls)
    picture(jpeg(0xc0, 360, 640))
    await still
  }
})

test('a picture that is none is refused, and the next one is taken', async (t) => {
  const { asPipeline, picture } = newPipeline()
  const taker = new SnapshotTaker()
  const broken = taker.take(asPipeline, 95)
  picture(Buffer.from('not a picture at all'))
  await t.throwsAsync(broken, { message: /no JPEG/ })
  const still = taker.take(asPipeline, 95)
  picture(jpeg(0xc0, 360, 640))
  t.is((await still).width, 360)
})
