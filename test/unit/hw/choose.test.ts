import test from 'ava'
import type { CameraSpec } from '../../../firmware/pusher/sources.js'
import { cameraFate, chooseCameras, namedCamera } from '../../../hw/cameras/choose.js'
import type { FoundCamera } from '../../../hw/cameras/discover.js'
import { chooseMicrophone, microphoneFate } from '../../../hw/microphones/choose.js'
import type { FoundMicrophone } from '../../../hw/microphones/discover.js'

const camera = (number: number, of: Partial<FoundCamera> = {}): FoundCamera => ({
  spec: `v4l2:/dev/video${number}`,
  card: `Webcam ${number}`,
  driver: 'uvcvideo',
  busInfo: `usb-${number}`,
  formats: [],
  capture: true,
  usable: true,
  csi: false,
  why: 'captures YUYV up to 640x480 at 30 fps',
  ...of,
})
const unusable = (number: number) => camera(number, { usable: false, why: 'in use by another program' })
const csi = (number: number) =>
  camera(number, { usable: false, csi: true, driver: 'unicam', why: 'raw data' })

const auto: CameraSpec = { kind: 'auto' }
const device = (path: string): CameraSpec => ({ kind: 'v4l2', device: path })
const at = (address: string): CameraSpec => ({ kind: 'named', name: address })

const choose = (
  found: readonly FoundCamera[],
  {
    front = auto,
    back = auto,
    libcamera = false,
  }: { front?: CameraSpec; back?: CameraSpec; libcamera?: boolean } = {},
) => {
  const chosen = chooseCameras({ asked: { front, back }, found, libcamera })
  return { ...chosen, specs: [chosen.front.spec, chosen.back.spec] }
}

test('takes the first two usable cameras', (t) => {
  const { specs } = choose([unusable(0), camera(1), camera(2), camera(3)])
  t.deepEqual(specs, [at('usb-1'), at('usb-2')])
})

test('takes a camera by the name that stays', (t) => {
  const stable = 'v4l2:/dev/v4l/by-id/usb-x-video-index0'
  const { specs } = choose([camera(0, { stable })])
  t.deepEqual(specs[0], device('/dev/v4l/by-id/usb-x-video-index0'))
  // The same link by path may lead to either of two devices; their addresses differ.
  const path = 'v4l2:/dev/v4l/by-path/platform-x-video-index0'
  t.deepEqual(choose([camera(0, { stable: path })]).specs[0], at('usb-0'))
  t.deepEqual(choose([camera(0, { stable: path, busInfo: '' })]).specs[0], device(path.slice(5)))
})

test('knows a camera by its address or its card, whichever node it has', (t) => {
  const twins = [
    camera(4, { busInfo: 'usb-1.10' }),
    camera(5, { busInfo: 'usb-1.10' }),
    camera(6, { busInfo: 'usb-1.9' }),
  ]
  const found = [camera(1), ...twins.map((each) => ({ ...each, card: 'Twin' })), unusable(7)]
  const node = (name: string, sameNameBefore = false) => namedCamera(name, found, sameNameBefore)?.spec
  t.is(node('usb-1.9'), 'v4l2:/dev/video6')
  t.is(node('Webcam 1'), 'v4l2:/dev/video1')
  t.is(node('Twin'), 'v4l2:/dev/video6')
  t.is(node('Twin', true), 'v4l2:/dev/video4')
  t.is(node('Webcam 1', true), undefined)
  t.is(node('Webcam 7'), undefined)
  t.deepEqual(choose(found, { front: at('Twin') }).specs, [at('Twin'), at('usb-1')])
})

test('one camera is the front one, and there is no back camera', (t) => {
  const { specs, back } = choose([camera(0)])
  t.deepEqual(specs, [at('usb-0'), { kind: 'none' }])
  t.is(back.why, 'there is no second camera')
})

test('two nodes of one camera count as one', (t) => {
  const { specs } = choose([camera(0), camera(1, { busInfo: 'usb-0' })])
  t.deepEqual(specs, [at('usb-0'), { kind: 'none' }])
})

test('without a camera both are the test picture', (t) => {
  const { specs, front } = choose([unusable(0)])
  t.deepEqual(specs, [{ kind: 'test' }, { kind: 'test' }])
  t.regex(front.why, /no usable camera/)
})

test('a camera that one position was given by name is not taken by the other', (t) => {
  const stable = 'v4l2:/dev/v4l/by-id/usb-x-video-index0'
  const found = [camera(0, { stable }), camera(1)]
  const named = device('/dev/v4l/by-id/usb-x-video-index0')
  t.deepEqual(choose(found, { front: named }).specs, [named, at('usb-1')])
  t.deepEqual(choose(found, { back: device('/dev/video0') }).specs, [at('usb-1'), device('/dev/video0')])
})

test('what was asked for is not judged, it is found out when it is opened', (t) => {
  const { front, back } = choose([], { front: device('/dev/video9'), back: { kind: 'clip', file: '/a.mp4' } })
  t.deepEqual(front, { spec: device('/dev/video9'), why: 'as configured' })
  t.deepEqual(back.spec, { kind: 'clip', file: '/a.mp4' })
})

test('a clip in front leaves the first camera to the back', (t) => {
  const front: CameraSpec = { kind: 'clip', file: '/a.mp4' }
  t.deepEqual(choose([camera(0)], { front }).specs[1], at('usb-0'))
  t.deepEqual(choose([], { front }).specs[1], { kind: 'test' })
})

test('a CSI camera comes through libcamera where that is installed', (t) => {
  t.deepEqual(choose([csi(0)], { libcamera: true }).specs, [{ kind: 'libcamera' }, { kind: 'none' }])
  t.deepEqual(choose([csi(0), camera(1)], { libcamera: true }).specs, [at('usb-1'), { kind: 'libcamera' }])
  const without = choose([csi(0)])
  t.deepEqual(without.specs[0], { kind: 'test' })
  t.regex(without.front.why, /gstreamer1.0-libcamera/)
})

test('says of every camera what became of it', (t) => {
  const found = [unusable(0), camera(1), camera(2), camera(3)]
  const chosen = choose(found)
  t.deepEqual(
    found.map((each) => cameraFate(each, chosen)),
    [
      'not usable: in use by another program',
      'front camera: captures YUYV up to 640x480 at 30 fps',
      'back camera: captures YUYV up to 640x480 at 30 fps',
      'usable, not chosen: a camera before it was',
    ],
  )
})

const microphone = (of: Partial<FoundMicrophone> = {}): FoundMicrophone => ({
  spec: 'alsa:hw:CARD=Webcam,DEV=0',
  card: 'Webcam',
  title: 'C270 HD WEBCAM',
  driver: 'USB-Audio',
  usable: true,
  why: 'captures USB Audio',
  ...of,
})

test('takes the first usable microphone', (t) => {
  const found = [
    microphone({ spec: 'alsa:hw:CARD=Loopback,DEV=0', usable: false, why: 'a loopback' }),
    microphone(),
  ]
  const chosen = chooseMicrophone({ kind: 'auto' }, found, false)
  t.deepEqual(chosen.spec, { kind: 'alsa', device: 'hw:CARD=Webcam,DEV=0' })
  t.deepEqual(
    found.map((each) => microphoneFate(each, chosen)),
    ['not usable: a loopback', 'chosen: the first usable microphone: C270 HD WEBCAM'],
  )
})

test('without a microphone it is the test tone', (t) => {
  t.deepEqual(chooseMicrophone({ kind: 'auto' }, [], false).spec, { kind: 'test' })
})

test('beside a clip it is the sound of the clip', (t) => {
  const chosen = chooseMicrophone({ kind: 'auto' }, [microphone()], true)
  t.deepEqual(chosen.spec, { kind: 'clip' })
  t.regex(microphoneFate(microphone(), chosen), /not chosen: the front camera is a clip/)
})

test('a microphone that was asked for is taken, a loopback too', (t) => {
  const spec = { kind: 'alsa', device: 'hw:CARD=Loopback,DEV=0' } as const
  const chosen = chooseMicrophone(spec, [], true)
  t.deepEqual(chosen, { spec, why: 'as configured' })
  const loopback = microphone({ spec: 'alsa:hw:CARD=Loopback,DEV=0', usable: false })
  t.is(microphoneFate(loopback, chosen), 'chosen: as configured')
})
