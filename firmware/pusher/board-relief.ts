/**
 * How much less work the box makes so that its board need not slow itself down: fewer pictures, then the encoder's
 * quickest preset. Down early and step by step, up after a minute of ease. Pure.
 */
import type { Cause } from './events.js'

/** A step of picture-steps.ts: 1 is two thirds of the pictures, 4 a third with the quickest preset. */
export interface Relief {
  /** at least 1 */
  readonly level: number
  /** kind is board-hot, board-throttled or under-voltage */
  readonly cause: Cause
}

export interface ReliefMemory {
  readonly relief: Relief | undefined
  /** when the level was last changed */
  readonly changedMs: number
  /** °C at that moment */
  readonly changedC: number
  /** since when nothing strains the board; null: something does */
  readonly easySinceMs: number | null
}

export const newReliefMemory: ReliefMemory = {
  relief: undefined,
  changedMs: Number.NEGATIVE_INFINITY,
  changedC: 0,
  easySinceMs: null,
}

export interface BoardReading {
  readonly atMs: number
  readonly temperatureC?: number | undefined
  /** what slows the board down now; names that end in -before count for nothing */
  readonly throttled?: readonly string[] | undefined
}

const mostLevel = 4
/** A weak supply is helped by a little; heat may need all there is. */
const mostForVoltage = 2
/** A step needs this long to show in the temperature. */
const stepMs = 20_000
const easyMs = 60_000
const marginC = 5

/** @param hotC °C from which on the board is strained */
export const followBoard = (memory: ReliefMemory, now: BoardReading, hotC: number): ReliefMemory => {
  const kind = strainOf(now, hotC)
  const celsius = now.temperatureC ?? 0
  const level = memory.relief?.level ?? 0
  if (kind === undefined) {
    // Between "hot" and "cool again" nothing changes.
    if (celsius > hotC - marginC) return { ...memory, easySinceMs: null }
    const easySinceMs = memory.easySinceMs ?? now.atMs
    if (!memory.relief || now.atMs - easySinceMs < easyMs) return { ...memory, easySinceMs }
    const relief = level > 1 ? { ...memory.relief, level: level - 1 } : undefined
    return { relief, changedMs: now.atMs, changedC: celsius, easySinceMs: now.atMs }
  }
  const kept = { ...memory, easySinceMs: null }
  const most = kind === 'under-voltage' ? mostForVoltage : mostLevel
  const isDue = now.atMs - memory.changedMs >= stepMs
  const helps = kind === 'board-hot' && celsius < memory.changedC
  if (level >= most || (level > 0 && (!isDue || helps))) return kept
  const cause: Cause = { kind, ...(now.temperatureC === undefined ? {} : { temperatureC: celsius }) }
  return { ...kept, relief: { level: level + 1, cause }, changedMs: now.atMs, changedC: celsius }
}

const strainOf = ({ temperatureC = 0, throttled = [] }: BoardReading, hotC: number): string | undefined => {
  const has = (...flags: string[]): boolean => flags.some((flag) => throttled.includes(flag))
  if (has('under-voltage', 'over-current')) return 'under-voltage'
  if (has('throttled', 'frequency-capped')) return 'board-throttled'
  return temperatureC >= hotC || has('soft-temperature-limit') ? 'board-hot' : undefined
}
