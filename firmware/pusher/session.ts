/**
 * The session's state machine: (state, event) → (state, effects). Pure; the daemon's shell runs the effects.
 *
 * `paused` in the states without a connection is what the user wants to see once it stands; with a connection,
 * paused is a state of its own. `failures` counts failed attempts since a connection last held for long enough.
 */
import type { PhaseName } from './call-order.js'
import type { StatusCode } from './codes.js'
import type { BoxStateName, Cause } from './events.js'
import { codeOfLoss, pauseMs, probesHelp, type ReconnectPolicy } from './reconnect.js'

export type Session =
  | { readonly at: 'idle' }
  /** the picture without pushing; for the contract it is idle */
  | { readonly at: 'preview' }
  /** wants to push; the media process is not there yet */
  | { readonly at: 'starting'; readonly paused: boolean; readonly failures: number }
  | {
      readonly at: 'connecting' | 'reconnecting' | 'failed'
      readonly paused: boolean
      readonly failures: number
      /** the attempt that is under way; undefined while waiting for the next */
      readonly connection: number | undefined
      /** what ended the last one, told again only when it changes */
      readonly lastCode: number | undefined
    }
  | { readonly at: 'pushing' | 'paused'; readonly connection: number; readonly failures: number }

export type SessionEvent =
  /** `paused`: as it was when the power went; nobody asked for the camera since */
  | { readonly type: 'start'; readonly paused?: boolean }
  | { readonly type: 'stop' }
  | { readonly type: 'start-preview' }
  | { readonly type: 'stop-preview' }
  | { readonly type: 'pause' }
  /** a pause that is limited more tightly, and told with 5000 */
  | { readonly type: 'background' }
  | { readonly type: 'resume' }
  /** a new address while pushing: the same as stop and start */
  | { readonly type: 'restart' }
  | { readonly type: 'media-up' }
  | { readonly type: 'media-down'; readonly cause: Cause }
  /** it crashed too often; it will be back later */
  | { readonly type: 'media-failed'; readonly cause: Cause }
  | { readonly type: 'connected'; readonly connection: number }
  | { readonly type: 'published'; readonly connection: number }
  | { readonly type: 'lost'; readonly connection: number; readonly cause: Cause }
  /** the pause is over, or a probe was answered */
  | { readonly type: 'retry' }
  /** the connection has held */
  | { readonly type: 'stable' }
  /** paused for longer than is allowed */
  | { readonly type: 'pause-expired' }

export type Effect =
  | { readonly do: 'connect' }
  | { readonly do: 'disconnect' }
  | { readonly do: 'emit'; readonly code: StatusCode; readonly cause?: Cause }
  | { readonly do: 'notice'; readonly kind: string; readonly message: string }
  /** raise `retry` after that long, or as soon as the server's port answers when `probe` */
  | { readonly do: 'wait'; readonly ms: number; readonly probe: boolean }
  | { readonly do: 'stop-waiting' }
  /** raise `stable` once the connection has held for 10 s */
  | { readonly do: 'await-stable' }
  | { readonly do: 'limit-pause'; readonly as: 'pause' | 'background' }
  /** what the encoder side shall show from now on */
  | { readonly do: 'capture'; readonly want: 'camera' | 'slate' | 'nothing' }
  /** whether the box shall push again after a power cut */
  | { readonly do: 'remember'; readonly pushing: boolean }

export const idle: Session = { at: 'idle' }

type Next = readonly [Session, readonly Effect[]]

const stay = (session: Session): Next => [session, []]

/** @param media whether the media process is there to connect */
export const next = (
  session: Session,
  event: SessionEvent,
  policy: ReconnectPolicy,
  media: boolean,
): Next => {
  switch (event.type) {
    case 'start':
      // Whoever starts after -1307 wants the picture, as whoever starts from idle does.
      if (session.at === 'failed') return beginAnew(media, false)
      if (!isOff(session)) return stay(session)
      return event.paused ? limited(begin(media, true)) : begin(media, false)
    case 'restart':
      return isOff(session) ? stay(session) : beginAnew(media, isPaused(session))
    case 'stop':
      return session.at === 'idle' ? stay(session) : [idle, end]
    case 'start-preview':
      return session.at === 'idle' ? [{ at: 'preview' }, [{ do: 'capture', want: 'camera' }]] : stay(session)
    case 'stop-preview':
      return session.at === 'preview' ? [idle, [{ do: 'capture', want: 'nothing' }]] : stay(session)
    case 'pause':
    case 'background':
      return pause(session, event.type)
    case 'resume':
      return resume(session)
    case 'pause-expired':
      if (!isPaused(session)) return stay(session)
      return [
        idle,
        [
          ...end,
          { do: 'notice', kind: 'pause-expired', message: 'Paused for too long: the session was ended.' },
        ],
      ]
    case 'media-up':
      return mayTry(session, policy) ? attempt(session, policy) : stay(session)
    case 'media-down':
      return mediaDown(session, event.cause)
    case 'media-failed':
      if (isOff(session)) return stay(session)
      return [
        waiting('failed', session, undefined),
        [{ do: 'stop-waiting' }, { do: 'emit', code: -1303, cause: event.cause }],
      ]
    case 'connected':
      return isOf(session, event.connection) ? [session, [{ do: 'emit', code: 1001 }]] : stay(session)
    case 'published':
      return isOf(session, event.connection) ? published(session, event.connection) : stay(session)
    case 'lost':
      return isOf(session, event.connection) ? lost(session, event.cause, policy) : stay(session)
    case 'retry':
      return media && mayTry(session, policy) ? attempt(session, policy) : stay(session)
    case 'stable':
      return session.at === 'pushing' || session.at === 'paused'
        ? stay({ ...session, failures: 0 })
        : stay(session)
  }
}

/** The number that the next connection gets is the shell's; it is told here once the attempt is made. */
export const withConnection = (session: Session, connection: number): Session =>
  session.at === 'connecting' || session.at === 'reconnecting' || session.at === 'failed'
    ? { ...session, connection }
    : session

/** Nothing is pushed and nobody wants it. */
export const isOff = (session: Session): boolean => session.at === 'idle' || session.at === 'preview'

/** The state's name in the contract. */
export const stateName = (session: Session): BoxStateName => (session.at === 'preview' ? 'idle' : session.at)

/** The column of the call-order table. */
export const phaseOf = (session: Session): PhaseName => {
  switch (session.at) {
    case 'idle':
    case 'preview':
    case 'pushing':
    case 'paused':
    case 'failed':
      return session.at
    case 'starting':
    case 'connecting':
    case 'reconnecting':
      return session.paused ? 'paused' : 'connecting'
  }
}

export const isPaused = (session: Session): boolean =>
  session.at === 'paused' || ('paused' in session && session.paused)

/** The reconnection attempt as published; 0 when none is going on. */
export const attemptOf = (session: Session): number =>
  session.at === 'reconnecting' || session.at === 'failed' ? session.failures : 0

const end: readonly Effect[] = [
  { do: 'stop-waiting' },
  { do: 'disconnect' },
  { do: 'capture', want: 'nothing' },
  { do: 'remember', pushing: false },
]

const begin = (media: boolean, paused: boolean): Next => {
  const effects: Effect[] = [
    { do: 'remember', pushing: true },
    { do: 'capture', want: paused ? 'slate' : 'camera' },
  ]
  if (!media) return [{ at: 'starting', paused, failures: 0 }, effects]
  return [
    { at: 'connecting', paused, failures: 0, connection: undefined, lastCode: undefined },
    [...effects, { do: 'connect' }],
  ]
}

const limited = ([session, effects]: Next): Next => [
  session,
  [...effects, { do: 'limit-pause', as: 'pause' }],
]

/** Ends what is under way first: an attempt or a wait may be. */
const beginAnew = (media: boolean, paused: boolean): Next => {
  const [begun, effects] = begin(media, paused)
  return [begun, [{ do: 'disconnect' }, { do: 'stop-waiting' }, ...effects]]
}

const hasConnection = (session: Session): boolean =>
  'connection' in session && session.connection !== undefined

/** Whether -1307 was told in this outage; else `failed` is the media process's doing. */
const isToldLost = (session: Session, policy: ReconnectPolicy): boolean =>
  failuresOf(session) > policy.attempts

const mayTry = (session: Session, policy: ReconnectPolicy): boolean =>
  !isOff(session) &&
  !hasConnection(session) &&
  (session.at !== 'failed' || policy.keepTrying || !isToldLost(session, policy))

const isOf = (session: Session, connection: number): boolean =>
  'connection' in session && session.connection === connection

const failuresOf = (session: Session): number => ('failures' in session ? session.failures : 0)

const waiting = (at: 'reconnecting' | 'failed', session: Session, lastCode: number | undefined): Session => ({
  at,
  paused: isPaused(session),
  failures: failuresOf(session),
  connection: undefined,
  lastCode,
})

const attempt = (session: Session, policy: ReconnectPolicy): Next => {
  const effects: Effect[] = [{ do: 'stop-waiting' }, { do: 'connect' }]
  if (session.at === 'starting') {
    const { paused, failures } = session
    return [{ at: 'connecting', paused, failures, connection: undefined, lastCode: undefined }, effects]
  }
  // The media process had failed, not the network: the usual retries lie ahead.
  if (session.at === 'failed' && !isToldLost(session, policy))
    return [{ ...session, at: 'reconnecting' }, effects]
  return [session, effects]
}

const published = (session: Session, connection: number): Next => [
  {
    at: isPaused(session) ? 'paused' : 'pushing',
    connection,
    // After -1307 it is a new start, as if the app had called start() again.
    failures: session.at === 'failed' ? 0 : failuresOf(session),
  },
  [{ do: 'emit', code: 1002 }, { do: 'await-stable' }],
]

const lost = (session: Session, cause: Cause, policy: ReconnectPolicy): Next => {
  const code = codeOfLoss(cause)
  const failures = failuresOf(session) + 1
  const wait: Effect = {
    do: 'wait',
    ms: pauseMs(policy, failures),
    probe: probesHelp(cause, failures, policy),
  }
  const known = 'lastCode' in session ? session.lastCode : undefined
  if (session.at === 'failed') {
    // The outage was told; only a new reason is news.
    const told: Effect[] = known === code ? [] : [{ do: 'emit', code, cause }]
    return [{ ...session, failures, connection: undefined, lastCode: code }, [...told, wait]]
  }
  const base = { paused: isPaused(session), failures, connection: undefined, lastCode: code }
  if (failures <= policy.attempts)
    return [
      { at: 'reconnecting', ...base },
      [
        { do: 'emit', code, cause },
        { do: 'emit', code: 1102, cause: { ...cause, attempt: failures, of: policy.attempts } },
        wait,
      ],
    ]
  return [
    { at: 'failed', ...base },
    [
      { do: 'emit', code, cause },
      { do: 'emit', code: -1307, cause: { ...cause, attempts: policy.attempts } },
      ...(policy.keepTrying ? [wait] : ([{ do: 'disconnect' }, { do: 'remember', pushing: false }] as const)),
    ],
  ]
}

const mediaDown = (session: Session, cause: Cause): Next => {
  if (isOff(session) || session.at === 'starting') return stay(session)
  if (session.at === 'failed') return [{ ...session, connection: undefined }, [{ do: 'stop-waiting' }]]
  return [
    waiting('reconnecting', session, undefined),
    [{ do: 'stop-waiting' }, { do: 'emit', code: 1102, cause }],
  ]
}

const pause = (session: Session, as: 'pause' | 'background'): Next => {
  const effects: Effect[] = [
    ...(as === 'background' ? [{ do: 'emit', code: 5000 } as const] : []),
    { do: 'capture', want: 'slate' },
    { do: 'limit-pause', as },
  ]
  if (session.at === 'pushing') return [{ ...session, at: 'paused' }, effects]
  if (isOff(session) || session.at === 'failed' || isPaused(session)) return stay(session)
  return [{ ...session, paused: true } as Session, effects]
}

const resume = (session: Session): Next => {
  const effects: Effect[] = [{ do: 'capture', want: 'camera' }]
  if (session.at === 'paused') return [{ ...session, at: 'pushing' }, effects]
  if (!isPaused(session)) return stay(session)
  return [{ ...session, paused: false } as Session, effects]
}
