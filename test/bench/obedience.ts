/** Does an encoder make what it is asked for? What it is asked for while it runs, against what the server received. */
import { existsSync } from 'node:fs'
import { softwareEncoders } from '../../firmware/media/graph/encoders.js'
import { gstElements } from '../../hw/boards/gst-elements.js'
import { startBox } from '../support/box.js'
import { startRtmpIngest } from '../support/rtmp/ingest.js'
import { framesOf, type RecordedSession } from '../support/rtmp/recorded.js'
import { type Bench, scoped, type Table } from './bench.js'
import { pass } from './clock.js'
import { figure } from './print.js'
import { board } from './publishers/encoding.js'
import type { Stream } from './publishers/publisher.js'

/** Shares of the stream's rate, one after the other. */
const shares = [1, 0.4, 0.15, 0.7, 1.5] as const
/** After a change the rate buffer is emptied or filled first. */
const settleMs = 1_500
/** Debian's opencv-doc: people who walk across a square. */
const usualClip = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'

interface Sample {
  readonly encoder: string
  readonly stream: Stream
  readonly askedKbps: number
  readonly gotKbps: number
  /** the encoder was started anew for it */
  readonly restarts: number
}

const kbpsBetween = (session: RecordedSession, fromMs: number, toMs: number): number => {
  const frames = framesOf(session, 'video').filter(({ arrivedMs }) => arrivedMs >= fromMs && arrivedMs < toMs)
  return (frames.reduce((sum, { size }) => sum + size, 0) * 8) / (toMs - fromMs)
}

const follow = (encoder: string, stream: Stream, seconds: number): Promise<Sample[]> =>
  scoped(async (t) => {
    const ingest = await startRtmpIngest(t, { keepPayloads: false })
    const clip = stream.clip ?? (existsSync(usualClip) ? usualClip : undefined)
    const rate = (kbps: number) => ({ 'min-bitrate': kbps, 'max-bitrate': kbps })
    const box = await startBox(t, {
      config: {
        board,
        encoder,
        cameras: { front: clip === undefined ? 'test' : `clip:${clip}`, back: 'test' },
        attributes: {
          url: ingest.url(),
          autopush: true,
          mode: 'HD',
          orientation: stream.width > stream.height ? 'horizontal' : 'vertical',
          'video-width': stream.width,
          'video-height': stream.height,
          fps: stream.fps,
          ...rate(stream.videoKbps),
        },
      },
    })
    const session = await ingest.session(1, { messages: 30 })
    const samples: Sample[] = []
    for (const share of shares) {
      const askedKbps = Math.round(stream.videoKbps * share)
      const before = box.codes().length
      const reply = await box.set(rate(askedKbps))
      if (!reply.ok) throw new Error(`${askedKbps} kbit/s were refused: ${reply.errMsg}`)
      await pass(settleMs)
      const fromMs = performance.now()
      await pass(seconds * 1000)
      samples.push({
        encoder,
        stream,
        askedKbps,
        gotKbps: kbpsBetween(session, fromMs, performance.now()),
        restarts: box
          .codes()
          .slice(before)
          .filter(({ code }) => code === encoderStarted).length,
      })
    }
    return samples
  })

const encoderStarted = 1008

export const obedience: Bench = {
  name: 'obedience',
  summary: 'what each software encoder makes of the rate that it is asked for while it runs',
  seconds: { default: 6, help: 'at each rate' },
  rounds: 1,
  sizes: '360x640@15/1000,1280x720@30/2500',
  run: async ({ seconds, streams }, { say }) => {
    const has = gstElements()
    const samples: Sample[] = []
    for (const encoder of softwareEncoders) {
      if ((await has(encoder)) !== 'present') {
        say(`${encoder} is not installed`)
        continue
      }
      for (const stream of streams) {
        say(`${encoder}, ${stream.width}x${stream.height} at ${stream.fps}/s`)
        samples.push(...(await follow(encoder, stream, seconds)))
      }
    }
    return {
      results: samples,
      tables: [table(samples)],
      aims: [],
      nonsense: samples
        .filter(({ gotKbps }) => !(gotKbps > 0))
        .map(({ encoder, askedKbps }) => `${encoder} at ${askedKbps} kbit/s: nothing arrived`),
    }
  },
}

const table = (samples: readonly Sample[]): Table => ({
  title: 'Rate of the picture at the server',
  columns: ['encoder', 'picture', 'asked kbit/s', 'got kbit/s', 'got / asked', 'restarts'],
  rows: samples.map(({ encoder, stream, askedKbps, gotKbps, restarts }) => [
    encoder,
    `${stream.width}x${stream.height}@${stream.fps}`,
    String(askedKbps),
    figure(gotKbps),
    (gotKbps / askedKbps).toFixed(2),
    String(restarts),
  ]),
  notes: [
    `mean over what comes ${settleMs} ms after the change`,
    'a size that the rate does not carry is made smaller (1005), as when it pushes',
  ],
})
