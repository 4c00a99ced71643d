import test from 'ava'
import { elementExists, GstPipeline } from '../../../firmware/media/engine/binding.js'
import { readTag, type Tag } from '../../../firmware/media/engine/flv.js'
import {
  audioEncoders,
  softwareEncoders,
  type VideoEncoder,
  videoEncoders,
} from '../../../firmware/media/graph/encoders.js'
import { audioLane, videoLane } from '../../../firmware/media/graph/lanes.js'
import { mirrorElements } from '../../../firmware/media/graph/mirror.js'
import type { AudioSource, VideoSource } from '../../../firmware/media/graph/sources.js'
import { zoomSettings } from '../../../firmware/media/graph/zoom.js'
import type { LaneSpec } from '../../../firmware/media/protocol.js'
import { withDeadline } from '../../support/wait-for.js'

/** Text that would be elements of its own, were it read as launch text. */
const foreign = 'x" ! filesink name=foreign location="/nonexistent'
const picture = { width: 360, height: 640, fps: 15 }
const encoding = { kbps: 500, gopFrames: 30, preset: 'ultrafast' }
const converters = [true, false].filter((whole) => !whole || elementExists('videoconvertscale'))
const overlays = [false, true].filter(
  (with_) => !with_ || (elementExists('textoverlay') && elementExists('clockoverlay')),
)

const mirrors = [false, true].filter((with_) => !with_ || mirrorElements.every(elementExists))

const videoSources: readonly VideoSource[] = [
  { kind: 'test', label: foreign, look: 'bars' },
  { kind: 'test', label: foreign, look: 'wheel' },
  { kind: 'slate', text: foreign },
  { kind: 'image', file: foreign },
  { kind: 'v4l2', device: foreign },
  { kind: 'v4l2', device: foreign, format: { encoding: 'raw', width: 640, height: 480, fps: 30 } },
  { kind: 'v4l2', device: foreign, format: { encoding: 'mjpeg', width: 1280, height: 720, fps: 30 } },
  { kind: 'libcamera', id: foreign },
  { kind: 'clip', file: foreign },
]

const audioSources: readonly AudioSource[] = [
  { kind: 'test' },
  { kind: 'silence' },
  { kind: 'alsa', device: foreign },
  { kind: 'clip', file: foreign },
]

/** Element that a kind of source or an encoder can't do without. */
const present = (kind: string): boolean => {
  const elements: Readonly<Record<string, string>> = {
    v4l2: 'v4l2src',
    libcamera: 'libcamerasrc',
    alsa: 'alsasrc',
  }
  return elementExists(elements[kind] ?? 'appsrc')
}

/** Everything that the media process does to a new pipeline before it plays. */
const prepare = (lane: LaneSpec, names: readonly string[]): GstPipeline => {
  const pipeline = new GstPipeline(lane.launch)
  for (const { element, property, value } of lane.settings) {
    const child = pipeline.child(element)
    // An unknown property would be ignored silently.
    if (!(property in child)) throw new Error(`${element} has no property ${property}`)
    pipeline.set(element, property, value)
  }
  for (const name of names) pipeline.child(name)
  return pipeline
}

for (const encoder of Object.keys(videoEncoders) as VideoEncoder[])
  (elementExists(encoder) ? test : test.skip)(`GStreamer takes every picture source with ${encoder}`, (t) => {
    for (const source of videoSources.filter(({ kind }) => present(kind)))
      for (const convertScale of converters)
        for (const withText of overlays)
          for (const mirror of mirrors) {
            const presence = { overlays: withText, convertScale, mirror }
            const lane = videoLane({ source, picture, encoder, encoding }, presence)
            const names = ['encoder', 'parse', 'video', 'metronome', 'shutter', 'jpeg', 'snapshot']
            const pipeline = prepare(lane, [...names, lane.clip ? 'feed' : lane.source])
            t.throws(() => pipeline.child('foreign'))
            for (const { element, property } of lane.zoom ? zoomSettings(2, picture, picture) : [])
              t.true(property in pipeline.child(element))
          }
  })

for (const encoder of audioEncoders)
  (elementExists(encoder) ? test : test.skip)(`GStreamer takes every sound source with ${encoder}`, (t) => {
    for (const source of audioSources.filter(({ kind }) => present(kind)))
      for (const [sampleRate, kbps] of [
        [48_000, 64],
        [16_000, 24],
      ] as const) {
        const lane = audioLane({ source, encoder, sampleRate, kbps, muted: false })
        const names = ['encoder', 'parse', 'audio', 'metronome', 'volume']
        const pipeline = prepare(lane, [...names, lane.clip ? 'feed' : lane.source])
        t.throws(() => pipeline.child('foreign'))
      }
  })

test('a bitrate is changed on a property that the encoder has', (t) => {
  for (const [encoder, { launch, bitrate }] of Object.entries(videoEncoders)) {
    const setting = bitrate(800)
    if (!setting || !elementExists(encoder)) continue
    const pipeline = new GstPipeline(`fakesrc ! ${launch(encoding)} ! fakesink`)
    pipeline.set(setting.element, setting.property, setting.value)
    t.is(pipeline.child(setting.element)[setting.property], setting.value)
  }
})

test('text that GStreamer does not understand is refused, so these tests can fail', (t) => {
  for (const text of ['nosuchelement ! fakesink', 'fakesrc nosuchproperty=1 ! fakesink', 'fakesrc !'])
    t.throws(() => new GstPipeline(text), undefined, text)
})

/** Plays a lane until it has given that many tags. */
const firstTags = (lane: LaneSpec, count: number): Promise<readonly Tag[]> => {
  const pipeline = prepare(lane, [])
  const tags: Tag[] = []
  const played = new Promise<readonly Tag[]>((resolve, reject) => {
    pipeline.play((message) => {
      if (message.type === 'error') reject(new Error(message.message))
    })
    pipeline.pull(lane.track, ({ data }) => {
      const tag = readTag(data)
      if (tag) tags.push(tag)
      if (tags.length >= count) resolve(tags)
    })
  })
  return withDeadline(played, { what: `${count} tags of ${lane.track}` }).finally(() => pipeline.stop())
}

test('a picture lane gives the sequence header, a keyframe, and frames at the pace of the picture', async (t) => {
  const encoder = softwareEncoders.find(elementExists) ?? 'x264enc'
  const lane = videoLane(
    { source: { kind: 'slate', text: foreign }, picture, encoder, encoding },
    { overlays: overlays.length > 1, convertScale: converters.length > 1, mirror: false },
  )
  const [header, key, ...frames] = await firstTags(lane, 6)
  t.like(header, { track: 'video', config: true, runningMs: undefined })
  // AVCDecoderConfigurationRecord begins with its version
  t.is(header?.body[5], 1)
  t.like(key, { config: false, keyframe: true })
  for (const [index, frame] of frames.entries()) {
    const beforeMs = [key, ...frames][index]?.runningMs ?? 0
    t.true(Math.abs((frame.runningMs ?? 0) - beforeMs - 1000 / picture.fps) < 0.01)
  }
})

test('a sound lane gives the sequence header and frames of 1024 samples', async (t) => {
  const encoder = audioEncoders.find(elementExists) ?? 'avenc_aac'
  const lane = audioLane({ source: { kind: 'test' }, encoder, sampleRate: 48_000, kbps: 64, muted: true })
  const [header, first, second] = await firstTags(lane, 3)
  t.like(header, { track: 'audio', config: true, runningMs: undefined })
  // AudioSpecificConfig: AAC-LC, 48 kHz (index 3), one channel
  t.deepEqual([...(header?.body.subarray(0, 4) ?? [])], [0xaf, 0, 0x11, 0x88])
  const stepMs = (second?.runningMs ?? 0) - (first?.runningMs ?? 0)
  t.true(Math.abs(stepMs - (1024 / 48_000) * 1000) < 0.01)
})
