/**
 * The encoding that all are measured with: what the box itself chooses for mode RTC on a PC. It is written here once
 * more because the box decides it while it runs; every bench compares what the encoders say of themselves in the
 * streams, so that a difference can't stay hidden.
 */

import { audioEncoders } from '../../../firmware/media/graph/encoders.js'
import type { AudioPlan, Presence, VideoPlan } from '../../../firmware/media/graph/lanes.js'
import { mirrorElements } from '../../../firmware/media/graph/mirror.js'
import { encoderProfile } from '../../../firmware/pusher/geometry.js'
import { gstElements } from '../../../hw/boards/gst-elements.js'
import type { Stream } from './publisher.js'

export const videoEncoder = 'x264enc'
export const preset = 'superfast'
/** `generic-pc` in the box's configuration means this preset, whatever machine this is. */
export const board = 'generic-pc'
export const sound = { sampleRate: 48_000, kbps: 64 } as const
/** ms of stream that x264's rate buffer holds */
export const rateBufferMs = 500
export const gopFrames = ({ fps }: Stream): number => encoderProfile('RTC').gopSeconds * fps

const has = gstElements()

export const presence = async (): Promise<Presence> => {
  const all = async (...names: readonly string[]): Promise<boolean> =>
    (await Promise.all(names.map(has))).every((answer) => answer === 'present')
  return {
    overlays: await all('textoverlay', 'clockoverlay'),
    convertScale: await all('videoconvertscale'),
    mirror: await all(...mirrorElements),
  }
}

export const videoPlan = (stream: Stream): VideoPlan => ({
  source:
    stream.clip === undefined
      ? { kind: 'test', label: 'testbox front', look: 'bars' }
      : { kind: 'clip', file: stream.clip },
  picture: { width: stream.width, height: stream.height, fps: stream.fps },
  encoder: videoEncoder,
  encoding: { kbps: stream.videoKbps, gopFrames: gopFrames(stream), preset },
})

export const audioPlan = async (): Promise<AudioPlan> => {
  for (const encoder of audioEncoders)
    if ((await has(encoder)) === 'present')
      return { source: { kind: 'test' }, encoder, ...sound, muted: false }
  throw new Error(`none of ${audioEncoders.join(', ')} is installed`)
}
