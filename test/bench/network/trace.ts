/** How much a link carries over time: recorded traces and made ones. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Random, seeded } from './random.js'

/** kbit/s at a time since the start, ms; at and after the end it begins again. */
export type Capacity = (atMs: number) => number

export interface Trace {
  readonly name: string
  readonly capacity: Capacity
  readonly seconds: number
  /** share of packets lost on the air; left out: none */
  readonly lossAt?: Capacity
  /** the server is away: its connection ends and nobody answers until the end of the cut, ms */
  readonly cuts?: readonly (readonly [fromMs: number, toMs: number])[]
  /** moments at which the link falls under, or comes back above, what was pushed, ms */
  readonly dropsAt?: readonly number[]
  readonly restoredAt?: readonly number[]
  /** no figure of it was seen before the controller was finished */
  readonly heldOut?: boolean
}

const slotMs = 200

const fromSlots = (slots: readonly number[]): Capacity => {
  return (atMs) => slots[Math.floor(atMs / slotMs) % slots.length] ?? 0
}

/** Reads `ms,kbps` rows of 200 ms. @throws Error naming the file and the row */
export const readTrace = (file: string | URL): Trace => {
  const path = file.toString()
  const [head, ...rows] = readFileSync(file, 'utf8').trim().split('\n')
  if (head?.trim() !== 'ms,kbps') throw new Error(`${path}: the first line must be ms,kbps`)
  if (rows.length === 0) throw new Error(`${path}: no rows`)
  const slots = rows.map((row, index) => {
    const [ms, kbps] = row.split(',').map(Number)
    if (ms !== index * slotMs || kbps === undefined || !(kbps >= 0) || !Number.isFinite(kbps))
      throw new Error(`${path}: row ${index + 2} must be ${index * slotMs} and a rate from 0`)
    return kbps
  })
  return { name: basename(path, '.csv'), capacity: fromSlots(slots), seconds: (slots.length * slotMs) / 1000 }
}

const recorded = (name: string): Trace =>
  readTrace(new URL(`../../../../test/fixtures/traces/${name}.csv`, import.meta.url))

const slotsOf = (seconds: number, rate: (second: number) => number): Capacity =>
  fromSlots(Array.from({ length: (seconds * 1000) / slotMs }, (_, slot) => rate((slot * slotMs) / 1000)))

/** The rate wanders by about a tenth each second and flickers by a fifth from slot to slot. */
const walk = (seed: number, lowest: number, highest: number): Capacity => {
  const random = seeded(seed)
  let place = Math.log((lowest + highest) / 2)
  return slotsOf(120, () => {
    place += random.normal() * 0.08
    if (place < Math.log(lowest)) place = 2 * Math.log(lowest) - place
    if (place > Math.log(highest)) place = 2 * Math.log(highest) - place
    return Math.exp(place) * Math.max(0.2, 1 + random.normal() * 0.2)
  })
}

/** Bursts in which a fifth of the packets are lost and the rate falls to a fraction. */
const burstsOf = (random: Random): readonly (readonly [from: number, to: number, share: number])[] => {
  const bursts: [number, number, number][] = []
  for (let at = 4; at < 120; at += 3 + random.next() * 10)
    bursts.push([at, at + 0.3 + random.next() * 1.7, 0.1 + random.next() * 0.4])
  return bursts
}

const wifi = (name: string, seed: number, kbps: number, heldOut: boolean): Trace => {
  const bursts = burstsOf(seeded(seed))
  const during = (second: number) => bursts.find(([from, to]) => second >= from && second < to)
  return {
    name,
    seconds: 120,
    heldOut,
    capacity: slotsOf(120, (second) => kbps * (during(second)?.[2] ?? 1)),
    lossAt: (atMs) => (during((atMs / 1000) % 120) ? 0.2 : 0.001),
  }
}

/** Nothing at all for half a second to four, at odd times. */
const tunnels = (seed: number, kbps: number): Capacity => {
  const random = seeded(seed)
  const dark: [from: number, to: number][] = []
  for (let at = 5; at < 120; at += 4 + random.next() * 14) dark.push([at, at + 0.5 + random.next() * 3.5])
  return slotsOf(120, (second) =>
    dark.some(([from, to]) => second >= from && second < to) ? 0 : kbps * (0.85 + random.next() * 0.3),
  )
}

/**
 * The traces of the repository. Those `heldOut` were made when the controller was finished and judged once; the
 * figures of all others were seen while it was made.
 */
export const traces = (): readonly Trace[] => [
  recorded('att-lte-driving'),
  recorded('verizon-evdo-driving'),
  {
    name: 'drop',
    seconds: 60,
    capacity: slotsOf(60, (second) => (second >= 20 && second < 40 ? 500 : 3000)),
    dropsAt: [20_000],
    restoredAt: [40_000],
  },
  {
    name: 'outages',
    seconds: 60,
    capacity: slotsOf(60, (second) => (second % 15 >= 12 && second % 15 < 14 ? 0 : 2000)),
  },
  {
    name: 'reconnect',
    seconds: 60,
    capacity: slotsOf(60, (second) => (second < 10 ? 3000 : 600)),
    cuts: [
      [20_000, 23_000],
      [40_000, 42_000],
    ],
  },
  { name: 'step', seconds: 90, capacity: slotsOf(90, (second) => (second % 30 < 15 ? 1500 : 600)) },
  {
    name: 'ramp',
    seconds: 90,
    capacity: slotsOf(90, (second) => 300 + (2700 * Math.abs(second - 45)) / 45),
  },
  {
    name: 'sawtooth',
    seconds: 100,
    capacity: slotsOf(100, (second) => 400 + 80 * (second % 20)),
  },
  {
    name: 'shared',
    seconds: 90,
    capacity: slotsOf(90, (second) => 2400 / [1, 2, 1, 3, 4, 2][Math.floor(second / 15)]!),
  },
  wifi('wifi-1', 11, 2500, false),
  wifi('wifi-2', 12, 1500, false),
  wifi('wifi-3', 31, 1800, false),
  wifi('wifi-4', 41, 2000, true),
  { name: 'walk-1', seconds: 120, capacity: walk(21, 250, 1800) },
  { name: 'walk-2', seconds: 120, capacity: walk(22, 250, 1800) },
  { name: 'walk-slow', seconds: 120, capacity: walk(23, 120, 600) },
  { name: 'walk-3', seconds: 120, capacity: walk(33, 150, 2500) },
  { name: 'walk-4', seconds: 120, capacity: walk(34, 100, 900) },
  { name: 'walk-5', seconds: 120, capacity: walk(43, 200, 2000), heldOut: true },
  { name: 'walk-6', seconds: 120, capacity: walk(51, 100, 900), heldOut: true },
  { name: 'walk-7', seconds: 120, capacity: walk(52, 300, 3000), heldOut: true },
  { name: 'walk-8', seconds: 120, capacity: walk(53, 150, 1500), heldOut: true },
  wifi('wifi-5', 54, 1200, true),
  wifi('wifi-6', 55, 3000, true),
  { name: 'tunnels', seconds: 120, capacity: tunnels(56, 1600), heldOut: true },
  {
    name: 'falling',
    seconds: 100,
    capacity: slotsOf(100, (second) => 2400 - 84 * (second % 25)),
    heldOut: true,
  },
  {
    name: 'short steps',
    seconds: 90,
    capacity: slotsOf(90, (second) => [2000, 700, 1200, 400, 1600][Math.floor(second / 6) % 5] ?? 0),
    heldOut: true,
  },
  { name: 'walk-fast', seconds: 120, capacity: walk(24, 800, 5000) },
]
