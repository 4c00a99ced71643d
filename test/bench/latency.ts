/**
 * From light and sound in front of the box to the server: a camera and a microphone of the bench's own flash and beep
 * at known moments; the decoded recording tells with which message each arrived.
 */
import { join } from 'node:path'
import { startFlashingDevices } from '../support/flashing-devices.js'
import { tempDir } from '../support/temp-dir.js'
import { aim, type Bench, rotated, scoped } from './bench.js'
import { monotonicOffsetMs, pass } from './clock.js'
import { framesOf, loudnesses, pictureChanges } from './decoded.js'
import { delayCells } from './print.js'
import { runBox } from './publishers/box.js'
import { gstLaunchOf } from './publishers/gst-launch.js'
import { startReceiver } from './receiver.js'
import { delays, median } from './statistics.js'

const settleMs = 2_000
const jitterMs = 300
const brightened = 40
const audible = 0.02
/** A flash that nobody saw by then is lost. */
const lostMs = 3_000
const contenders = ['box', 'gst-launch'] as const
type Name = (typeof contenders)[number]

interface Seen {
  /** ms from the device to the server */
  readonly light: number
  readonly sound: number
  /** how much later the sound is in the stream's own time than it was made, ms */
  readonly offset: number
}

export const latency: Bench = {
  name: 'latency',
  summary: 'light and sound in front of the box → the server',
  seconds: { default: 15, help: 'of flashes in each run, about one a second' },
  rounds: 3,
  sizes: '640x360@15/1000,1280x720@30/2500',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results: { stream: (typeof streams)[number]; name: Name; seen: Seen[]; lost: number }[] =
      streams.flatMap((stream) => contenders.map((name) => ({ stream, name, seen: [], lost: 0 })))
    for (let round = 0; round < rounds; round++)
      for (const result of rotated(results, round)) {
        const { stream, name, seen } = result
        await scoped(async (t) => {
          const receiver = await startReceiver(t)
          const devices = await startFlashingDevices(t, stream)
          const url = receiver.url(name)
          const publisher =
            name === 'box'
              ? await runBox(t, url, stream, { devices })
              : await gstLaunchOf(t, url, stream, devices)
          await receiver.firstKeyframe(name)
          await pass(settleMs)
          const flashes = []
          for (let nth = 0; nth < seconds; nth++) {
            flashes.push(await devices.flash())
            await pass(700 + Math.random() * jitterMs)
          }
          await publisher.stop()
          const file = join(await tempDir(t), 'recording.flv')
          await receiver.record(name, file)
          const { messages } = await receiver.report(name)
          const [pictures, sounds] = [framesOf(messages, 'video'), framesOf(messages, 'audio')]
          const changes = await pictureChanges(file, messages)
          const levels = await loudnesses(file, messages)
          const lit = pictures.filter((_, index) => (changes[index]?.change ?? 0) > brightened)
          const loud = sounds.filter(
            (_, index) => (levels[index]?.rms ?? 0) > audible && (levels[index - 1]?.rms ?? 0) <= audible,
          )
          for (const flash of flashes) {
            const [lightAt, soundAt] = [
              flash.lightAtMs + monotonicOffsetMs,
              flash.soundAtMs + monotonicOffsetMs,
            ]
            const light = lit.find(({ atMs }) => atMs > lightAt && atMs < lightAt + lostMs)
            const sound = loud.find(({ atMs }) => atMs > soundAt && atMs < soundAt + lostMs)
            if (light && sound)
              seen.push({
                light: light.atMs - lightAt,
                sound: sound.atMs - soundAt,
                offset: sound.timestamp - light.timestamp - (soundAt - lightAt),
              })
            else result.lost += 1
          }
          say(`${name}, ${stream.width}x${stream.height}@${stream.fps}, round ${round + 1} of ${rounds}`)
        })
      }
    const title = ({ width, height, fps }: (typeof streams)[number]): string => `${width}x${height}@${fps}`
    return {
      results,
      nonsense: results.flatMap(({ stream, name, seen, lost }) =>
        lost > seen.length / 10
          ? [`${name}, ${title(stream)}: ${lost} of ${lost + seen.length} flashes were not seen`]
          : [],
      ),
      tables: streams.map((stream) => ({
        title: `Latency, ${title(stream)}, ms`,
        columns: ['', 'p50', 'p95', 'max', 'samples'],
        rows: results
          .filter((result) => result.stream === stream)
          .flatMap(({ name, seen }) => [
            [`${name}: light → server`, ...delayCells(delays(seen.map(({ light }) => light)))],
            [`${name}: sound → server`, ...delayCells(delays(seen.map(({ sound }) => sound)))],
            [
              `${name}: sound later than light in the stream`,
              ...delayCells(delays(seen.map(({ offset }) => offset))),
            ],
          ]),
        notes: [
          'light counts from the moment at which the camera hands the picture over; sound comes in AAC frames of 21 ms, one of them held back',
        ],
      })),
      aims: streams.flatMap((stream) => {
        const of = (name: Name): Seen[] =>
          results.find((result) => result.stream === stream && result.name === name)?.seen ?? []
        const light = (name: Name): number => median(of(name).map((each) => each.light))
        const offset = median(of('box').map((each) => each.offset))
        return [
          aim(
            `${title(stream)}: light → server, more than gst-launch, p50`,
            light('box') - light('gst-launch'),
            10,
            'ms',
          ),
          aim(`${title(stream)}: sound and picture apart, p50`, Math.abs(offset), 40, 'ms'),
        ]
      }),
    }
  },
}
