/** A push over a link, in virtual time: the same call gives the same figures, on any machine. */
import type { CongestionName } from './congestion-control.js'
import type { Bounds, Chosen, Contender } from './contender.js'
import { type Arrival, type Measures, type Moment, measure } from './measures.js'
import { type Random, seeded } from './random.js'
import { Sender } from './sender.js'
import { TcpConnection } from './tcp.js'
import type { Trace } from './trace.js'

const stepMs = 5
const handshakeMs = 200

export interface SimulationOptions {
  readonly trace: Trace
  readonly contender: Contender
  readonly bounds: Bounds
  readonly congestion?: CongestionName
  readonly seconds?: number
  readonly seed?: number
  /** bits per pixel that the scene is worth, by time; left out: a hard scene */
  readonly enough?: (atMs: number) => number
  readonly obeys?: boolean
  readonly gopSeconds?: number
  readonly bufferBytes?: number
  readonly oneWayMs?: number
  /** what the sink takes ahead and what the kernel may hold unsent */
  readonly aheadBytes?: number
  readonly notSentBytes?: number
}

export interface Run {
  readonly measures: Measures
  /** every 100 ms */
  readonly moments: readonly Moment[]
}

export const simulate = (options: SimulationOptions): Run => {
  const { trace, contender, bounds, seed = 1 } = options
  const random: Random = seeded(seed)
  const endMs = (options.seconds ?? trace.seconds) * 1000
  const decide = contender.start(bounds)
  const sender = new Sender(
    bounds,
    {
      gopSeconds: options.gopSeconds ?? (bounds.mode === 'RTC' ? 1 : 2),
      enough: options.enough ?? (() => Number.POSITIVE_INFINITY),
      obeys: options.obeys ?? true,
      random: seeded(seed + 1),
    },
    contender.dropAfterMs(bounds.mode),
    options.aheadBytes ?? 16_384,
  )
  const path = {
    capacity: trace.capacity,
    oneWayMs: options.oneWayMs ?? 25,
    bufferBytes: options.bufferBytes ?? 150_000,
    lossAt: trace.lossAt ?? (() => 0),
    random,
  }
  const open = (nowMs: number): TcpConnection =>
    new TcpConnection(path, options.congestion ?? 'bbr', options.notSentBytes ?? 16_384, nowMs)
  const away = (nowMs: number): boolean =>
    (trace.cuts ?? []).some(([from, to]) => nowMs >= from && nowMs < to + handshakeMs)

  let connection: TcpConnection | undefined = open(0)
  let session = 1
  let chosen: Chosen = observe(0)
  const arrivals: Arrival[] = []
  const moments: Moment[] = []

  function observe(nowMs: number): Chosen {
    const info = connection?.info
    return decide({
      atMs: nowMs,
      session: connection ? session : null,
      rttMs: info?.rttMs ?? 0,
      minRttMs: info?.minRttMs ?? 0,
      rttVarMs: info?.rttVarMs ?? 0,
      deliveryKbps: info?.deliveryKbps ?? 0,
      bytesAcked: info?.bytesAcked ?? 0,
      bytesSent: connection?.bytesWritten ?? 0,
      notSentBytes: info?.notSentBytes ?? 0,
      queueAgeMs: sender.queueAgeMs(nowMs),
      queueBytes: sender.queueBytes,
      queuePackets: sender.queuePackets,
      encodedKbps: sender.encodedKbps,
    })
  }

  for (let nowMs = stepMs; nowMs <= endMs; nowMs += stepMs) {
    if (away(nowMs)) {
      if (connection) sender.disconnect()
      connection = undefined
    } else if (!connection) {
      connection = open(nowMs)
      session += 1
      sender.connect()
    }
    sender.capture(nowMs, chosen, connection !== undefined)
    if (connection) {
      sender.hand(connection, chosen.windowBytes)
      connection.advance(nowMs, stepMs)
      sender.hand(connection, chosen.windowBytes)
      for (const frame of sender.arrived(connection.bytesReceived)) arrivals.push({ frame, atMs: nowMs })
    }
    if (nowMs % contender.tickMs === 0) {
      chosen = observe(nowMs)
      if (chosen.drop) sender.dropToKeyframe()
    }
    if (nowMs % 100 === 0)
      moments.push({
        atMs: nowMs,
        capacityKbps: trace.capacity(nowMs),
        targetKbps: chosen.targetKbps,
        size: `${chosen.width}x${chosen.height}@${chosen.fps}`,
        encodedKbps: sender.encodedKbps,
        delayMs: sender.oldestAgeMs(nowMs),
        connected: connection !== undefined,
      })
  }
  return { moments, measures: measure({ trace, bounds, endMs, sender, arrivals, moments }) }
}
