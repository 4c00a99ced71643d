import { type RunningBox, startBox } from '../../support/box.js'
import type { FlashingDevices } from '../../support/flashing-devices.js'
import type { Teardown } from '../../support/teardown.js'
import { monotonicMs } from '../clock.js'
import { board, videoEncoder } from './encoding.js'
import type { Contender, Publisher, Stream } from './publisher.js'

/**
 * A box as people run it, with an MQTT client connected as a phone would be. It pushes at once unless `autopush` is
 * false.
 */
export const runBox = async (
  t: Teardown,
  url: string,
  stream: Stream,
  {
    autopush = true,
    devices,
    config = {},
  }: {
    readonly autopush?: boolean
    readonly devices?: FlashingDevices
    /** further keys of the configuration */
    readonly config?: Readonly<Record<string, unknown>>
  } = {},
): Promise<Publisher & { readonly box: RunningBox }> => {
  const startedMs = monotonicMs()
  const clip = stream.clip === undefined ? 'test' : `clip:${stream.clip}`
  const box = await startBox(t, {
    ...(devices ? { env: devices.env } : {}),
    config: {
      ...config,
      board,
      encoder: videoEncoder,
      cameras: { front: devices?.camera ?? clip, back: 'test' },
      microphone: devices?.microphone ?? 'test',
      attributes: {
        url,
        autopush,
        mode: 'RTC',
        orientation: 'horizontal',
        'video-width': stream.width,
        'video-height': stream.height,
        fps: stream.fps,
        'max-bitrate': stream.videoKbps,
      },
    },
  })
  return {
    box,
    pid: box.process.pid ?? 0,
    startedMs,
    stop: async () => {
      if (box.process.exitCode !== null) throw new Error(`the box ended by itself: ${box.output()}`)
      await box.client.endAsync(true)
      await box.stop()
    },
  }
}

export const box: Contender = { name: 'box', start: runBox }
