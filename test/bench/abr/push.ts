/** One push over an emulated link that follows a trace: a real box, a real encoder, real TCP. */
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { StatusEvent } from '../../../firmware/pusher/events.js'
import { type RunningBox, startBox } from '../../support/box.js'
import { type RtmpIngest, startRtmpIngest } from '../../support/rtmp/ingest.js'
import { isFrame, type RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import type { Slot } from '../../support/uplink/mover.js'
import { constantRate, type Rate } from '../../support/uplink/rate.js'
import { setCongestionControl } from '../../support/uplink/tcp-options.js'
import { startUplink, type Uplink } from '../../support/uplink/uplink.js'
import { monotonicMs, monotonicOffsetMs, pass } from '../clock.js'
import type { Bounds } from '../network/contender.js'
import type { Arrival, Moment, Watched } from '../network/measures.js'
import type { Trace } from '../network/trace.js'
import { board, videoEncoder } from '../publishers/encoding.js'
import { withForeign } from './foreign/foreign.js'
import { type Likeness, likeness } from './likeness.js'

export interface RealTrace extends Trace {
  /** when another flow fills the link, ms; the capacity tells what is left of it to the box */
  readonly others?: { readonly kbps: number; readonly spans: readonly (readonly [number, number])[] }
}

export interface PushPlan {
  readonly trace: RealTrace
  readonly bounds: Bounds
  readonly seconds: number
  readonly clip: string | undefined
  /** the clip's pictures carry their numbers, and there are so many */
  readonly marked?: number
  /** another rate controller than the firmware's */
  readonly foreign?: string
}

export interface Pushed {
  readonly watched: Watched
  /** status codes of the measured time */
  readonly codes: readonly StatusEvent[]
  readonly link: readonly Slot[]
  readonly sessions: number
  /** undefined when the clip's pictures have no numbers */
  readonly likeness: Likeness | undefined
}

const rtmpPort = 1935
const otherPort = 5001
const slotMs = 200
const momentMs = 100
const oneWayMs = 25
/** On the link at its best: the shortest way that a frame can take, and no more than that for the kernel to remember. */
const warmUpMs = 2_000

export const push = async (t: Teardown, plan: PushPlan): Promise<Pushed> => {
  const { trace, bounds, seconds } = plan
  const endMs = seconds * 1000
  const rate = rateOf(trace, endMs)
  const best = Math.max(...rate.steps.map(([, kbps]) => kbps))
  const link = await startUplink(t, { delayMs: oneWayMs, rate: constantRate(best) })
  const ingest = await startRtmpIngest(t, {
    at: link.farEnd(rtmpPort),
    keepPayloads: plan.marked !== undefined,
  })
  const others = trace.others ? await otherFlows(t, link, trace.others.spans.length) : []
  const box = await boxFor(t, link, ingest, plan)
  await ingest.session(1, { messages: 10 })
  await pass(warmUpMs)
  const droppedBefore = await dropped(box)
  const startMs = await link.setRate(rate)
  await Promise.all([
    pause(endMs),
    ...losses(trace, link, endMs),
    ...cuts(trace, ingest, endMs),
    ...(trace.others?.spans ?? []).map(async ([fromMs, toMs], nth) => {
      await pass(fromMs)
      fill(others[nth])
      await pass(Math.min(toMs, endMs) - fromMs)
      others[nth]?.destroy()
    }),
  ])
  const codes = box.codes().filter(({ time }) => time > Date.now() - (monotonicMs() - startMs))
  const sender = { dropped: (await dropped(box)) - droppedBefore }
  const arrivals = ingest.sessions
    .flatMap(arrivalsOf)
    .map(({ frame, atMs }) => ({
      frame: { ...frame, capturedMs: frame.capturedMs - startMs },
      atMs: atMs - startMs,
    }))
    .filter(({ atMs }) => atMs >= 0 && atMs < endMs)
  const moments = momentsOf(trace, bounds, endMs, arrivals)
  const before = ingest.sessions
    .flatMap((session) => session.messages.filter(isFrame))
    .filter(({ kind, arrivedMs }) => kind === 'video' && arrivedMs + monotonicOffsetMs < startMs).length
  const { clip, marked } = plan
  await box.stop()
  return {
    likeness:
      clip !== undefined && marked !== undefined
        ? await likeness(t, ingest.sessions, { clip, frames: marked }, bounds, before)
        : undefined,
    watched: { trace, bounds, endMs, sender, arrivals, moments },
    codes,
    link: (await link.slots()).filter(({ atMs }) => atMs > startMs),
    sessions: ingest.sessions.length,
  }
}

const boxFor = (
  t: Teardown,
  uplink: Uplink,
  ingest: RtmpIngest,
  { bounds, clip, foreign }: PushPlan,
): Promise<RunningBox> =>
  startBox(t, {
    uplink,
    ...(foreign === undefined ? {} : { env: withForeign(foreign) }),
    config: {
      board,
      encoder: videoEncoder,
      cameras: { front: clip === undefined ? 'test' : `clip:${clip}`, back: 'test' },
      attributes: {
        url: ingest.url(),
        autopush: true,
        mode: bounds.mode,
        orientation: bounds.width > bounds.height ? 'horizontal' : 'vertical',
        'video-width': bounds.width,
        'video-height': bounds.height,
        fps: bounds.fps,
        'min-bitrate': bounds.minKbps,
        'max-bitrate': bounds.maxKbps,
      },
    },
  })

const rateOf = (trace: RealTrace, endMs: number): Rate => ({
  steps: Array.from({ length: endMs / slotMs }, (_, slot) => [
    slot * slotMs,
    trace.others?.kbps ?? trace.capacity(slot * slotMs),
  ]),
})

/** Pictures that the box left out so far. */
const dropped = async ({ httpUrl }: RunningBox): Promise<number> => {
  const figures = (await (await fetch(`${httpUrl}/debug`)).json()) as { readonly DRP?: number }
  if (figures.DRP === undefined) throw new Error('the box counts no pictures that it left out')
  return figures.DRP
}

const losses = (trace: Trace, link: Uplink, endMs: number): Promise<void>[] => {
  const { lossAt } = trace
  if (!lossAt) return []
  const follow = async (): Promise<void> => {
    let last = 0
    const startMs = monotonicMs()
    for (let atMs = 0; atMs < endMs; atMs += slotMs) {
      await pass(startMs + atMs - monotonicMs())
      if (lossAt(atMs) !== last) await link.setLoss(lossAt(atMs) * 100)
      last = lossAt(atMs)
    }
  }
  return [follow()]
}

const cuts = (trace: Trace, ingest: RtmpIngest, endMs: number): Promise<void>[] =>
  (trace.cuts ?? [])
    .filter(([fromMs]) => fromMs < endMs)
    .map(async ([fromMs, toMs]) => {
      await pass(fromMs)
      await ingest.stop()
      await pass(toMs - fromMs)
      await ingest.restart()
    })

/** Connections that are open and idle: to open one blocks for a round trip. */
const otherFlows = async (t: Teardown, link: Uplink, count: number): Promise<Socket[]> => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume())
  link.listen(server, otherPort)
  t.teardown(() => server.close())
  return Array.from({ length: count }, () => {
    const flow = link.connect(otherPort)
    setCongestionControl(flow, 'cubic')
    flow.on('error', () => undefined)
    t.teardown(() => flow.destroy())
    return flow
  })
}

const chunk = Buffer.alloc(16_384)
const fill = (flow: Socket | undefined): void => {
  const more = (): void => {
    while (flow && !flow.destroyed && flow.write(chunk));
  }
  flow?.on('drain', more)
  more()
}

/**
 * When each frame was captured is known from its timestamp: the frame that took the shortest way took the link's own
 * delay. In times of the machine's monotonic clock.
 */
const arrivalsOf = (session: RecordedSession): Arrival[] => {
  const frames = session.messages.filter(isFrame)
  const ways = frames.map(({ arrivedMs, timestamp }) => arrivedMs - timestamp)
  const shortest = ways.reduce((least, way) => Math.min(least, way), Number.POSITIVE_INFINITY)
  const numbers = { video: 0, audio: 0 }
  return frames.map((frame) => {
    numbers[frame.kind] += 1
    return {
      frame: {
        track: frame.kind,
        bytes: frame.size,
        keyframe: frame.kind === 'video' && frame.keyframe,
        number: numbers[frame.kind],
        capturedMs: frame.timestamp + shortest - oneWayMs + monotonicOffsetMs,
      },
      atMs: frame.arrivedMs + monotonicOffsetMs,
    }
  })
}

const momentsOf = (
  trace: Trace,
  { maxKbps, width, height }: Bounds,
  endMs: number,
  arrivals: readonly Arrival[],
): Moment[] => {
  const inOrder = arrivals.toSorted((left, right) => left.atMs - right.atMs)
  // The next that arrives is the oldest on its way: the session keeps the order.
  let next = 0
  return Array.from({ length: Math.floor(endMs / momentMs) }, (_, index) => {
    const atMs = index * momentMs
    while ((inOrder[next]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) next += 1
    const captured = inOrder[next]?.frame.capturedMs ?? atMs
    const connected = !trace.cuts?.some(([fromMs, toMs]) => atMs >= fromMs && atMs < toMs)
    return {
      atMs,
      capacityKbps: trace.capacity(atMs),
      targetKbps: maxKbps,
      size: `${width}x${height}`,
      encodedKbps: 0,
      delayMs: Math.max(0, atMs - captured),
      connected,
    }
  })
}
