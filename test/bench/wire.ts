/**
 * What travels beside picture and sound: RTMP's chunk headers, metadata and commands. Bytes are counted where they
 * arrive, from the publish command to the end of the session. All push at once: nothing here depends on speed.
 */
import { aim, type Bench, scoped } from './bench.js'
import { pass } from './clock.js'
import { figure } from './print.js'
import { box } from './publishers/box.js'
import { ffmpeg } from './publishers/ffmpeg.js'
import { gstLaunch } from './publishers/gst-launch.js'
import type { Contender } from './publishers/publisher.js'
import { type SessionReport, startReceiver } from './receiver.js'
import { spread } from './statistics.js'

interface Sample {
  readonly contender: string
  readonly round: number
  /** TCP payload */
  readonly wireBytes: number
  /** payload of audio and video messages */
  readonly mediaBytes: number
  /** payload of metadata messages */
  readonly metadataBytes: number
  readonly metadataMessages: number
  readonly mediaMessages: number
  readonly handshakeBytes: number
  readonly ratio: number
}

const contenders: readonly Contender[] = [
  box,
  gstLaunch(),
  gstLaunch(4096, 'gst-launch chunk-size=4096'),
  ffmpeg,
]

const count = (contender: string, round: number, report: SessionReport): Sample => {
  const sizeOf = (messages: SessionReport['messages']): number =>
    messages.reduce((sum, { size }) => sum + size, 0)
  const metadata = report.messages.filter(({ kind }) => kind === 'data')
  const media = report.messages.filter(({ kind }) => kind !== 'data')
  const mediaBytes = sizeOf(media)
  return {
    contender,
    round,
    wireBytes: report.bytes,
    mediaBytes,
    metadataBytes: sizeOf(metadata),
    metadataMessages: metadata.length,
    mediaMessages: media.length,
    handshakeBytes: report.connectionBytes - report.bytes,
    ratio: report.bytes / mediaBytes,
  }
}

const medianOf = (samples: readonly Sample[], name: string, value: (sample: Sample) => number): number =>
  spread(samples.filter(({ contender }) => contender === name).map(value)).median

export const wire: Bench = {
  name: 'wire',
  summary: 'bytes on the wire per byte of picture and sound',
  seconds: { default: 20, help: 'of stream' },
  rounds: 3,
  sizes: '640x360@15/1000',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results: { readonly stream: (typeof streams)[number]; readonly samples: readonly Sample[] }[] = []
    const nonsense: string[] = []
    for (const stream of streams) {
      const samples: Sample[] = []
      for (let round = 1; round <= rounds; round++) {
        say(`${stream.width}x${stream.height}@${stream.fps}, round ${round}: ${seconds} s`)
        await scoped(async (t) => {
          const receiver = await startReceiver(t)
          const streamOf = ({ name }: Contender): string => name.replace(/[^a-z0-9]+/g, '-')
          const publishers = await Promise.all(
            contenders.map((contender) => contender.start(t, receiver.url(streamOf(contender)), stream)),
          )
          await Promise.all(contenders.map((contender) => receiver.firstKeyframe(streamOf(contender))))
          await pass(seconds * 1000)
          await Promise.all(publishers.map((publisher) => publisher.stop()))
          for (const contender of contenders) {
            await receiver.ended(streamOf(contender))
            samples.push(count(contender.name, round, await receiver.report(streamOf(contender))))
          }
        })
      }
      results.push({ stream, samples })
      for (const { contender, ratio, mediaBytes } of samples)
        if (!(ratio > 1 && ratio < 2) || mediaBytes < seconds * 5_000)
          nonsense.push(`${contender}: ${mediaBytes} bytes of media with a ratio of ${ratio}`)
    }
    const tables = results.map(({ stream, samples }) => ({
      title: `Bytes on the wire, ${stream.width}x${stream.height}@${stream.fps}, ${stream.videoKbps} kbit/s, ${seconds} s, median of ${rounds}`,
      columns: ['', 'wire per media byte', 'overhead %', 'metadata/s', 'metadata %', 'kbit/s beside media'],
      rows: contenders.map(({ name }) => {
        const of = (value: (sample: Sample) => number): number => medianOf(samples, name, value)
        return [
          name,
          of(({ ratio }) => ratio).toFixed(4),
          figure(of(({ ratio }) => (ratio - 1) * 100)),
          figure(of(({ metadataMessages }) => metadataMessages / seconds)),
          figure(of(({ metadataBytes, mediaBytes }) => (metadataBytes / mediaBytes) * 100)),
          figure(of(({ wireBytes, mediaBytes }) => ((wireBytes - mediaBytes) * 8) / seconds / 1000)),
        ]
      }),
      notes: ['from the publish command on; the handshake before it is left out'],
    }))
    const overhead = ({ ratio }: Sample): number => (ratio - 1) * 100
    const aims = results.flatMap(({ stream, samples }) =>
      contenders
        .filter(({ name }) => name !== box.name)
        .map(({ name }) =>
          aim(
            `${stream.width}x${stream.height}@${stream.fps}: overhead of the box, against ${name}`,
            medianOf(samples, box.name, overhead),
            medianOf(samples, name, overhead),
            '%',
          ),
        ),
    )
    return { results, tables, aims, nonsense }
  },
}
