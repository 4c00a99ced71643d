/**
 * From a command on MQTT to its reply, and to its effect in the stream at the server; and from the edge of a button,
 * on a Firmata panel at a pseudo terminal, to its MQTT event and its effect. The effect is found in the
 * decoded recording: the first silent frame of sound, the first picture of the other camera.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Reply, RunningBox } from '../support/box.js'
import { type FirmataBoard, startFirmataBoard } from '../support/hw/firmata-board.js'
import { tempDir } from '../support/temp-dir.js'
import { waitFor } from '../support/wait-for.js'
import { aim, type Bench, scoped } from './bench.js'
import { monotonicMs, monotonicOffsetMs, pass } from './clock.js'
import { framesOf, loudnesses, pictureChanges } from './decoded.js'
import { delayCells, figure } from './print.js'
import { runBox } from './publishers/box.js'
import type { Stream } from './publishers/publisher.js'
import { type SessionReport, startReceiver } from './receiver.js'
import { delays } from './statistics.js'

const actions = [
  ...(['mute', 'unmute', 'switchCamera', 'slower', 'faster'] as const),
  ...(['pressMute', 'pressUnmute', 'pressCamera'] as const),
] as const
type Action = (typeof actions)[number]

interface Done {
  readonly action: Action
  readonly sentAt: number
  readonly repliedAt: number
  /** when the next command was sent: an effect after it is not of this one */
  readonly until: number
}

const actionTexts: Readonly<Record<Action, readonly [reply: string, effect: string]>> = {
  mute: ['muted: true → reply', 'muted: true → first silent AAC frame at the server'],
  unmute: ['muted: false → reply', 'muted: false → first AAC frame with sound at the server'],
  switchCamera: ['switchCamera → reply', 'switchCamera → first picture of the other camera at the server'],
  slower: ['max-bitrate down → reply', 'max-bitrate down → rate at the server'],
  faster: ['max-bitrate up → reply', 'max-bitrate up → rate at the server'],
  pressMute: [
    'button mute released → MQTT event',
    'button mute released → first silent AAC frame at the server',
  ],
  pressUnmute: [
    'button mute released → MQTT event',
    'button mute released → first AAC frame with sound at the server',
  ],
  pressCamera: [
    'button switchCamera pressed → MQTT event',
    'button switchCamera pressed → first picture of the other camera at the server',
  ],
}

const snapshotText = 'snapshot → the picture in its file, and the reply'

/** Share of the full rate to which the rate is set. */
const slowShare = 0.4
const restMs = 700
/** Commands must not stay in step with frames and keyframes. */
const jitterMs = 400
const silentRms = 0.001
const otherPicture = 12
const aacFrameMs = (1024 / 48_000) * 1000
/**
 * The longest that coding alone takes. FFmpeg's AAC coder holds one frame back and each frame of sound is made of two
 * that overlap: silence takes three to four frames, sound two to three (tried with a tone that ends, and one that
 * begins, at known samples). The video encoder holds nothing back, but the next picture has to come.
 */
const codecMs = (action: Action, { fps }: Stream): number | undefined => {
  switch (action) {
    case 'mute':
    case 'pressMute':
      return 4 * aacFrameMs
    case 'unmute':
    case 'pressUnmute':
      return 3 * aacFrameMs
    case 'switchCamera':
    case 'pressCamera':
      return 1000 / fps
    case 'slower':
    case 'faster':
      return undefined
  }
}

type MqttAction = Exclude<Action, `press${string}`>

const isPress = (action: Action): action is Exclude<Action, MqttAction> => action.startsWith('press')

const pins = { pressMute: 2, pressUnmute: 2, pressCamera: 3 } as const
/** A finger is on a button for about that long. */
const tapMs = 120

/** Presses a button. The edge that counts is the release of a button that may be held, else the press. */
const press = async (
  box: RunningBox,
  panel: FirmataBoard,
  action: keyof typeof pins,
): Promise<{ sentAt: number; repliedAt: number }> => {
  const events = (): typeof box.received => box.received.filter(({ topic }) => topic === 'event/button')
  const before = events().length
  const pressedAt = monotonicMs()
  panel.drive(pins[action], false)
  await pass(tapMs)
  const releasedAt = monotonicMs()
  panel.drive(pins[action], true)
  const event = await waitFor(() => events()[before], { what: 'the event of the button' })
  return {
    sentAt: action === 'pressCamera' ? pressedAt : releasedAt,
    repliedAt: event.atMs + monotonicOffsetMs,
  }
}

const command = async (
  box: RunningBox,
  action: MqttAction,
  stream: Stream,
): Promise<{ sentAt: number; repliedAt: number }> => {
  const sentAt = monotonicMs()
  const reply = await act(box, action, stream)
  if (!reply.ok) throw new Error(`${action} was refused: ${reply.errMsg}`)
  return { sentAt, repliedAt: repliedAt(box, reply) }
}

const act = (box: RunningBox, action: MqttAction, stream: Stream): Promise<Reply> => {
  switch (action) {
    case 'mute':
      return box.set({ muted: true })
    case 'unmute':
      return box.set({ muted: false })
    case 'switchCamera':
      return box.request('switchCamera')
    case 'slower':
      return box.set({ 'max-bitrate': Math.round(stream.videoKbps * slowShare) })
    case 'faster':
      return box.set({ 'max-bitrate': stream.videoKbps })
  }
}

/** A message to ourselves through the same broker: what MQTT costs without a box behind it. */
const roundTrip = async (box: RunningBox): Promise<number> => {
  const topic = `round-trip/${randomUUID()}`
  await box.client.subscribeAsync(topic, { qos: 1 })
  let arrivedAt: number | undefined
  const listen = (came: string): void => {
    if (came === topic) arrivedAt ??= monotonicMs()
  }
  box.client.on('message', listen)
  const sentAt = monotonicMs()
  await box.client.publishAsync(topic, '', { qos: 1 })
  const ms = (await waitFor(() => arrivedAt, { what: 'a message to ourselves' })) - sentAt
  box.client.off('message', listen)
  await box.client.unsubscribeAsync(topic)
  return ms
}

/** From the command to the picture in its file: the reply comes when it is there. */
const snapshot = async (box: RunningBox): Promise<number> => {
  const sentAt = monotonicMs()
  const reply = await box.request('snapshot')
  if (!reply.ok) throw new Error(`snapshot was refused: ${reply.errMsg}`)
  return repliedAt(box, reply) - sentAt
}

/** When a reply arrived. */
const repliedAt = (box: RunningBox, { id }: Reply): number => {
  const answer = box.received.findLast(
    ({ topic, payload }) => topic === 'reply' && (JSON.parse(payload.toString()) as Reply).id === id,
  )
  return (answer?.atMs ?? Number.NaN) + monotonicOffsetMs
}

const perform = async (
  box: RunningBox,
  panel: FirmataBoard,
  stream: Stream,
  rounds: number,
  seconds: number,
  say: (line: string) => void,
): Promise<{ done: Done[]; roundTrips: number[]; snapshots: number[] }> => {
  const done: Done[] = []
  const roundTrips: number[] = []
  const snapshots: number[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const action of actions) {
      const times = isPress(action) ? await press(box, panel, action) : await command(box, action, stream)
      const rate = action === 'slower' || action === 'faster'
      await pass((rate ? seconds * 1000 : restMs) + Math.random() * jitterMs)
      done.push({ action, ...times, until: monotonicMs() })
    }
    roundTrips.push(await roundTrip(box))
    snapshots.push(await snapshot(box))
    say(`round ${round} of ${rounds}`)
  }
  return { done, roundTrips, snapshots }
}

/**
 * When the received rate went through the middle between the old and the new one: over as many frames as one group
 * of pictures has, less half of that time, which is when a sharp step would have gone through it.
 */
const rateSteps = (report: SessionReport, { fps, videoKbps }: Stream) => {
  const frames = framesOf(report.messages, 'video')
  const middle = (videoKbps * (1 + slowShare)) / 2
  let bytes = 0
  return frames.map(({ atMs, size }, index) => {
    bytes += size - (frames[index - fps]?.size ?? 0)
    const kbps = (bytes * 8) / 1000
    return { atMs: atMs - 500, isFast: kbps > middle }
  })
}

/** The time of the first entry of that kind after the command; undefined when there is none before the next one. */
const firstAfter = <Entry extends { readonly atMs: number }>(
  { sentAt, until }: Done,
  entries: readonly Entry[],
  fits: (entry: Entry) => boolean,
): number | undefined => {
  const found = entries.find((entry) => entry.atMs > sentAt && entry.atMs <= until && fits(entry))
  return found && found.atMs - sentAt
}

export const control: Bench = {
  name: 'control',
  summary: 'MQTT command → reply, button → event, and both → effect in the stream at the server',
  seconds: { default: 3, help: 'given to each change of the bitrate' },
  rounds: 20,
  sizes: '640x360@15/1000',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const results = []
    const nonsense: string[] = []
    for (const stream of streams) {
      const { done, roundTrips, snapshots, report, pictures, sounds } = await scoped(async (t) => {
        const receiver = await startReceiver(t)
        const folder = await tempDir(t)
        const panel = await startFirmataBoard(t)
        const { box, stop } = await runBox(t, receiver.url('bench'), stream, {
          config: { buttons: { driver: 'johnny-five', port: panel.port } },
        })
        await receiver.firstKeyframe('bench')
        await waitFor(() => panel.mode(pins.pressCamera) !== undefined, { what: 'the buttons to be taken' })
        await pass(2 * restMs)
        const performed = await perform(box, panel, stream, rounds, seconds, say)
        await stop()
        const file = join(folder, 'recording.flv')
        await receiver.record('bench', file)
        const report = await receiver.report('bench')
        const [pictures, sounds] = [
          await pictureChanges(file, report.messages),
          await loudnesses(file, report.messages),
        ]
        return { ...performed, report, pictures, sounds }
      })
      const rates = rateSteps(report, stream)
      const effectOf = (each: Done): number | undefined => {
        switch (each.action) {
          case 'mute':
          case 'pressMute':
            return firstAfter(each, sounds, ({ rms }) => rms < silentRms)
          case 'unmute':
          case 'pressUnmute':
            return firstAfter(each, sounds, ({ rms }) => rms >= silentRms)
          case 'switchCamera':
          case 'pressCamera':
            return firstAfter(each, pictures, ({ change }) => change > otherPicture)
          case 'slower':
            return firstAfter(each, rates, ({ isFast }) => !isFast)
          case 'faster':
            return firstAfter(each, rates, ({ isFast }) => isFast)
        }
      }
      const delaysOf = actions.map((action) => {
        const own = done.filter((each) => each.action === action)
        const replies = own.map(({ sentAt, repliedAt }) => repliedAt - sentAt)
        const effects = own.flatMap((each) => effectOf(each) ?? [])
        if (effects.length < own.length)
          nonsense.push(`${action} had no effect ${own.length - effects.length} times of ${own.length}`)
        return { action, reply: delays(replies), effect: delays(effects), replies, effects }
      })
      results.push({
        stream,
        roundTrip: delays(roundTrips),
        snapshot: delays(snapshots),
        delays: delaysOf,
        roundTrips,
        snapshots,
      })
    }
    return {
      results,
      nonsense,
      tables: results.map(({ stream, roundTrip, snapshot, delays }) => ({
        title: `Control, ${stream.width}x${stream.height}@${stream.fps}, ms`,
        columns: ['', 'p50', 'p95', 'max', 'samples'],
        rows: [
          ['a message through the broker, without the box', ...delayCells(roundTrip)],
          [snapshotText, ...delayCells(snapshot)],
          ...delays.flatMap(({ action, reply, effect }) => [
            [actionTexts[action][0], ...delayCells(reply)],
            [actionTexts[action][1], ...delayCells(effect)],
          ]),
        ],
        notes: [
          `codec delay is in it: up to ${figure(codecMs('mute', stream) ?? 0)} ms until silence, ${figure(codecMs('unmute', stream) ?? 0)} ms until sound, ${figure(codecMs('switchCamera', stream) ?? 0)} ms until the next picture`,
          'bitrate: when the mean over one group of pictures went through the middle, less half of its length',
        ],
      })),
      aims: results.flatMap(({ stream, snapshot, delays }) => [
        aim(`${snapshotText}, p95`, snapshot.p95, 200, 'ms'),
        ...delays.flatMap(({ action, effect }) => {
          const codec = codecMs(action, stream)
          return codec === undefined
            ? []
            : [aim(`${actionTexts[action][1]}, p95 beyond codec delay`, effect.p95 - codec, 100, 'ms')]
        }),
      ]),
    }
  },
}
