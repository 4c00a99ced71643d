import type { NetStatus } from './events.js'

/** The `info` object of netstatus (spec section 9) from what was counted. */

/** What the media process counted by now. Totals count up from any start; the rest is as it stands. */
export interface Counters {
  /** time of the reading, ms on any steady clock */
  readonly atMs: number
  /** total out of the video encoder */
  readonly videoBytes: number
  /** total out of the audio encoder */
  readonly audioBytes: number
  /** total frames out of the video encoder */
  readonly videoFrames: number
  /** total that went out on the network */
  readonly bytesSent: number
  /** distance of the last two keyframes, ms; 0 before there are two */
  readonly lastGopMs: number
  readonly videoQueueFrames: number
  readonly audioQueueFrames: number
  readonly jitterMs: number
  readonly width: number
  readonly height: number
}

/** `slate`: connected, but a still picture is pushed on purpose. */
export type Connection = 'up' | 'down' | 'slate'

interface Period {
  /** share of what was produced that went out */
  readonly ratio: number
  /** video frames waiting to be sent */
  readonly queued: number
}

/** What the next reading is measured against; start with {@link newNetStatusWindow}. */
export interface NetStatusWindow {
  readonly previous: Counters | null
  /** the last periods with the connection up, newest last, at most two */
  readonly periods: readonly Period[]
}

export const newNetStatusWindow: NetStatusWindow = { previous: null, periods: [] }

/** Takes one reading in: the window for the next, and the status averaged over the last two periods. */
export function nextNetStatus(
  window: NetStatusWindow,
  now: Counters,
  connection: Connection,
): readonly [NetStatusWindow, NetStatus] {
  const rates = ratesBetween(window.previous, now)
  // An outage or a slate empties the window: what happened before says nothing about the link after it.
  const measured = connection === 'up' && rates !== null
  const periods = measured ? [...window.periods.slice(-1), periodOf(rates, now)] : []
  return [{ previous: now, periods }, status(rates, now, qualityLevel(periods, connection))]
}

/** The status of one period alone; all rates are 0 when the two readings can't be compared. */
export function netStatus(previous: Counters | null, now: Counters, connection: Connection): NetStatus {
  const [, info] = nextNetStatus({ previous, periods: [] }, now, connection)
  return info
}

interface Rates {
  readonly videoKbps: number
  readonly audioKbps: number
  readonly sentKbps: number
  readonly fps: number
}

/** null when there is no earlier reading, no time went by, or a total went back because its counter restarted. */
function ratesBetween(previous: Counters | null, now: Counters): Rates | null {
  if (previous === null) return null
  const elapsedMs = now.atMs - previous.atMs
  const grown = (['videoBytes', 'audioBytes', 'videoFrames', 'bytesSent'] as const).map(
    (name) => now[name] - previous[name],
  )
  const [video = 0, audio = 0, frames = 0, sent = 0] = grown
  const comparable = grown.every((count) => Number.isFinite(count) && count >= 0)
  if (!comparable || !Number.isFinite(elapsedMs) || elapsedMs <= 0) return null
  // bytes per millisecond × 8 = kbit/s
  return {
    videoKbps: (video * 8) / elapsedMs,
    audioKbps: (audio * 8) / elapsedMs,
    sentKbps: (sent * 8) / elapsedMs,
    fps: (frames * 1000) / elapsedMs,
  }
}

function periodOf(rates: Rates, now: Counters): Period {
  const produced = rates.videoKbps + rates.audioKbps
  // Where nothing was produced, nothing was held back.
  return { ratio: produced > 0 ? rates.sentKbps / produced : 1, queued: natural(now.videoQueueFrames) }
}

function status(rates: Rates | null, now: Counters, netQualityLevel: number): NetStatus {
  return {
    videoBitrate: natural(rates?.videoKbps ?? 0),
    audioBitrate: natural(rates?.audioKbps ?? 0),
    videoFPS: natural(rates?.fps ?? 0),
    videoGOP: natural(now.lastGopMs / 1000),
    netSpeed: natural(rates?.sentKbps ?? 0),
    netJitter: natural(now.jitterMs),
    netQualityLevel,
    videoWidth: natural(now.width),
    videoHeight: natural(now.height),
    videoCache: natural(now.videoQueueFrames),
    audioCache: natural(now.audioQueueFrames),
  }
}

/** Spec section 9; WeChat publishes no thresholds. */
function qualityLevel(periods: readonly Period[], connection: Connection): number {
  if (connection === 'down') return 6
  if (connection === 'slate' || periods.length === 0) return 0
  const ratio = mean(periods.map((period) => period.ratio))
  const queued = mean(periods.map((period) => period.queued))
  if (ratio >= 0.98 && queued <= 2) return 1
  if (ratio >= 0.95 && queued <= 5) return 2
  if (ratio >= 0.9 && queued < 10) return 3
  return ratio >= 0.75 || queued < 20 ? 4 : 5
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A whole number from 0, whatever was measured. */
function natural(value: number): number {
  return Number.isFinite(value) && value > 0 ? Math.round(value) : 0
}
