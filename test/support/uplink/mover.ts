/** What the process that moves packets is told and says: one line of JSON each. */
import type { Addresses, Names } from './namespaces.js'
import type { PathCounts } from './path.js'
import type { Rate } from './rate.js'

export interface LinkOptions {
  /** towards the server; undefined: unlimited */
  readonly rate?: Rate
  /** each way */
  readonly delayMs: number
  /** drop-tail, towards the server */
  readonly queueBytes: number
  /** each way */
  readonly lossPercent: number
  readonly seed: number
  readonly addresses: Addresses
}

export type ToMover = { readonly id: number } & (
  | { readonly do: 'rate'; readonly rate: Rate | null }
  | { readonly do: 'loss'; readonly percent: number }
  | { readonly do: 'swallow'; readonly on: boolean }
  | { readonly do: 'carrier'; readonly on: boolean }
  | { readonly do: 'slots' }
)

/** A tenth of a second that ended at `atMs` of the monotonic clock; counts are since the start, towards the server. */
export interface Slot extends PathCounts {
  readonly atMs: number
  readonly kbps: number
  readonly mostQueued: number
}

export interface FromMover {
  /** which order; 0: it is ready */
  readonly did: number
  /** monotonic ms */
  readonly atMs: number
  readonly names?: Names
  readonly slots?: readonly Slot[]
}
