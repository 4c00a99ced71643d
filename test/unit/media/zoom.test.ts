import test from 'ava'
import { greatestZoom, sizeOfCaps, zoomSettings } from '../../../firmware/media/graph/zoom.js'

const tall = { width: 360, height: 640 }
const cut = (factor: number, source = tall, shape = tall) =>
  Object.fromEntries(zoomSettings(factor, source, shape).map(({ property, value }) => [property, value]))

test('the middle of the picture is cut out, and all of it at 1', (t) => {
  t.deepEqual(cut(1), { left: 0, right: 0, top: 0, bottom: 0 })
  t.deepEqual(cut(2), { left: 90, right: 90, top: 160, bottom: 160 })
  t.true(zoomSettings(2, tall, tall).every(({ element }) => element === 'zoom'))
})

test('the cut is made in the pixels of the source, from what its shape leaves', (t) => {
  // 720 × 1280 of 1280 × 720 would be 405 columns
  t.deepEqual(cut(2, { width: 1280, height: 720 }), { left: 102, right: 102, top: 180, bottom: 180 })
  t.deepEqual(cut(2, { width: 720, height: 1280 }), { left: 180, right: 180, top: 320, bottom: 320 })
  const wide = { width: 640, height: 360 }
  t.deepEqual(cut(2, { width: 480, height: 640 }, wide), { left: 120, right: 120, top: 68, bottom: 68 })
})

test('pixels that are no squares count as what they show', (t) => {
  // 720 × 576 at 16:15 shows 768 × 576: 4:3
  const source = { width: 720, height: 576, pixelAspect: 16 / 15 }
  const settings = zoomSettings(2, source, { width: 640, height: 480 })
  t.deepEqual(
    settings.map(({ value }) => value),
    [180, 180, 144, 144],
  )
})

test('every tenth leaves a picture with even margins', (t) => {
  for (let tenths = 10; tenths <= 100; tenths += 1) {
    const { left = 0, top = 0 } = cut(tenths / 10) as Record<string, number>
    t.is(left % 2, 0)
    t.is(top % 2, 0)
    t.true(360 - 2 * left >= 36 && 640 - 2 * top >= 64)
  }
})

test('a source with few pixels is zoomed less, in tenths, and never below 1', (t) => {
  t.is(greatestZoom(tall, tall, 5), 5)
  t.is(greatestZoom(tall, tall, 10), 5.6)
  t.is(greatestZoom({ width: 640, height: 360 }, tall, 10), 3.1)
  t.is(greatestZoom({ width: 1920, height: 1080 }, { width: 640, height: 360 }, 5), 5)
  t.is(greatestZoom({ width: 32, height: 32 }, tall, 5), 1)
})

test('the size of raw frames is read off their caps', (t) => {
  t.deepEqual(sizeOfCaps('video/x-raw,format=I420,width=640,height=360,framerate=15/1'), {
    width: 640,
    height: 360,
  })
  t.deepEqual(sizeOfCaps('video/x-raw,width=720,height=576,pixel-aspect-ratio=16/15'), {
    width: 720,
    height: 576,
    pixelAspect: 16 / 15,
  })
  t.is(sizeOfCaps('audio/x-raw,rate=48000,channels=1'), undefined)
})
