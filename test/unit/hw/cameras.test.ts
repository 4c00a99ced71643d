import test from 'ava'
import { discoverCameras } from '../../../hw/cameras/discover.js'
import { type CaptureFormat, captureFormat, type PixelFormat } from '../../../hw/cameras/formats.js'
import { judge } from '../../../hw/cameras/judge.js'
import { type AskNode, capability, type NodeAnswer, type NodeFacts } from '../../../hw/cameras/v4l2.js'
import { fixtureTree } from './fixture-tree.js'

const {
  videoCapture,
  videoCaptureMplane,
  videoOutput,
  videoOutputMplane,
  streaming,
  metaCapture,
  m2mMplane,
} = capability

const yuyv: PixelFormat = { fourcc: 'YUYV', sizes: [{ width: 640, height: 480, fps: [30, 15] }] }

const facts = (of: Partial<NodeFacts> = {}): NodeFacts => ({
  driver: 'uvcvideo',
  card: 'Webcam',
  busInfo: 'usb-1',
  capabilities: videoCapture | streaming,
  formats: [yuyv],
  ...of,
})

const answering =
  (nodes: Readonly<Record<string, NodeAnswer>>): AskNode =>
  async (path) =>
    nodes[path.split('/').at(-1) ?? ''] ?? { ok: false, kind: 'absent', code: 'ENOENT' }

for (const [title, of, verdict] of [
  ['a webcam', {}, { usable: true, capture: true, why: 'captures YUYV up to 640x480 at 30 fps' }],
  [
    'a camera of several planes',
    { capabilities: videoCaptureMplane | streaming },
    { usable: true, capture: true },
  ],
  [
    "a webcam's metadata node",
    { capabilities: metaCapture | streaming, formats: [] },
    { usable: false, capture: false, why: 'a metadata node, no pictures' },
  ],
  [
    'an output',
    { capabilities: videoOutput | streaming },
    { usable: false, capture: false, why: 'an output node, it takes pictures' },
  ],
  [
    'the codec of a Raspberry Pi',
    { driver: 'bcm2835-codec', capabilities: m2mMplane | streaming },
    { usable: false, capture: false, why: 'a node of the processor bcm2835-codec, not a camera' },
  ],
  [
    'the image processor of a Raspberry Pi, though it says capture',
    { driver: 'bcm2835-isp' },
    { usable: false, capture: false, why: 'a node of the processor bcm2835-isp, not a camera' },
  ],
  [
    'an unknown codec',
    { driver: 'new-codec', capabilities: videoCaptureMplane | videoOutputMplane | streaming },
    { usable: false, capture: false, why: 'a codec or converter (memory to memory), not a camera' },
  ],
  [
    'v4l2loopback, which shows both directions',
    { driver: 'v4l2 loopback', capabilities: videoCapture | videoOutput | streaming },
    { usable: true, capture: true },
  ],
  ['a radio', { capabilities: 0x40000 }, { usable: false, capture: false, why: 'no video capture' }],
  [
    'a touch pad',
    { capabilities: videoCapture | streaming | capability.touch },
    { usable: false, capture: false },
  ],
  [
    'a device that only reads',
    { capabilities: videoCapture },
    { usable: false, capture: true, why: 'the driver can not stream' },
  ],
  [
    'a camera without formats',
    { formats: [] },
    { usable: false, capture: true, why: 'offers no picture format' },
  ],
  [
    'a depth camera',
    { formats: [{ fourcc: 'Z16', sizes: [] }] },
    { usable: false, capture: true, why: 'offers formats only that are not supported: Z16' },
  ],
  ['a CSI receiver', { driver: 'unicam' }, { usable: false, capture: true, csi: true }],
  [
    'a receiver that needs its media controller',
    { driver: 'new', capabilities: videoCapture | streaming | capability.mediaController },
    { usable: false, csi: true },
  ],
  [
    'a raw sensor',
    {
      driver: 'new',
      formats: [
        { fourcc: 'RG10', sizes: [] },
        { fourcc: 'pRAA', sizes: [] },
      ],
    },
    { usable: false, csi: true },
  ],
] as const) {
  test(`judges ${title}`, (t) => {
    t.like(judge(facts(of)), verdict)
  })
}

test('lists the nodes in the order of their numbers, with their stable names', async (t) => {
  const root = await fixtureTree(t, {
    'sys/class/video4linux/video10/name': 'Second\n',
    'sys/class/video4linux/video2/name': 'First\n',
    'sys/class/video4linux/v4l-subdev0/name': 'a sensor\n',
    'sys/class/video4linux/vbi0/name': 'teletext\n',
    'dev/v4l/by-path/platform-x-video-index0': { link: '../../video2' },
    'dev/v4l/by-path/pci-y-video-index0': { link: '../../video10' },
    'dev/v4l/by-id/usb-Maker_Webcam-video-index0': { link: '../../video10' },
  })
  const cameras = await discoverCameras({
    root,
    ask: answering({
      video2: { ok: true, facts: facts({ card: '' }) },
      video10: { ok: true, facts: facts() },
    }),
  })
  t.deepEqual(
    cameras.map(({ spec, stable, card, usable }) => ({ spec, stable, card, usable })),
    [
      {
        spec: 'v4l2:/dev/video2',
        stable: 'v4l2:/dev/v4l/by-path/platform-x-video-index0',
        card: 'First',
        usable: true,
      },
      {
        spec: 'v4l2:/dev/video10',
        stable: 'v4l2:/dev/v4l/by-id/usb-Maker_Webcam-video-index0',
        card: 'Webcam',
        usable: true,
      },
    ],
  )
})

test('takes from udev what a node that can not be opened is', async (t) => {
  const root = await fixtureTree(t, {
    'sys/class/video4linux/video0/name': 'Webcam\n',
    'sys/class/video4linux/video0/dev': '81:0\n',
    'sys/class/video4linux/video1/name': 'Webcam\n',
    'sys/class/video4linux/video1/dev': '81:1\n',
    'sys/class/video4linux/video1/device/driver': { link: '../../../../bus/usb/drivers/uvcvideo' },
    'run/udev/data/c81:0':
      'I:1\nE:ID_V4L_PRODUCT=C270: Camera\nE:ID_V4L_CAPABILITIES=:capture:\nE:ID_USB_DRIVER=uvcvideo\n',
    'run/udev/data/c81:1': 'E:ID_V4L_CAPABILITIES=:\n',
  })
  const denied: NodeAnswer = { ok: false, kind: 'denied', code: 'EACCES' }
  const cameras = await discoverCameras({ root, ask: answering({ video0: denied, video1: denied }) })
  t.like(cameras[0], {
    card: 'C270: Camera',
    driver: 'uvcvideo',
    capture: true,
    usable: false,
    why: 'no permission to open it: the user must be in the group video',
  })
  t.like(cameras[1], { driver: 'uvcvideo', capture: false, usable: false })
})

test('says why a node does not answer', async (t) => {
  const root = await fixtureTree(t, { 'sys/class/video4linux/video0/name': 'Webcam\n' })
  const why = async (answer: NodeAnswer) =>
    (await discoverCameras({ root, ask: answering({ video0: answer }) }))[0]?.why
  t.is(await why({ ok: false, kind: 'busy', code: 'EBUSY' }), 'in use by another program')
  t.regex((await why({ ok: false, kind: 'silent', code: 'ETIMEDOUT' })) ?? '', /does not answer/)
  t.regex((await why({ ok: false, kind: 'absent', code: 'ENODEV' })) ?? '', /missing/)
  t.is(await why({ ok: false, kind: 'other', code: 'ENOTTY' }), 'not a video device')
  t.is(await why({ ok: false, kind: 'other', code: 'EIO' }), 'can not be opened (EIO)')
})

test('asks the real nodes when nothing else is given', async (t) => {
  const root = await fixtureTree(t, { 'sys/class/video4linux/video0/name': 'File\n', 'dev/video0': '' })
  t.like((await discoverCameras({ root }))[0], { card: 'File', usable: false, why: 'not a video device' })
})

test('a machine without video has no cameras', async (t) => {
  t.deepEqual(await discoverCameras({ root: await fixtureTree(t, {}) }), [])
})

const webcam: readonly PixelFormat[] = [
  {
    fourcc: 'YUYV',
    sizes: [
      { width: 640, height: 480, fps: [30, 15] },
      { width: 1280, height: 720, fps: [10, 7.5] },
    ],
  },
  {
    fourcc: 'MJPG',
    sizes: [
      { width: 640, height: 480, fps: [30] },
      { width: 1280, height: 720, fps: [60, 30, 25] },
      { width: 1920, height: 1080, fps: [30] },
    ],
  },
  { fourcc: 'H264', sizes: [{ width: 1280, height: 720, fps: [30] }] },
]

for (const [title, formats, wish, expected] of [
  [
    'uncompressed before JPEG of the same size and rate',
    [...webcam].reverse(),
    [640, 360, 30],
    { encoding: 'raw', width: 640, height: 480, fps: 30 },
  ],
  [
    'whole rates only',
    webcam.slice(0, 1),
    [1280, 720, 5],
    { encoding: 'raw', width: 1280, height: 720, fps: 10 },
  ],
  [
    'uncompressed where it is fast and large enough',
    webcam,
    [640, 360, 15],
    { encoding: 'raw', width: 640, height: 480, fps: 15 },
  ],
  [
    'JPEG where uncompressed is too slow',
    webcam,
    [1280, 720, 15],
    { encoding: 'mjpeg', width: 1280, height: 720, fps: 25 },
  ],
  [
    'the smallest size that an upright picture can be cut out of',
    webcam,
    [360, 640, 30],
    { encoding: 'mjpeg', width: 1280, height: 720, fps: 30 },
  ],
  [
    'the largest size where none covers',
    webcam,
    [3840, 2160, 15],
    { encoding: 'mjpeg', width: 1920, height: 1080, fps: 30 },
  ],
  [
    'the highest rate where none is high enough',
    webcam.slice(0, 1),
    [1280, 720, 60],
    { encoding: 'raw', width: 640, height: 480, fps: 30 },
  ],
  ['nothing where the driver names no sizes', [{ fourcc: 'YUYV', sizes: [] }], [640, 360, 15], undefined],
  ['nothing of formats that are not supported', webcam.slice(2), [640, 360, 15], undefined],
] as const) {
  test(`asks for ${title}`, (t) => {
    const [width, height, fps] = wish
    t.deepEqual(captureFormat(formats, { width, height, fps }), expected as CaptureFormat | undefined)
  })
}
