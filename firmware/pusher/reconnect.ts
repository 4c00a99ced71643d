/**
 * What a lost or failed connection means and when to try again. Pure; the figures are spec 10.2's.
 */
import type { Cause } from './events.js'

export interface ReconnectPolicy {
  /** retries before -1307 */
  readonly attempts: number
  readonly intervalMs: number
  /** go on after -1307, with growing pauses, until stop */
  readonly keepTrying: boolean
}

export const defaultPolicy: ReconnectPolicy = { attempts: 3, intervalMs: 3_000, keepTrying: true }

export type ConnectionCode = 3001 | 3002 | 3003 | 3004 | 3005

/** Failures of the network itself, seen before the server's port answered. */
const networkCodes: ReadonlyMap<string, ConnectionCode> = new Map([
  ['dns', 3001],
  ['refused', 3002],
  ['unreachable', 3002],
  ['connect-timeout', 3002],
  ['timeout', 3002],
])

/** The port answered: the server or the address is to blame. */
const serverCodes: ReadonlyMap<string, ConnectionCode> = new Map([
  ['tls', 3003],
  ['handshake', 3003],
  ['handshake-timeout', 3003],
  ['rejected', 3004],
  ['reset', 3004],
  ['closed', 3004],
])

/** What ends a running stream from the other side; everything else is a broken link. */
const endedByServer: ReadonlySet<string> = new Set(['closed', 'reset', 'rejected', 'handshake'])

/** The code for a failed connection; `cause.during` says how far it had come. */
export const codeOfLoss = ({ kind, during }: Cause): ConnectionCode => {
  if (during === 'published') return endedByServer.has(kind) ? 3004 : 3005
  if (during === 'connected') return kind === 'rejected' ? 3004 : 3003
  return networkCodes.get(kind) ?? serverCodes.get(kind) ?? 3005
}

/**
 * Whether an answer on the server's port is reason enough to try before the pause is over: when it did not
 * answer, or when a running stream broke. A server that takes the stream and ends it each time answers always:
 * with the retries used up, the pause is kept.
 */
export const probesHelp = ({ kind, during }: Cause, failures: number, policy: ReconnectPolicy): boolean =>
  during === 'published' ? failures <= policy.attempts : during !== 'connected' && networkCodes.has(kind)

/** The longest pause between attempts after -1307. */
const longestPauseMs = 30_000

/** The pause before attempt `failures + 1`, for failures beyond the policy's attempts doubled each time. */
export const pauseMs = (policy: ReconnectPolicy, failures: number): number =>
  failures <= policy.attempts
    ? policy.intervalMs
    : Math.min(longestPauseMs, policy.intervalMs * 2 ** Math.min(10, failures - policy.attempts))
