import test from 'ava'
import { type Attributes, defaultAttributes } from '../../../firmware/pusher/attributes.js'
import { encoderProfile, ladder, pictureSize, type Size, stepFor } from '../../../firmware/pusher/geometry.js'

const modes = ['RTC', 'SD', 'HD', 'FHD', 'HVGA', 'QVGA'] as const

/** Spec 5.2 and 5.4, vertical. */
const sizes: Readonly<Record<Attributes['mode'], readonly [tall: string, wide: string]>> = {
  RTC: ['360x640', '480x640'],
  SD: ['360x640', '480x640'],
  HD: ['540x960', '720x960'],
  FHD: ['720x1280', '960x1280'],
  HVGA: ['320x480', '360x480'],
  QVGA: ['240x320', '240x320'],
}

const written = ({ width, height }: Size) => `${width}x${height}`
const turned = ({ width, height }: Size): Size => ({ width: height, height: width })

for (const mode of modes) {
  for (const [column, aspect] of (['9:16', '3:4'] as const).entries()) {
    test(`${mode} at ${aspect} is ${sizes[mode][column]}, turned when horizontal`, (t) => {
      const input = { ...defaultAttributes, mode, aspect }
      const vertical = pictureSize({ ...input, orientation: 'vertical' })
      t.is(written(vertical), sizes[mode][column] ?? '')
      t.deepEqual(pictureSize({ ...input, orientation: 'horizontal' }), turned(vertical))
    })
  }
}

test('an explicit width and height win over mode, aspect and orientation', (t) => {
  for (const orientation of ['vertical', 'horizontal'] as const) {
    const input = {
      ...defaultAttributes,
      mode: 'FHD',
      orientation,
      'video-width': 640,
      'video-height': 480,
    } as const
    t.deepEqual(pictureSize(input), { width: 640, height: 480 })
  }
})

test('one of width and height alone counts as none', (t) => {
  t.is(written(pictureSize({ ...defaultAttributes, 'video-width': 640 })), '360x640')
  t.is(written(pictureSize({ ...defaultAttributes, 'video-height': 480 })), '360x640')
})

const steps = (size: Size) => ladder(size).map((step) => `${written(step)} from ${step.minKbps}`)

test('the ladder of 9:16', (t) => {
  t.deepEqual(steps({ width: 1080, height: 1920 }), [
    '180x320 from 0',
    '270x480 from 250',
    '360x640 from 500',
    '540x960 from 1001',
    '720x1280 from 1500',
    '1080x1920 from 2500',
  ])
})

test('the ladder of 3:4', (t) => {
  t.deepEqual(steps({ width: 960, height: 1280 }), [
    '180x240 from 0',
    '240x320 from 250',
    '480x640 from 500',
    '720x960 from 1001',
    '960x1280 from 2500',
  ])
})

test('the ladder of a horizontal picture is turned', (t) => {
  t.deepEqual(steps({ width: 640, height: 360 }), ['320x180 from 0', '480x270 from 250', '640x360 from 500'])
  t.deepEqual(steps({ width: 640, height: 480 }), ['240x180 from 0', '320x240 from 250', '640x480 from 500'])
})

test('the step of a target bitrate, at every edge of the table', (t) => {
  const size = { width: 1080, height: 1920 }
  const at = (kbps: number) => written(stepFor(kbps, size))
  const edges = [0, 1, 249, 250, 499, 500, 1000, 1001, 1499, 1500, 2499, 2500, 20_000]
  t.deepEqual(edges.map(at), [
    '180x320',
    '180x320',
    '180x320',
    '270x480',
    '270x480',
    '360x640',
    '360x640',
    '540x960',
    '540x960',
    '720x1280',
    '720x1280',
    '1080x1920',
    '1080x1920',
  ])
})

test('a step is never above the size', (t) => {
  t.is(written(stepFor(20_000, { width: 360, height: 640 })), '360x640')
  t.is(written(stepFor(-5, { width: 360, height: 640 })), '180x320')
  t.is(written(stepFor(Number.NaN, { width: 360, height: 640 })), '180x320')
})

test('a size between two rows takes the place of the lower one', (t) => {
  t.deepEqual(steps({ width: 544, height: 960 }).at(-1), '544x960 from 1001')
  t.deepEqual(steps({ width: 320, height: 480 }), ['194x292 from 0', '320x480 from 250'])
  t.deepEqual(steps({ width: 64, height: 64 }), ['64x64 from 0'])
})

test('every ladder is even, keeps the shape, grows, starts at 0 and ends with its size', (t) => {
  for (let width = 64; width <= 1920; width += 58) {
    for (let height = 64; height <= 1920; height += 58) {
      const all = ladder({ width, height })
      if (written(all.at(-1) ?? { width: 0, height: 0 }) !== `${width}x${height}`)
        t.fail(`top of ${width}x${height}`)
      if (all[0]?.minKbps !== 0) t.fail(`bottom of ${width}x${height}`)
      for (const [index, step] of all.entries()) {
        const below = all[index - 1]
        const shape = step.width / step.height / (width / height)
        const fits = step.width % 2 === 0 && step.height % 2 === 0 && step.width >= 16 && step.height >= 16
        // Rounding to even pixels shifts the shape of a narrow strip by more.
        const slack = 2 / Math.min(step.width, step.height) + 0.02
        const grows =
          below === undefined ||
          (below.minKbps < step.minKbps && below.width * below.height < step.width * step.height)
        if (!fits || !grows || Math.abs(shape - 1) > slack) t.fail(`${written(step)} of ${width}x${height}`)
      }
    }
  }
  t.pass()
})

test('a call encodes for little delay, a broadcast for clarity', (t) => {
  t.deepEqual(encoderProfile('RTC'), { gopSeconds: 1, bFrames: 0, latency: 'low', queueLimitMs: 300 })
  for (const mode of ['SD', 'HD', 'FHD', 'HVGA', 'QVGA'] as const) {
    t.deepEqual(encoderProfile(mode), { gopSeconds: 2, bFrames: 0, latency: 'normal', queueLimitMs: 2000 })
  }
})
