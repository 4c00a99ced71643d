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

/** Causes of the network itself: as soon as the server's port answers, it is worth trying again. */
const networkKinds: Readonly<Record<string, ConnectionCode>> = {
  dns: 3001,
  refused: 3002,
  unreachable: 3002,
  'connect-timeout': 3002,
  timeout: 3002,
  reset: 3004,
  closed: 3004,
  stalled: 3005,
}

/** Causes that the server or the address is to blame for: asking faster would only annoy it. */
const serverKinds: Readonly<Record<string, ConnectionCode>> = {
  tls: 3003,
  handshake: 3003,
  'handshake-timeout': 3003,
  rejected: 3004,
}

/** The code for a failed connection; `cause.during` says how far it had come. */
export const codeOfLoss = (cause: Cause): ConnectionCode => {
  const during = cause['during']
  if (during === 'published') return cause.kind === 'stalled' || cause.kind === 'timeout' ? 3005 : 3004
  if (during === 'connected' && cause.kind !== 'rejected') return 3003
  return networkKinds[cause.kind] ?? serverKinds[cause.kind] ?? 3005
}

/** Whether an answer on the server's port is reason enough to try before the pause is over. */
export const probesHelp = (cause: Cause): boolean =>
  cause['during'] === 'published' || (cause['during'] !== 'connected' && cause.kind in networkKinds)

/** The longest pause between attempts after -1307. */
const longestPauseMs = 30_000

/** The pause before attempt `failures + 1`, for failures beyond the policy's attempts doubled each time. */
export const pauseMs = (policy: ReconnectPolicy, failures: number): number =>
  failures <= policy.attempts
    ? policy.intervalMs
    : Math.min(longestPauseMs, policy.intervalMs * 2 ** Math.min(10, failures - policy.attempts))
