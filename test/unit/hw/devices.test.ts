import { execFile } from 'node:child_process'
import { chmod, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { capability, type NodeAnswer } from '../../../hw/cameras/v4l2.js'
import { Devices, type DevicesAsked } from '../../../hw/devices.js'
import type { Teardown } from '../../support/teardown.js'
import { fixtureTree, type Tree } from './fixture-tree.js'

const stable = '/dev/v4l/by-id/usb-Webcam-video-index0'

const webcam: Tree = {
  'sys/class/video4linux/video0/name': 'Webcam',
  'dev/video0': '',
  [stable.slice(1)]: { link: '../../video0' },
  'proc/asound/cards': ' 1 [Webcam         ]: USB-Audio - C270 HD WEBCAM\n',
  'proc/asound/pcm': '01-00: USB Audio : USB Audio : capture 1\n',
  'dev/snd/pcmC1D0c': '',
}

const answer: NodeAnswer = {
  ok: true,
  facts: {
    driver: 'uvcvideo',
    card: 'Webcam',
    busInfo: 'usb-1',
    capabilities: capability.videoCapture | capability.streaming,
    formats: [
      { fourcc: 'YUYV', sizes: [{ width: 640, height: 480, fps: [30] }] },
      { fourcc: 'MJPG', sizes: [{ width: 1280, height: 720, fps: [30] }] },
    ],
  },
}

const auto = { kind: 'auto' } as const

const startDevices = async (
  t: Teardown,
  tree: Tree,
  asked: Partial<DevicesAsked> = {},
): Promise<{ devices: Devices; root: string; asked: string[] }> => {
  const root = await fixtureTree(t, tree)
  const paths: string[] = []
  const devices = new Devices(
    { name: 'garden', front: auto, back: auto, microphone: auto, libcamera: false, ...asked },
    {
      root,
      ask: async (path) => {
        paths.push(path.slice(root.length))
        return answer
      },
    },
  )
  return { devices, root, asked: paths }
}

const small = { width: 640, height: 360, fps: 15 }
const large = { width: 1280, height: 720, fps: 30 }

test('decides what auto means and says why', async (t) => {
  const { devices } = await startDevices(t, webcam)
  const { cameras, microphone } = await devices.decide()
  t.deepEqual(cameras.front.spec, { kind: 'v4l2', device: stable })
  t.deepEqual(cameras.back.spec, { kind: 'none' })
  t.deepEqual(microphone.spec, { kind: 'alsa', device: 'hw:CARD=Webcam,DEV=0' })
  t.regex(microphone.why, /C270/)
})

test('gives the camera with the format that suits the picture', async (t) => {
  const { devices } = await startDevices(t, webcam)
  t.deepEqual(await devices.camera('front', small), {
    source: {
      kind: 'v4l2',
      device: stable,
      format: { encoding: 'raw', width: 640, height: 480, fps: 30 },
    },
  })
  t.like(await devices.camera('front', large), {
    source: { format: { encoding: 'mjpeg', width: 1280, height: 720, fps: 30 } },
  })
})

test('a camera that the kernel can’t be asked about negotiates by itself', async (t) => {
  const { devices } = await startDevices(
    t,
    { 'dev/odd': '' },
    { front: { kind: 'v4l2', device: '/dev/odd' } },
  )
  t.deepEqual(await devices.camera('front', small), { source: { kind: 'v4l2', device: '/dev/odd' } })
})

test('decides without being told to, once', async (t) => {
  const { devices, root, asked } = await startDevices(t, webcam)
  t.like(await devices.camera('front', small), { source: { device: stable } })
  const looks = asked.length
  t.true(looks > 0)
  await devices.microphone('front')
  t.is(asked.length, looks)
  await symlink('../../video1', join(root, 'dev/v4l/by-id/aaa'))
  t.like(await devices.camera('front', small), { source: { device: stable } })
})

test('a real camera that is gone stays the camera of its position, and is back when it is', async (t) => {
  const { devices, root } = await startDevices(t, webcam)
  await devices.decide()
  await rename(join(root, 'dev/video0'), join(root, 'dev/unplugged'))
  t.deepEqual(await devices.camera('front', small), {
    missing: { kind: 'device-missing', device: stable, position: 'front' },
  })
  // It comes back as another node; its stable name leads there.
  await rename(join(root, 'dev/unplugged'), join(root, 'dev/video3'))
  await rename(join(root, 'sys/class/video4linux/video0'), join(root, 'sys/class/video4linux/video3'))
  await rm(join(root, stable))
  await symlink('../../video3', join(root, stable))
  t.like(await devices.camera('front', small), {
    source: { kind: 'v4l2', device: stable, format: { width: 640 } },
  })
})

test('a camera that is not there at the start is missing, not a test picture', async (t) => {
  const { devices } = await startDevices(t, {}, { front: { kind: 'v4l2', device: '/dev/video9' } })
  t.deepEqual(await devices.camera('front', small), {
    missing: { kind: 'device-missing', device: '/dev/video9', position: 'front' },
  })
})

test('without devices there are a test picture per position and a test tone', async (t) => {
  const { devices } = await startDevices(t, {})
  t.deepEqual(await devices.camera('front', small), {
    source: { kind: 'test', label: 'garden front', look: 'bars' },
  })
  t.deepEqual(await devices.camera('back', small), {
    source: { kind: 'test', label: 'garden back', look: 'wheel' },
  })
  t.deepEqual(await devices.microphone('front'), { source: { kind: 'test' } })
})

test('a position without a camera says so', async (t) => {
  const { devices } = await startDevices(t, {}, { back: { kind: 'none' } })
  t.deepEqual(await devices.camera('back', small), { missing: { kind: 'no-camera', position: 'back' } })
})

test('libcamera’s cameras are opened as they were asked for', async (t) => {
  const front = { kind: 'libcamera', id: '/base/imx708@1a' } as const
  const { devices } = await startDevices(t, {}, { front, back: { kind: 'libcamera' } })
  t.deepEqual(await devices.camera('front', small), { source: front })
  t.deepEqual(await devices.camera('back', small), { source: { kind: 'libcamera' } })
})

test('a clip is looked for each time', async (t) => {
  const file = join(await fixtureTree(t, { 'clip.avi': '' }), 'clip.avi')
  const { devices } = await startDevices(t, {}, { front: { kind: 'clip', file } })
  t.deepEqual(await devices.camera('front', small), { source: { kind: 'clip', file } })
  await rm(file)
  t.deepEqual(await devices.camera('front', small), {
    missing: { kind: 'device-missing', device: file, position: 'front' },
  })
})

test('the sound of a clip is that of its position, or of a clip of its own', async (t) => {
  const clip = (name: string) => ({ kind: 'clip', file: `/clips/${name}.avi` }) as const
  const { devices } = await startDevices(t, {}, { front: clip('a'), back: clip('b') })
  t.deepEqual(await devices.microphone('front'), { source: clip('a') })
  t.deepEqual(await devices.microphone('back'), { source: clip('b') })

  const own = await startDevices(t, {}, { front: clip('a'), microphone: clip('c') })
  t.deepEqual(await own.devices.microphone('front'), { source: clip('c') })

  const none = await startDevices(t, {}, { microphone: { kind: 'clip' } })
  t.deepEqual(await none.devices.microphone('front'), {
    missing: { kind: 'no-clip', position: 'front' },
  })
})

test('no microphone is silence, and a card is opened by its name', async (t) => {
  const silent = await startDevices(t, webcam, { microphone: { kind: 'none' } })
  t.deepEqual(await silent.devices.microphone('front'), { source: { kind: 'silence' } })
  const named = await startDevices(t, {}, { microphone: { kind: 'alsa', device: 'hw:0' } })
  t.deepEqual(await named.devices.microphone('front'), { source: { kind: 'alsa', device: 'hw:0' } })
})

test('a camera or a clip that may not be opened is denied', async (t) => {
  const root = await fixtureTree(t, { 'dev/video0': '', 'clip.avi': '' })
  const file = join(root, 'clip.avi')
  await Promise.all([root, join(root, 'dev')].map((path) => chmod(path, 0o755)))
  await Promise.all([join(root, 'dev/video0'), file].map((path) => chmod(path, 0)))
  const asked: DevicesAsked = {
    name: 'garden',
    front: { kind: 'v4l2', device: '/dev/video0' },
    back: { kind: 'clip', file },
    microphone: { kind: 'none' },
    libcamera: false,
  }
  // Root may open everything, so another user asks.
  const program = `
    import { Devices } from ${JSON.stringify(new URL('../../../hw/devices.js', import.meta.url).href)}
    if (process.getuid() === 0) {
      process.setgroups([])
      process.setgid(65534)
      process.setuid(65534)
    }
    const devices = new Devices(${JSON.stringify(asked)}, { root: ${JSON.stringify(root)} })
    const wish = ${JSON.stringify(small)}
    console.log(JSON.stringify([await devices.camera('front', wish), await devices.camera('back', wish)]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 20_000,
  })
  t.deepEqual(JSON.parse(stdout), [
    { missing: { kind: 'device-denied', device: '/dev/video0', position: 'front' } },
    { missing: { kind: 'device-denied', device: file, position: 'back' } },
  ])
})
