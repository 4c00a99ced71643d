import test from 'ava'
import {
  audioEncoderLaunch,
  audioEncoders,
  isEncoderFailure,
  softwareEncoders,
  type VideoEncoder,
  videoEncoders,
} from '../../../firmware/media/graph/encoders.js'
import {
  type AudioPlan,
  audioLane,
  muteSetting,
  type Presence,
  videoLane,
  volumeSetting,
} from '../../../firmware/media/graph/lanes.js'
import {
  type AudioSource,
  audioSource,
  overlayText,
  type VideoSource,
  videoSource,
} from '../../../firmware/media/graph/sources.js'
import type { LaneSpec } from '../../../firmware/media/protocol.js'

/** What somebody could write into a label, a device name or a file name to get an element of their own. */
const foreign = [
  ' ! filesink location=/etc/passwd',
  '" ! filesink location="/etc/passwd',
  "' ! fakesink '",
  '/dev/video0 ! fakesink',
  'name=camera videotestsrc',
  '$(reboot)\n!\u0000',
]
const picture = { width: 360, height: 640, fps: 15 }
const encoding = { kbps: 1000, gopFrames: 30, preset: 'ultrafast' }
const encoders = Object.keys(videoEncoders) as VideoEncoder[]
const presences: readonly Presence[] = [true, false].flatMap((overlays) =>
  [true, false].flatMap((convertScale) =>
    [true, false].map((mirror) => ({ overlays, convertScale, mirror })),
  ),
)

const videoSources = (text: string): VideoSource[] => [
  { kind: 'test', label: text, look: 'bars' },
  { kind: 'test', label: text, look: 'wheel' },
  { kind: 'slate', text },
  { kind: 'image', file: text },
  { kind: 'v4l2', device: text },
  { kind: 'v4l2', device: text, format: { encoding: 'raw', width: 640, height: 480, fps: 30 } },
  { kind: 'v4l2', device: text, format: { encoding: 'mjpeg', width: 1280, height: 720, fps: 30 } },
  { kind: 'libcamera' },
  { kind: 'libcamera', id: text },
  { kind: 'clip', file: text },
]

const audioSources = (text: string): AudioSource[] => [
  { kind: 'test' },
  { kind: 'silence' },
  { kind: 'alsa', device: text },
  { kind: 'clip', file: text },
]

const videoLanes = (text: string): LaneSpec[] =>
  videoSources(text).flatMap((source) =>
    encoders.flatMap((encoder) =>
      presences.map((presence) => videoLane({ source, picture, encoder, encoding }, presence)),
    ),
  )

const audioLanes = (text: string): LaneSpec[] =>
  audioSources(text).flatMap((source) =>
    audioEncoders.map((encoder) =>
      audioLane({ source, encoder, sampleRate: 48_000, kbps: 64, muted: false }),
    ),
  )

const plain = [...videoLanes('plain'), ...audioLanes('plain')]

test('no text from outside is ever in the launch text', (t) => {
  for (const text of foreign) {
    const lanes = [...videoLanes(text), ...audioLanes(text)]
    for (const [index, lane] of lanes.entries()) {
      t.true(lane.launch === plain[index]?.launch, text)
      t.false(lane.launch.includes(text))
    }
  }
})

test('text from outside arrives as a property, a device and a file as they are', (t) => {
  const value = (source: VideoSource, property: string): unknown =>
    videoSource(source, picture, true).settings.find((setting) => setting.property === property)?.value
  for (const text of foreign) {
    t.is(value({ kind: 'v4l2', device: text }, 'device'), text)
    t.is(value({ kind: 'libcamera', id: text }, 'camera-name'), text)
    t.is(audioSource({ kind: 'alsa', device: text }).settings[0]?.value, text)
    t.is(value({ kind: 'test', label: text, look: 'bars' }, 'text'), overlayText(text))
    t.is(value({ kind: 'slate', text }, 'text'), overlayText(text))
    t.is(videoSource({ kind: 'clip', file: text }, picture, true).clip?.file, text)
    t.is(audioSource({ kind: 'clip', file: text }).clip?.file, text)
  }
})

test('what people write in a picture stays text, on one line and short', (t) => {
  t.is(overlayText('<b>Fish & Chips</b>'), '&lt;b&gt;Fish &amp; Chips&lt;/b&gt;')
  t.is(overlayText('&lt;'), '&amp;lt;')
  t.is(overlayText('a\nb\u0000c\u007fd\te'), 'a b c d e')
  t.is(overlayText('前面 📷'), '前面 📷')
  t.is(overlayText('x'.repeat(5000)).length, 200)
  t.is(overlayText('<'.repeat(5000)), '&lt;'.repeat(200))
})

test('without text elements the pictures come without text, and nothing is set on what is not there', (t) => {
  for (const source of videoSources('label').slice(0, 3)) {
    const { launch, settings } = videoSource(source, picture, false)
    t.notRegex(launch, /overlay/)
    t.deepEqual(settings, [])
    t.regex(videoSource(source, picture, true).launch, /textoverlay name=label/)
  }
})

test('every setting names an element that the launch text has, every lane its source and its sink', (t) => {
  for (const lane of plain) {
    for (const { element } of lane.settings) t.regex(lane.launch, new RegExp(`name=${element}\\b`))
    t.regex(lane.launch, new RegExp(`appsink name=${lane.track} `))
    t.regex(lane.launch, /appsink name=metronome /)
    if (lane.clip) t.regex(lane.launch, /^appsrc name=feed /)
    else t.regex(lane.launch, new RegExp(`name=${lane.source}\\b`))
    t.is(lane.clip?.file, lane.launch.startsWith('appsrc') ? 'plain' : undefined)
  }
})

test('the picture has the size, shape and rate that were asked for', (t) => {
  for (const lane of videoLanes('')) {
    t.regex(lane.launch, /width=360,height=640/)
    t.regex(lane.launch, /framerate=15\/1/)
    t.deepEqual(lane.facts, { ...picture, kbps: 1000 })
  }
  const camera = videoLane(
    { source: { kind: 'v4l2', device: '' }, picture, encoder: 'x264enc', encoding },
    { overlays: true, convertScale: true, mirror: true },
  )
  t.regex(camera.launch, /aspectratiocrop name=crop aspect-ratio=360\/640/)
})

test('every camera is zoomed before it is scaled and mirrored after it; the slate, which people read, is neither', (t) => {
  for (const lane of videoLanes('')) {
    const slate = lane.source === 'slate' || lane.source === 'image'
    t.is(lane.launch.includes('videocrop name=zoom ! '), !slate)
    t.is(lane.zoom === undefined, slate)
    if (slate) t.notRegex(lane.launch, /name=mirror/)
    if (slate) continue
    t.regex(lane.launch, / ! videocrop name=zoom ! video(convert)?scale add-borders=false /)
    t.is(
      lane.launch.includes('name=mirror'),
      lane.settings.some(({ element }) => element === 'mirror'),
    )
  }
  const zoomOf = (source: VideoSource) =>
    videoLane(
      { source, picture, encoder: 'x264enc', encoding, zoom: 3 },
      { overlays: true, convertScale: true, mirror: true },
    ).zoom
  const shape = { width: 360, height: 640 }
  const format = { encoding: 'raw', width: 1280, height: 720, fps: 30 } as const
  t.like(zoomOf({ kind: 'v4l2', device: '', format }), { factor: 3, source: format, shape })
  t.deepEqual(zoomOf({ kind: 'v4l2', device: '' }), { factor: 3, source: shape, shape })
  t.deepEqual(zoomOf({ kind: 'clip', file: '' }), { factor: 3, shape })
})

test('a camera is asked for the format that was chosen', (t) => {
  const launch = (encoding: 'raw' | 'mjpeg'): string =>
    videoSource(
      { kind: 'v4l2', device: '', format: { encoding, width: 1280, height: 720, fps: 30 } },
      picture,
      true,
    ).launch
  t.regex(launch('raw'), /v4l2src name=camera ! video\/x-raw,width=1280,height=720,framerate=30\/1 ! /)
  t.notRegex(launch('raw'), /jpegdec/)
  t.regex(launch('mjpeg'), / ! image\/jpeg,width=1280,height=720,framerate=30\/1 ! .* ! jpegdec$/)
})

test('a camera that gives the wanted rate is not held back by a change of rate', (t) => {
  const launch = (source: VideoSource): string =>
    videoLane(
      { source, picture, encoder: 'x264enc', encoding },
      { overlays: true, convertScale: true, mirror: true },
    ).launch
  const format = { encoding: 'raw', width: 640, height: 480 } as const
  t.notRegex(
    launch({ kind: 'v4l2', device: '/dev/video0', format: { ...format, fps: 15 } }),
    /videorate skip/,
  )
  t.notRegex(launch({ kind: 'libcamera' }), /videorate skip/)
  t.regex(launch({ kind: 'v4l2', device: '/dev/video0', format: { ...format, fps: 30 } }), /videorate skip/)
  t.regex(launch({ kind: 'v4l2', device: '/dev/video0' }), /videorate skip/)
  t.regex(launch({ kind: 'clip', file: '/a.mp4' }), /videorate skip/)
})

test('a bitrate reaches each encoder in the unit of its own', (t) => {
  const launched: Readonly<Record<VideoEncoder, RegExp>> = {
    x264enc: / bitrate=1000 .*key-int-max=30/,
    openh264enc: / bitrate=1000000 gop-size=30/,
    v4l2h264enc: /video_bitrate=1000000,.*h264_i_frame_period=30/,
    nvv4l2h264enc: / bitrate=1000000 iframeinterval=30/,
  }
  const live: Readonly<Record<VideoEncoder, number | undefined>> = {
    x264enc: 500,
    openh264enc: 500_000,
    v4l2h264enc: undefined,
    nvv4l2h264enc: 500_000,
  }
  for (const encoder of encoders) {
    t.regex(videoEncoders[encoder].launch(encoding), launched[encoder], encoder)
    t.is(videoEncoders[encoder].bitrate(500)?.value, live[encoder], encoder)
  }
  for (const encoder of audioEncoders)
    t.is(audioEncoderLaunch(encoder, 64), `${encoder} name=encoder bitrate=64000`)
})

test('odd figures become whole ones that an encoder takes', (t) => {
  for (const encoder of encoders) {
    const text = videoEncoders[encoder].launch({ kbps: 0.2, gopFrames: 29.97, preset: 'ultrafast' })
    t.regex(text, /bitrate=1(000)?\b/, encoder)
    t.regex(text, /(key-int-max|gop-size|h264_i_frame_period|iframeinterval)=30\b/, encoder)
    t.notRegex(videoEncoders[encoder].launch({ ...encoding, gopFrames: 0 }), /(max|size|period|interval)=0/)
  }
  t.is(audioEncoderLaunch('avenc_aac', 63.6), 'avenc_aac name=encoder bitrate=64000')
})

test('software encoders are those that need no device', (t) => {
  t.deepEqual(
    encoders.filter((encoder) => !videoEncoders[encoder].hardware),
    softwareEncoders,
  )
})

test('what an encoder puts before the sound is known in time', (t) => {
  const delayMs = (encoder: AudioPlan['encoder'], sampleRate: number) =>
    audioLane({ source: { kind: 'test' }, encoder, sampleRate, kbps: 24, muted: false }).codecDelayMs
  t.is(delayMs('avenc_aac', 16_000), 64)
  t.is(delayMs('voaacenc', 16_000), 100)
})

test('mute is a property of the volume, set from the beginning', (t) => {
  for (const muted of [true, false]) {
    const lane = audioLane({
      source: { kind: 'test' },
      encoder: 'avenc_aac',
      sampleRate: 16_000,
      kbps: 24,
      muted,
    })
    t.deepEqual(lane.settings, [muteSetting(muted), volumeSetting(1)])
    t.regex(lane.launch, /rate=16000,channels=1 ! volume name=volume ! /)
    t.deepEqual(lane.facts, { kbps: 24, sampleRate: 16_000 })
  }
})

test('only a failure of the encoder is the encoder’s', (t) => {
  t.true(isEncoderFailure({ part: 'encoder', kind: 'encoder-failed' }))
  t.false(isEncoderFailure({ part: 'source', kind: 'device-busy' }))
})
