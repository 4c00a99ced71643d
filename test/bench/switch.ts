/**
 * What a change in the middle of a push costs the viewer: the longest time without a picture, without sound, and how
 * long until the change arrives, all at the server and in one session.
 */
import type { RunningBox } from '../support/box.js'
import { aim, type Bench, scoped } from './bench.js'
import { monotonicMs, pass } from './clock.js'
import { framesOf } from './decoded.js'
import { delayCells, figure } from './print.js'
import { runBox } from './publishers/box.js'
import { type ArrivedMessage, startReceiver } from './receiver.js'
import { delays, quantile } from './statistics.js'

interface Change {
  readonly name: string
  act(box: RunningBox): Promise<unknown>
}

const set = (attributes: object) => (box: RunningBox) => box.set(attributes)
const call = (method: string) => (box: RunningBox) => box.request(method)

/** Each undoes the one before it or leads on to the next, so that a round ends where it began. */
const changes: readonly Change[] = [
  { name: 'nothing', act: async () => undefined },
  { name: 'switchCamera', act: call('switchCamera') },
  { name: 'switchCamera back', act: call('switchCamera') },
  { name: 'video-width and -height up', act: set({ 'video-width': 960, 'video-height': 540 }) },
  { name: 'video-width and -height as before', act: set({ 'video-width': 640, 'video-height': 360 }) },
  {
    name: 'orientation and mode',
    act: set({ orientation: 'vertical', mode: 'HD', 'video-width': null, 'video-height': null }),
  },
  {
    name: 'orientation and mode as before',
    act: set({ orientation: 'horizontal', mode: 'RTC', 'video-width': 640, 'video-height': 360 }),
  },
  { name: 'enable-camera off (slate)', act: set({ 'enable-camera': false }) },
  { name: 'enable-camera on', act: set({ 'enable-camera': true }) },
  { name: 'pause (slate)', act: call('pause') },
  { name: 'resume', act: call('resume') },
  { name: 'enable-mic off', act: set({ 'enable-mic': false }) },
  { name: 'enable-mic on', act: set({ 'enable-mic': true }) },
  { name: 'audio-reverb-type', act: set({ 'audio-reverb-type': 3 }) },
  { name: 'audio-reverb-type off', act: set({ 'audio-reverb-type': 0 }) },
  { name: 'voice-changer-type', act: set({ 'voice-changer-type': 2 }) },
  { name: 'voice-changer-type off', act: set({ 'voice-changer-type': 0 }) },
]

interface Done {
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
}

/** Longest pause between two frames that lies in the time given, ms, in the stream's time and in ours. */
const longestPause = (
  frames: readonly ArrivedMessage[],
  { fromMs, toMs }: Done,
): { readonly stream: number; readonly arrival: number } => {
  let [stream, arrival] = [0, 0]
  for (const [index, frame] of frames.entries()) {
    const before = frames[index - 1]
    if (!before || frame.atMs < fromMs || frame.atMs > toMs) continue
    stream = Math.max(stream, frame.timestamp - before.timestamp)
    arrival = Math.max(arrival, frame.atMs - before.atMs)
  }
  return { stream, arrival }
}

export const switching: Bench = {
  name: 'switch',
  summary: 'changes in the middle of a push → the longest pause of picture and sound at the server',
  seconds: { default: 3, help: 'given to each change' },
  rounds: 5,
  sizes: '640x360@15/1000',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results = []
    const nonsense: string[] = []
    for (const stream of streams) {
      const done: Done[] = []
      const { messages, ended } = await scoped(async (t) => {
        const receiver = await startReceiver(t)
        const { box, stop } = await runBox(t, receiver.url('switch'), stream)
        await receiver.firstKeyframe('switch')
        await pass(seconds * 1_000)
        for (let round = 1; round <= rounds; round++) {
          for (const { name, act } of changes) {
            const fromMs = monotonicMs()
            await act(box)
            await pass(seconds * 1_000)
            done.push({ name, fromMs, toMs: monotonicMs() })
          }
          say(`round ${round} of ${rounds}`)
        }
        const report = await receiver.report('switch')
        await stop()
        return report
      })
      if (ended !== undefined) nonsense.push(`the session ended: ${ended}`)
      const [pictures, sounds] = [framesOf(messages, 'video'), framesOf(messages, 'audio')]
      const pausesOf = changes.map(({ name }) => {
        const own = done.filter((each) => each.name === name)
        return {
          name,
          picture: own.map((each) => longestPause(pictures, each)),
          sound: own.map((each) => longestPause(sounds, each)),
        }
      })
      results.push({ stream, pauses: pausesOf })
    }
    const arrivals = (pauses: readonly { readonly arrival: number }[]): number[] =>
      pauses.map(({ arrival }) => arrival)
    return {
      results,
      nonsense,
      tables: results.map(({ stream, pauses }) => ({
        title: `Switch, ${stream.width}x${stream.height}@${stream.fps}: longest pause at the server, ms`,
        columns: ['', 'picture p50', 'p95', 'max', 'samples', 'sound p50', 'p95', 'max', 'samples'],
        rows: pauses.map(({ name, picture, sound }) => [
          name,
          ...delayCells(delays(arrivals(picture))),
          ...delayCells(delays(arrivals(sound))),
        ]),
        notes: [
          `a picture every ${figure(1_000 / stream.fps)} ms is no pause, on the slate every 200 ms; a frame of sound every 21 ms`,
        ],
      })),
      aims: results.flatMap(({ pauses }) =>
        pauses.map(({ name, picture }) =>
          aim(`${name}: longest pause of the picture, p95`, quantile(arrivals(picture), 0.95), 500, 'ms'),
        ),
      ),
    }
  },
}
