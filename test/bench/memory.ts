/** Resident memory of all processes while pushing, and whether it grows. */
import { aim, type Bench, rotated, scoped } from './bench.js'
import { monotonicMs, pass } from './clock.js'
import { figure, signed, spreadText } from './print.js'
import { type ProcessMemory, treeMemory } from './processes.js'
import { box } from './publishers/box.js'
import { ffmpeg } from './publishers/ffmpeg.js'
import { gstLaunch } from './publishers/gst-launch.js'
import type { Contender, Stream } from './publishers/publisher.js'
import { startReceiver } from './receiver.js'
import { median, slope, spread } from './statistics.js'

interface Point {
  readonly afterS: number
  readonly rssMB: number
  readonly pssMB: number
}

interface Sample {
  readonly contender: string
  readonly round: number
  /** at the end of the run: medians of its last points */
  readonly rssMB: number
  readonly pssMB: number
  readonly processes: readonly ProcessMemory[]
  /** over the second half of the run */
  readonly mbPerMinute: number
  readonly points: readonly Point[]
}

const contenders: readonly Contender[] = [box, gstLaunch(4096), ffmpeg]
const lookMs = 1_000
const lastPoints = 5

const total = (processes: readonly ProcessMemory[], key: 'rssMB' | 'pssMB'): number =>
  processes.reduce((sum, each) => sum + each[key], 0)

const measure = (contender: Contender, stream: Stream, round: number, seconds: number): Promise<Sample> =>
  scoped(async (t) => {
    const receiver = await startReceiver(t)
    const publisher = await contender.start(t, receiver.url('bench'), stream)
    const since = await receiver.firstKeyframe('bench')
    const points: Point[] = []
    let processes: ProcessMemory[] = []
    for (let look = 1; look * lookMs <= seconds * 1000; look++) {
      await pass(since + look * lookMs - monotonicMs())
      processes = treeMemory(publisher.pid)
      points.push({
        afterS: (monotonicMs() - since) / 1000,
        rssMB: total(processes, 'rssMB'),
        pssMB: total(processes, 'pssMB'),
      })
    }
    await publisher.stop()
    const half = points.slice(Math.floor(points.length / 2))
    const end = points.slice(-lastPoints)
    return {
      contender: contender.name,
      round,
      rssMB: median(end.map(({ rssMB }) => rssMB)),
      pssMB: median(end.map(({ pssMB }) => pssMB)),
      processes,
      mbPerMinute: slope(half.map(({ afterS, rssMB }) => [afterS / 60, rssMB])),
      points,
    }
  })

const processText = (processes: readonly ProcessMemory[], name: string): string =>
  processes
    .map(({ rssMB }, index) => {
      const role = name === 'box' ? (index === 0 ? 'daemon ' : 'media ') : ''
      return `${role}${figure(rssMB)}`
    })
    .join(', ')

export const memory: Bench = {
  name: 'memory',
  summary: 'resident and proportional memory of all processes, and its slope',
  seconds: { default: 60, help: 'of stream' },
  rounds: 2,
  sizes: '640x360@15/1000,1280x720@30/2500',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results: { readonly stream: Stream; readonly samples: readonly Sample[] }[] = []
    for (const stream of streams) {
      const samples: Sample[] = []
      for (let round = 1; round <= rounds; round++)
        for (const contender of rotated(contenders, round)) {
          const sample = await measure(contender, stream, round, seconds)
          samples.push(sample)
          say(
            `${stream.width}x${stream.height}@${stream.fps}, round ${round}, ${contender.name}: ${figure(sample.rssMB)} MB`,
          )
        }
      results.push({ stream, samples })
    }
    const ofBox = (samples: readonly Sample[]): Sample[] =>
      samples.filter(({ contender }) => contender === 'box')
    return {
      results,
      nonsense: results
        .flatMap(({ samples }) => samples)
        .filter(({ rssMB, pssMB }) => !(rssMB > 1 && pssMB > 1 && pssMB <= rssMB * 1.01))
        .map(({ contender, rssMB, pssMB }) => `${contender}: ${rssMB} MB resident, ${pssMB} MB proportional`),
      tables: results.map(({ stream, samples }) => ({
        title: `Memory after ${seconds} s, ${stream.width}x${stream.height}@${stream.fps}, MB`,
        columns: ['', 'RSS', 'PSS', 'processes (RSS)', 'slope, MB/min'],
        rows: contenders.map(({ name }) => {
          const own = samples.filter(({ contender }) => contender === name)
          return [
            name,
            spreadText(spread(own.map(({ rssMB }) => rssMB))),
            spreadText(spread(own.map(({ pssMB }) => pssMB))),
            processText(own[0]?.processes ?? [], name),
            spreadText(spread(own.map(({ mbPerMinute }) => mbPerMinute)), signed),
          ]
        }),
        notes: [
          'PSS counts pages that several processes share in proportion: it is what the processes cost together',
          'the slope is that of the second half of the run, where collectors and caches still settle; a soak tells more',
        ],
      })),
      aims: results.map(({ stream, samples }) =>
        aim(
          `${stream.width}x${stream.height}@${stream.fps}: resident memory of the box`,
          spread(ofBox(samples).map(({ rssMB }) => rssMB)).median,
          180,
          'MB',
        ),
      ),
    }
  },
}
