/** What looks do to a real face, on the GPU (software, where there is none) and on the CPU; and to the lane. */
import test from 'ava'
import { elementExists, GstPipeline } from '../../../firmware/media/engine/binding.js'
import { readTag } from '../../../firmware/media/engine/flv.js'
import {
  CpuProcessor,
  GpuProcessor,
  type PictureKind,
  type Processor,
  type ProcessorEvents,
  useGlWithoutScreen,
} from '../../../firmware/media/engine/looks/look-processors.js'
import { LookStage } from '../../../firmware/media/engine/looks/look-stage.js'
import { softwareEncoders } from '../../../firmware/media/graph/encoders.js'
import { videoLane } from '../../../firmware/media/graph/lanes.js'
import {
  filters,
  gpuElements,
  type Look,
  type LookAttributes,
  lookOf,
} from '../../../firmware/media/graph/looks.js'
import { defaultAttributes } from '../../../firmware/pusher/attributes.js'
import type { Cause } from '../../../firmware/pusher/events.js'
import { facePlanes, faceRegions, ofPlanes } from '../../support/face.js'
import { contrast, fineDetail, meanColour, type RgbPicture } from '../../support/judge/colours.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

useGlWithoutScreen(process.env)

/** Small enough for a GPU in software. */
const size = { width: 216, height: 384 }
const kind: PictureKind = { ...size, fps: 15, colorimetry: 'bt601' }
const { cheek, eye, hair, wall, collar } = faceRegions
const off: LookAttributes = defaultAttributes

/** Changes of a look need no more pictures than this to show. */
const mostPictures = 40

/** The face with each of the looks, by one processor that changes from one to the next. */
const withLooks = async (
  make: (look: Look, events: ProcessorEvents) => Processor,
  wishes: readonly Partial<LookAttributes>[],
): Promise<RgbPicture[]> => {
  const planes = await facePlanes(size.width, size.height)
  const looks = wishes.map((wish) => lookOf({ ...off, ...wish })!)
  let arrived: (picture: Uint8Array) => void = () => undefined
  let failed: Cause | undefined
  const processor = make(looks[0]!, {
    done: (picture) => arrived(Uint8Array.from(picture)),
    failed: (cause) => {
      failed = cause
    },
  })
  const picture = (): Promise<Uint8Array> => {
    const back = new Promise<Uint8Array>((resolve) => {
      arrived = resolve
    })
    processor.put({ data: Uint8Array.from(planes).buffer, offset: 0 }, kind)
    return withDeadline(back, { what: `a picture; ${JSON.stringify(failed)}` })
  }
  try {
    const shown = [await picture()]
    for (const look of looks.slice(1)) {
      processor.set(look)
      const before = shown.at(-1)!
      let now = await picture()
      for (let tried = 0; tried < mostPictures && Buffer.compare(now, before) === 0; tried += 1)
        now = await picture()
      shown.push(now)
    }
    return await Promise.all(shown.map((each) => ofPlanes(each, size.width, size.height)))
  } finally {
    processor.stop()
  }
}

const filterNames = Object.keys(filters) as (keyof typeof filters)[]
const places = {
  GPU: (look: Look, events: ProcessorEvents) => new GpuProcessor(look, events),
  CPU: (look: Look, events: ProcessorEvents) => new CpuProcessor(look, events),
}
const gl = gpuElements.every(elementExists)

for (const [name, make] of Object.entries(places))
  (name === 'GPU' && !gl ? test.skip : test.serial)(
    `${name}: skin gets smoother with every level and lighter with whiteness; eyes keep their contrast`,
    async (t) => {
      const plain = await ofPlanes(await facePlanes(size.width, size.height), size.width, size.height)
      const [three, six, nine, nature, white, smoothness, whiteness] = await withLooks(make, [
        { beauty: 3 },
        { beauty: 6 },
        { beauty: 9 },
        { beauty: 9, 'beauty-style': 'nature' },
        { whiteness: 9 },
        { 'custom-effect': true, 'skin-smoothness': 1 },
        { 'custom-effect': true, 'skin-whiteness': 1 },
      ])
      const left = (picture: RgbPicture, region = cheek as typeof cheek | typeof eye): number =>
        fineDetail(picture, region) / fineDetail(plain, region)
      const levels = [three!, six!, nine!].map((picture) => left(picture))
      t.true(
        levels[0]! < 0.95 && levels[1]! < levels[0]! - 0.05 && levels[2]! < levels[1]! - 0.05,
        `${levels}`,
      )
      t.true(left(nine!) < 0.72, `${left(nine!)}`)
      t.true(left(nature!) > left(nine!) + 0.04, `nature ${left(nature!)}`)
      t.is(Math.round(left(smoothness!) * 100), Math.round(left(nine!) * 100))
      for (const picture of [three!, six!, nine!, nature!, white!])
        t.true(contrast(picture, eye) / contrast(plain, eye) > 0.93, `${contrast(picture, eye)}`)
      t.true(left(nine!, eye) > 0.85, `${left(nine!, eye)} of the eye's detail`)
      const [plainSkin, whiteSkin] = [meanColour(plain, cheek), meanColour(white!, cheek)]
      t.true(whiteSkin[1] > plainSkin[1] + 12, `${plainSkin} → ${whiteSkin}`)
      const same = meanColour(whiteness!, cheek)
      t.true(Math.abs(whiteSkin[1] - same[1]) < 1, `skin-whiteness ${same}`)
      const [plainCloth, whiteCloth] = [meanColour(plain, collar), meanColour(white!, collar)]
      t.true(whiteCloth[1] - plainCloth[1] < 8, `black cloth ${plainCloth} → ${whiteCloth}`)
    },
  )

/** What a grade makes of a mean colour: exact where the region has one colour. */
const graded = (
  filter: keyof typeof filters,
  colour: readonly [number, number, number],
): [number, number, number] => {
  const { slope, offset, power, saturation } = filters[filter]
  const [r, g, b] = colour.map(
    (value, index) =>
      Math.min(1, Math.max(0, (value / 255) * slope[index]! + offset[index]!)) ** power[index]!,
  ) as [number, number, number]
  const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
  return [r, g, b].map((value) => 255 * (luma + saturation * (value - luma))) as [number, number, number]
}

for (const [name, make] of Object.entries(places))
  (name === 'GPU' && !gl ? test.skip : test.serial)(
    `${name}: every filter moves colours as its table says, and none looks like another`,
    async (t) => {
      const plain = await ofPlanes(await facePlanes(size.width, size.height), size.width, size.height)
      const pictures = await withLooks(
        make,
        filterNames.map((filter) => ({ filter })),
      )
      const seen: (readonly [number, number, number])[] = [meanColour(plain, wall)]
      for (const [index, filter] of filterNames.entries()) {
        const picture = pictures[index]!
        const [got, wanted] = [meanColour(picture, wall), graded(filter, meanColour(plain, wall))]
        for (const channel of [0, 1, 2] as const)
          t.true(Math.abs(got[channel] - wanted[channel]) < 7, `${filter}: ${got} instead of ${wanted}`)
        for (const other of seen)
          t.true(
            Math.max(...got.map((value, at) => Math.abs(value - other[at]!))) > 6,
            `${filter} ${got} ${other}`,
          )
        seen.push(got)
        t.true(fineDetail(picture, hair) > fineDetail(plain, hair) * 0.6, filter)
      }
    },
  )

const fps = 15
const small = { width: 90, height: 160 }
const lane = videoLane(
  {
    source: { kind: 'test', label: '', look: 'bars' },
    picture: { ...small, fps },
    encoder: softwareEncoders.find(elementExists) ?? 'x264enc',
    encoding: { kbps: 500, gopFrames: 30, preset: 'ultrafast' },
    looks: true,
  },
  { overlays: false, convertScale: elementExists('videoconvertscale'), mirror: false },
)

test.serial(
  'a lane goes through a look and past it without losing a frame or its time, whatever fails',
  async (t) => {
    const told: string[] = []
    let gpu: ProcessorEvents | undefined
    const stage = new LookStage(
      {
        told: (event, place, cause) =>
          told.push(cause ? `${place} ${event} ${cause.kind}` : `${place} ${event}`),
      },
      {
        hasGpu: () => true,
        gpu: (_, events) => {
          gpu = events
          return { set: () => undefined, put: () => undefined, stop: () => undefined }
        },
      },
    )
    const pipeline = new GstPipeline(lane.launch)
    const passage = stage.enter(pipeline, { ...small, fps })
    const times: number[] = []
    let configs = 0
    let error: string | undefined
    pipeline.play((message) => {
      if (message.type === 'error') error = message.message
    })
    t.teardown(() => {
      passage.leave()
      pipeline.stop()
    })
    passage.played()
    pipeline.pull('video', ({ data }) => {
      const tag = readTag(data)
      if (tag?.config) configs += 1
      else if (tag?.runningMs !== undefined) times.push(tag.runningMs)
    })
    const frames = async (count: number): Promise<void> => {
      const from = times.length
      await waitFor(() => times.length >= from + count, { what: `${count} frames; ${error ?? 'no error'}` })
    }
    await frames(5)
    // It is led through only when the trial picture has come back, which it never does from a GPU that fails.
    stage.set({ smooth: 1, detail: 0.1, white: 0 }, 'auto')
    await frames(3)
    gpu?.failed({ kind: 'gpu-failed' })
    await waitFor(() => told.includes('cpu works'), { what: `the CPU to work, not only ${told}` })
    t.deepEqual(told, ['gpu trying', 'gpu failed gpu-failed', 'cpu trying', 'cpu works'])
    t.true(passage.isLed)
    await frames(5)
    stage.set({ smooth: 0, detail: 0, white: 1, grade: filters.cool }, 'auto')
    await frames(5)
    stage.set(undefined, 'auto')
    await waitFor(() => !passage.isLed, { what: 'the lane to be led past' })
    await frames(5)
    stage.set({ smooth: 0, detail: 0, white: 1 }, 'cpu')
    await waitFor(() => passage.isLed, { what: 'the lane to be led through again' })
    await frames(5)
    t.is(error, undefined)
    t.is(configs, 1)
    const steps = times.slice(1).map((time, index) => Math.round(time - times[index]!))
    t.true(
      steps.every((step) => Math.abs(step - 1000 / fps) < 2),
      `${steps}`,
    )
  },
)
