/**
 * What the link really carries and how much waits on it, from the kernel's and the queue's counters. Pure.
 * The delay that matters is all bytes that are not acknowledged, in our queue, in the kernel and on the way, over the
 * rate at which they are acknowledged; what a link without a queue would hold anyway is left out.
 */

/** What was measured at one moment; counters start anew with each session. */
export interface LinkSignals {
  /** any steady clock */
  readonly atMs: number
  /** number of the session that media goes out on; null while there is none */
  readonly session: number | null
  readonly minRttMs: number
  readonly bytesAcked: number
  /** total that the kernel was given: acknowledged, on the way and not sent */
  readonly bytesSent: number
  /** waiting above the kernel, with what the sink took ahead */
  readonly queueBytes: number
}

interface Reading {
  readonly atMs: number
  readonly ackedBytes: number
  readonly excessMs: number
}

export interface LinkMemory {
  readonly session: number | null
  /** the last {@link keptMs} of this session, oldest first */
  readonly readings: readonly Reading[]
  /** when something was last acknowledged, or nothing waited for it */
  readonly progressMs: number
}

export const newLinkMemory: LinkMemory = { session: null, readings: [], progressMs: 0 }

export interface Link {
  /** what waits beyond what is on the way on an empty link, bytes */
  readonly excessBytes: number
  /** how long that takes, ms; at most {@link longestMs} */
  readonly excessMs: number
  /** nothing was acknowledged for that long although something waits */
  readonly stalledMs: number
  /** how long this session has been watched */
  readonly watchedMs: number
}

const keptMs = 3_000
const rateWindowMs = 500
const longestMs = 10_000
/** Below this a rate is as good as none: keeps the delay finite. */
const least = 16

export const followLink = (memory: LinkMemory, signals: LinkSignals): readonly [LinkMemory, Link] => {
  const { atMs, session, bytesAcked } = signals
  const last = memory.readings.at(-1)
  const isSame = session !== null && session === memory.session && last !== undefined
  // A counter or a clock that went back begins anew, like a session.
  const goesOn = isSame && bytesAcked >= last.ackedBytes && atMs > last.atMs
  const earlier = goesOn ? memory.readings.filter((reading) => reading.atMs >= atMs - keptMs) : []
  const backlog = Math.max(0, signals.bytesSent - bytesAcked) + signals.queueBytes
  const moved = !goesOn || bytesAcked > last.ackedBytes || backlog === 0
  const progressMs = moved ? atMs : memory.progressMs
  const rate = Math.max(
    least,
    rateOver([...earlier, { atMs, ackedBytes: bytesAcked, excessMs: 0 }], rateWindowMs),
  )
  const excessBytes = Math.max(0, backlog - (rate * signals.minRttMs) / 8)
  const settled = atMs - (earlier[0]?.atMs ?? atMs) >= rateWindowMs / 2
  const excessMs = settled ? Math.min(longestMs, (excessBytes * 8) / rate) : 0
  const readings = session === null ? [] : [...earlier, { atMs, ackedBytes: bytesAcked, excessMs }]
  const watchedMs = atMs - (readings[0]?.atMs ?? atMs)
  return [
    { session, readings, progressMs },
    { excessBytes, excessMs, stalledMs: atMs - progressMs, watchedMs },
  ]
}

/** kbit/s acknowledged over the last `windowMs`; 0 before two readings. */
export const carriedKbps = ({ readings }: LinkMemory, windowMs: number): number =>
  rateOver(readings, windowMs)

/** The best rate of any `spanMs` within the last `windowMs`, kbit/s: what the link carried once it moved. */
export const bestKbps = ({ readings }: LinkMemory, windowMs: number, spanMs: number): number => {
  const from = (readings.at(-1)?.atMs ?? 0) - windowMs
  const ends = readings.flatMap(({ atMs }, index) => (atMs >= from ? [index + 1] : []))
  return Math.max(0, ...ends.map((end) => rateOver(readings.slice(0, end), spanMs)))
}

const rateOver = (readings: readonly Reading[], windowMs: number): number => {
  const last = readings.at(-1)
  if (!last) return 0
  const first = readings.find(({ atMs }) => atMs >= last.atMs - windowMs)
  if (!first || first.atMs === last.atMs) return 0
  return ((last.ackedBytes - first.ackedBytes) * 8) / (last.atMs - first.atMs)
}

const within = ({ readings }: LinkMemory, windowMs: number): readonly number[] => {
  const from = (readings.at(-1)?.atMs ?? 0) - windowMs
  return readings.filter(({ atMs }) => atMs >= from).map(({ excessMs }) => excessMs)
}

/** The queue that stood all the time: bursts of keyframes have gone by. */
export const standingMs = (memory: LinkMemory, windowMs: number): number =>
  Math.min(...within(memory, windowMs), longestMs)

export const meanExcessMs = (memory: LinkMemory, windowMs: number): number => {
  const values = within(memory, windowMs)
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
