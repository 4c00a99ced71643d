/** How long it takes until a viewer can see something: from the command, and from the start of the process. */
import { aim, type Bench, rotated, scoped } from './bench.js'
import { monotonicMs, monotonicOffsetMs, pass } from './clock.js'
import { delayCells } from './print.js'
import { box, runBox } from './publishers/box.js'
import { ffmpeg } from './publishers/ffmpeg.js'
import { gstLaunch } from './publishers/gst-launch.js'
import type { Stream } from './publishers/publisher.js'
import { type Receiver, startReceiver } from './receiver.js'
import { delays } from './statistics.js'

const steps = ['reply', 'connected', 'begun', 'keyframe'] as const
type Step = (typeof steps)[number]
/** ms from the moment at which the command was handed to the MQTT client */
type Warm = Readonly<Record<Step, number>>

const stepTexts: Readonly<Record<Step, string>> = {
  reply: 'start command → reply',
  connected: 'start command → 1001 on MQTT',
  begun: 'start command → 1002 on MQTT',
  keyframe: 'start command → first keyframe at the server',
}

const codes = { connected: 1001, begun: 1002 } as const
const cold = [box, gstLaunch(4096), ffmpeg]
const nonsenseMs = 10_000

/** A box that runs and does nothing; each call starts it, waits for the picture, and stops it again. */
const idleBox = async (
  t: Parameters<Parameters<typeof scoped>[0]>[0],
  receiver: Receiver,
  stream: Stream,
): Promise<(round: number, pushMs: number) => Promise<Warm>> => {
  const { box: running } = await runBox(t, receiver.url('warm'), stream, { autopush: false })
  const arrival = (find: (topic: string, payload: string) => boolean, since: number): number => {
    const found = running.received.find(
      ({ topic, payload, atMs }) => atMs + monotonicOffsetMs >= since && find(topic, payload.toString()),
    )
    if (!found) throw new Error('a message that was there is gone')
    return found.atMs + monotonicOffsetMs - since
  }
  return async (round, pushMs) => {
    const sentAt = monotonicMs()
    const reply = await running.request('start')
    if (!reply.ok) throw new Error(`start was refused: ${reply.errMsg}`)
    for (const code of Object.values(codes)) await running.code(code, { nth: round })
    const keyframe = (await receiver.firstKeyframe('warm', round)) - sentAt
    const code = (wanted: number): number =>
      arrival(
        (topic, payload) =>
          topic === 'event/statechange' && (JSON.parse(payload) as { code: number }).code === wanted,
        sentAt,
      )
    const warm = {
      reply: arrival((topic) => topic === 'reply', sentAt),
      connected: code(codes.connected),
      begun: code(codes.begun),
      keyframe,
    }
    await pass(pushMs)
    await running.request('stop')
    await running.reaches('idle')
    await receiver.ended('warm', round)
    return warm
  }
}

export const start: Bench = {
  name: 'start',
  summary: 'start command → 1002 → first keyframe at the server; process start → first keyframe',
  seconds: { default: 1, help: 'of stream before it is stopped again' },
  rounds: 15,
  sizes: '640x360@15/1000',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results = []
    const nonsense: string[] = []
    for (const stream of streams) {
      const warm: Warm[] = []
      const coldMs = new Map<string, number[]>(cold.map(({ name }) => [name, []]))
      await scoped(async (t) => {
        const receiver = await startReceiver(t)
        const startWarm = await idleBox(t, receiver, stream)
        for (let round = 1; round <= rounds; round++) {
          warm.push(await startWarm(round, seconds * 1000))
          for (const contender of rotated(cold, round))
            await scoped(async (own) => {
              const publisher = await contender.start(own, receiver.url(contender.name), stream)
              const seenAt = await receiver.firstKeyframe(contender.name, round)
              coldMs.get(contender.name)?.push(seenAt - publisher.startedMs)
              await pass(seconds * 1000)
              await publisher.stop()
            })
          say(`${stream.width}x${stream.height}@${stream.fps}, round ${round} of ${rounds}`)
        }
      })
      const all = [...warm.flatMap((each) => Object.values(each)), ...[...coldMs.values()].flat()]
      if (all.some((ms) => !(ms > 0 && ms < nonsenseMs)))
        nonsense.push(
          `times that can't be: ${all.filter((ms) => !(ms > 0 && ms < nonsenseMs)).join(', ')} ms`,
        )
      results.push({
        stream,
        warm,
        warmMs: Object.fromEntries(steps.map((step) => [step, delays(warm.map((each) => each[step]))])),
        coldMs: Object.fromEntries(
          [...coldMs].map(([name, samples]) => [name, { ...delays(samples), all: samples }]),
        ),
      })
    }
    const sizeOf = ({ width, height, fps }: Stream): string => `${width}x${height}@${fps}`
    return {
      results,
      nonsense,
      tables: results.map(({ stream, warm, coldMs }) => ({
        title: `Start, ${sizeOf(stream)}, ms`,
        columns: ['', 'p50', 'p95', 'max', 'samples'],
        rows: [
          ...steps.map((step) => [stepTexts[step], ...delayCells(delays(warm.map((each) => each[step])))]),
          ...Object.entries(coldMs).map(([name, { all }]) => [
            `${name}: process start → first keyframe at the server`,
            ...delayCells(delays(all)),
          ]),
        ],
        notes: ['the command is sent to a box that runs and is idle: camera closed, no connection'],
      })),
      aims: results.flatMap(({ stream, warm }) => [
        aim(
          `${sizeOf(stream)}: ${stepTexts.begun}, p95`,
          delays(warm.map(({ begun }) => begun)).p95,
          500,
          'ms',
        ),
        aim(
          `${sizeOf(stream)}: ${stepTexts.keyframe}, p95`,
          delays(warm.map(({ keyframe }) => keyframe)).p95,
          700,
          'ms',
        ),
      ]),
    }
  },
}
