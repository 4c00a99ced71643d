import { join } from 'node:path'
import { type BoxOptions, type RunningBox, startBox } from '../../support/box.js'
import { runTool } from '../../support/judge/ffmpeg.js'
import { writeFlv } from '../../support/rtmp/flv-file.js'
import { type RtmpIngest, startRtmpIngest } from '../../support/rtmp/ingest.js'
import { framesOf, type MediaMessage, type RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

export interface Pushing {
  readonly box: RunningBox
  readonly ingest: RtmpIngest
  readonly session: RecordedSession
}

export interface PushingOptions extends BoxOptions {
  /** initial ones, beside the address */
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** A box that pushes to a server that remembers everything; both end with the test. */
export const startPushing = async (
  t: Teardown,
  { attributes, config, ...options }: PushingOptions = {},
): Promise<Pushing> => {
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, {
    ...options,
    config: { ...config, attributes: { url: ingest.url(), autopush: true, ...attributes } },
  })
  await box.reaches('pushing')
  return { box, ingest, session: await ingest.session(1, { messages: 10 }) }
}

export interface Started {
  readonly box: RunningBox
  readonly ingest: RtmpIngest
}

/** A box that was told to push to a server that remembers everything; whether it gets there is the test's matter. */
export const started = async (t: Teardown, { config, ...options }: BoxOptions = {}): Promise<Started> => {
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, { ...options, config: { attributes: { url: ingest.url() }, ...config } })
  const reply = await box.request('start')
  if (!reply.ok) throw new Error(reply.errMsg)
  return { box, ingest }
}

/** Resolves when the server has received everything up to that moment, ms on performance's clock. */
export const receivedUntil = async (session: RecordedSession, atMs: number): Promise<void> => {
  await waitFor(() => (session.messages.at(-1)?.arrivedMs ?? 0) >= atMs, {
    what: `the session's next ${Math.round(atMs - performance.now())} ms (${session.ended ?? 'it goes on'})`,
    timeoutMs: Math.max(0, atMs - performance.now()) + 5_000,
  })
}

/** What arrived between two moments. */
export const arrivedBetween = (
  { messages }: Pick<RecordedSession, 'messages'>,
  fromMs: number,
  toMs: number,
): MediaMessage[] => messages.filter(({ arrivedMs }) => arrivedMs >= fromMs && arrivedMs < toMs)

/** What arrives in the next so many milliseconds, and in the time that something takes meanwhile. */
export const nextOf = async (
  session: RecordedSession,
  ms: number,
  meanwhile?: () => Promise<void>,
): Promise<MediaMessage[]> => {
  const fromMs = performance.now()
  await meanwhile?.()
  await receivedUntil(session, Math.max(performance.now(), fromMs + ms))
  return arrivedBetween(session, fromMs, meanwhile ? performance.now() : fromMs + ms)
}

const isConfig = (message: MediaMessage): boolean => message.kind !== 'data' && message.role === 'config'

/**
 * A part of a session as a file that a viewer can open: the sequence headers in force, then everything from the
 * part's first keyframe on, or from the last one before it (`sound`: only the sound, all of it), with timestamps from 0.
 */
export const fileOf = async (
  t: Teardown,
  session: Pick<RecordedSession, 'messages'>,
  part: readonly MediaMessage[],
  only?: 'sound',
): Promise<string> => {
  const begins = (message: MediaMessage): boolean =>
    message.kind === 'video' ? message.keyframe && message.role === 'frame' : only === 'sound'
  const whole = part.some(begins) ? part : withGroupBefore(session, part)
  const wanted = whole.filter(({ kind }) => only === undefined || kind === 'audio')
  const first = wanted.find(begins)
  if (!first) throw new Error(`nothing can be decoded in a part of ${part.length} messages`)
  const before = session.messages.slice(0, session.messages.indexOf(first))
  const configs = (only ? (['audio'] as const) : (['video', 'audio'] as const)).flatMap((kind) => {
    const config = before.findLast((message) => message.kind === kind && isConfig(message))
    return config ? [{ ...config, timestamp: first.timestamp }] : []
  })
  const file = join(await tempDir(t), 'part.flv')
  const messages = [...configs, ...wanted.slice(wanted.indexOf(first))]
  const rebased = messages.map((each) => ({
    ...each,
    timestamp: Math.max(0, each.timestamp - first.timestamp),
  }))
  await writeFlv(file, rebased)
  return file
}

/** The part and what came before it, from the last keyframe on. */
const withGroupBefore = (
  { messages }: Pick<RecordedSession, 'messages'>,
  part: readonly MediaMessage[],
): readonly MediaMessage[] => {
  const [first, last] = [messages.indexOf(part[0]!), messages.indexOf(part.at(-1)!)]
  const keyframe = messages.findLastIndex(
    (message, index) =>
      index < first && message.kind === 'video' && message.keyframe && message.role === 'frame',
  )
  return keyframe < 0 ? part : messages.slice(keyframe, last + 1)
}

/** Mean kbit/s of one kind's frames in a part, over the time from its first to its last frame. */
export const kbpsOf = (part: readonly MediaMessage[], kind: 'video' | 'audio'): number => {
  const frames = framesOf({ messages: part }, kind)
  const [first, last] = [frames[0], frames.at(-1)]
  if (!first || !last || first === last) return 0
  const bytes = frames.slice(1).reduce((sum, { size }) => sum + size, 0)
  return (bytes * 8) / (last.timestamp - first.timestamp)
}

/** Frames per second of a part, by the timestamps. */
export const fpsOf = (part: readonly MediaMessage[]): number => {
  const frames = framesOf({ messages: part }, 'video')
  const [first, last] = [frames[0], frames.at(-1)]
  return first && last && first !== last
    ? ((frames.length - 1) * 1_000) / (last.timestamp - first.timestamp)
    : 0
}

/**
 * How much later than picture of the same timestamp sound arrives, ms: each kind's quickest message says how far its
 * clock is behind ours.
 */
export const soundDelayOf = (session: Pick<RecordedSession, 'messages'>): number => {
  const [video, audio] = (['video', 'audio'] as const).map((kind) =>
    Math.min(...framesOf(session, kind).map(({ arrivedMs, timestamp }) => arrivedMs - timestamp)),
  )
  return audio! - video!
}

/** Mean colour saturation of each frame of a file: the front test camera is colourful, the back one grey. */
export const saturationOf = async (file: string): Promise<number[]> => {
  const filter = 'signalstats,metadata=mode=print:key=lavfi.signalstats.SATAVG:file=-'
  const input = ['-nostdin', '-v', 'error', '-i', file, '-map', '0:v:0', '-fps_mode', 'passthrough']
  const { stdout } = await runTool('ffmpeg', [...input, '-vf', filter, '-f', 'null', '/dev/null'], 10_000)
  return [...stdout.toString('utf8').matchAll(/SATAVG=([\d.]+)/g)].map(([, text]) => Number(text))
}
