/**
 * The course of an update, as a pure function: what happened in, what becomes of it and what is to be done out. The shell
 * around it is updates.ts. A state is stored before its effects run, so that a power cut anywhere goes on from there.
 */
import type { Cause } from '../../firmware/pusher/events.js'

/** What somebody asked for. */
export interface Wish {
  readonly url: string
  /** hex, of the whole bundle */
  readonly sha256?: string
  /** whether a stream that runs is waited for; else the update is refused */
  readonly wait: boolean
}

/** The slot that ran when the update began, to which a failure goes back. */
export interface Origin {
  /** RAUC's bootname */
  readonly slot: string
  readonly version: string
}

/** What the new slot has not shown yet. */
export type Missing = 'frames' | 'broker' | 'stream'

export type UpdateState =
  | { readonly at: 'idle' }
  /** for the end of the stream, before this step */
  | { readonly at: 'waiting'; readonly before: 'download'; readonly wish: Wish }
  | { readonly at: 'waiting'; readonly before: 'install'; readonly wish: Wish; readonly version: string }
  | { readonly at: 'waiting'; readonly before: 'reboot'; readonly version: string; readonly wish: Wish }
  | { readonly at: 'downloading'; readonly wish: Wish; readonly percent: number }
  | { readonly at: 'checking'; readonly wish: Wish; readonly tries: number }
  | {
      readonly at: 'installing'
      readonly wish: Wish
      readonly version: string
      readonly percent: number
      readonly tries: number
    }
  /** with a cause: back to the origin */
  | {
      readonly at: 'rebooting'
      readonly version: string
      readonly origin: Origin
      readonly starts: number
      readonly cause?: Cause
    }
  | {
      readonly at: 'proving'
      readonly version: string
      readonly origin: Origin
      readonly starts: number
      readonly deadlineMs: number
      readonly missing: readonly Missing[]
    }
  | { readonly at: 'committed'; readonly version: string }
  | { readonly at: 'rolled-back'; readonly version: string; readonly cause: Cause }
  | { readonly at: 'failed'; readonly version?: string; readonly cause: Cause }

export type UpdateEvent =
  | { readonly type: 'asked'; readonly wish: Wish }
  | { readonly type: 'cancelled' }
  /** the stream began or ended */
  | { readonly type: 'stream' }
  | { readonly type: 'progress'; readonly percent: number }
  | { readonly type: 'downloaded' }
  | { readonly type: 'inspected'; readonly compatible: string; readonly version: string }
  | { readonly type: 'installed' }
  /** whatever runs did not succeed */
  | { readonly type: 'failed'; readonly cause: Cause }
  /** the daemon started, in this slot; undefined: RAUC does not know it */
  | { readonly type: 'booted'; readonly slot: string | undefined }
  | Health
  | { readonly type: 'marked-good' }

/** What the box shows: pictures encoded since its media process started, and whether a stream is on or only asked for. */
export interface Health {
  readonly type: 'health'
  readonly frames: number
  readonly broker: boolean
  readonly stream: 'none' | 'wanted' | 'on'
}

/** What is true outside when an event is heard. */
export interface World {
  /** monotonic ms */
  readonly nowMs: number
  readonly pushing: boolean
  /** of the daemon that runs */
  readonly version: string
  /** the system's, as RAUC is configured; undefined without RAUC */
  readonly compatible: string | undefined
  readonly slot: string | undefined
  readonly allowOlder: boolean
  readonly proveMs: number
}

export type UpdateEffect =
  | { readonly do: 'download'; readonly wish: Wish }
  | { readonly do: 'inspect' | 'install' | 'reboot' | 'mark-good' | 'mark-bad' }
  /** ends a download or an installation that runs, and what is half loaded goes */
  | { readonly do: 'discard' }
  /** makes the encoder work and looks at the box twice a second, or no more */
  | { readonly do: 'prove'; readonly on: boolean }

type Step = readonly [UpdateState, readonly UpdateEffect[]]

/** Encoded pictures that a new slot has to show. */
export const framesToProve = 30
/** Starts of a new slot's daemon, or power cuts in an installation, that are enough. */
export const mostTries = 3

const steady = ['idle', 'committed', 'rolled-back', 'failed']
/** Whether another update may be asked for. */
export const isSteady = ({ at }: UpdateState): boolean => steady.includes(at)

/** An event that means nothing in a state changes nothing and asks for nothing. */
export const next = (state: UpdateState, event: UpdateEvent, world: World): Step => {
  switch (event.type) {
    case 'asked':
      if (!isSteady(state)) return [state, []]
      return world.pushing
        ? event.wish.wait
          ? [{ at: 'waiting', before: 'download', wish: event.wish }, []]
          : [state, []]
        : download(event.wish)
    case 'cancelled':
      return isCancellable(state) ? [{ at: 'idle' }, [{ do: 'discard' }]] : [state, []]
    case 'stream':
      return world.pushing || state.at !== 'waiting' ? [state, []] : goOn(state, world)
    case 'progress':
      return state.at === 'downloading' || state.at === 'installing'
        ? [{ ...state, percent: Math.max(state.percent, event.percent) }, []]
        : [state, []]
    case 'downloaded':
      return state.at === 'downloading' ? check(state.wish, 1) : [state, []]
    case 'inspected':
      return state.at === 'checking' ? judge(state, event, world) : [state, []]
    case 'installed':
      if (state.at !== 'installing') return [state, []]
      return world.pushing
        ? [{ at: 'waiting', before: 'reboot', wish: state.wish, version: state.version }, []]
        : reboot(state.version, world)
    case 'failed':
      return failed(state, event.cause)
    case 'booted':
      return booted(state, event.slot, world)
    case 'health':
      return state.at === 'proving' ? prove(state, event, world) : [state, []]
    case 'marked-good':
      return state.at === 'proving'
        ? [{ at: 'committed', version: state.version }, [{ do: 'prove', on: false }, { do: 'discard' }]]
        : [state, []]
  }
}

/** Until the slot is written nothing has been touched. */
export const isCancellable = (state: UpdateState): boolean =>
  state.at === 'downloading' || state.at === 'checking' || state.at === 'waiting'

const download = (wish: Wish): Step => [{ at: 'downloading', wish, percent: 0 }, [{ do: 'download', wish }]]

const check = (wish: Wish, tries: number): Step => [{ at: 'checking', wish, tries }, [{ do: 'inspect' }]]

const goOn = (state: UpdateState & { at: 'waiting' }, world: World): Step => {
  switch (state.before) {
    case 'download':
      return download(state.wish)
    case 'install':
      return check(state.wish, 1)
    case 'reboot':
      return reboot(state.version, world)
  }
}

const refuse = (kind: string, version: string, detail: Readonly<Record<string, string>>): Step => [
  { at: 'failed', version, cause: { kind, ...detail } },
  [{ do: 'discard' }],
]

const judge = (
  { wish, tries }: UpdateState & { at: 'checking' },
  bundle: { readonly compatible: string; readonly version: string },
  world: World,
): Step => {
  const { version } = bundle
  if (world.slot === undefined || world.compatible === undefined) return refuse('no-slots', version, {})
  if (bundle.compatible !== world.compatible)
    return refuse('wrong-board', version, { bundleFor: bundle.compatible, box: world.compatible })
  if (!world.allowOlder && isOlder(version, world.version))
    return refuse('too-old', version, { runs: world.version })
  if (world.pushing) return [{ at: 'waiting', before: 'install', wish, version }, []]
  return [{ at: 'installing', wish, version, percent: 0, tries }, [{ do: 'install' }]]
}

const reboot = (version: string, world: World): Step => {
  if (world.slot === undefined) return refuse('no-slots', version, {})
  const origin = { slot: world.slot, version: world.version }
  return [{ at: 'rebooting', version, origin, starts: 0 }, [{ do: 'reboot' }]]
}

const failed = (state: UpdateState, cause: Cause): Step => {
  switch (state.at) {
    case 'downloading':
    case 'checking':
      return [{ at: 'failed', cause }, [{ do: 'discard' }]]
    case 'installing':
      return [{ at: 'failed', version: state.version, cause }, [{ do: 'discard' }]]
    case 'proving':
      // a slot that can't be marked good falls back sooner or later: better now, and told
      return goBack(state, cause)
    case 'rebooting':
      return [{ at: 'failed', version: state.version, cause }, []]
    default:
      return [state, []]
  }
}

const goBack = ({ version, origin, starts }: UpdateState & { at: 'proving' }, cause: Cause): Step => [
  { at: 'rebooting', version, origin, starts, cause },
  [{ do: 'prove', on: false }, { do: 'mark-bad' }, { do: 'reboot' }],
]

/** What a start of the daemon finds: most of all, whether the new slot came up. */
const booted = (state: UpdateState, slot: string | undefined, world: World): Step => {
  switch (state.at) {
    case 'waiting':
      // installed or not, the slot that was asked for is written anew: the bundle may be gone
      return world.pushing
        ? [{ at: 'waiting', before: 'download', wish: state.wish }, []]
        : download(state.wish)
    case 'downloading':
      return world.pushing
        ? [{ at: 'waiting', before: 'download', wish: state.wish }, []]
        : download(state.wish)
    case 'checking':
    case 'installing':
      return state.tries < mostTries
        ? check(state.wish, state.tries + 1)
        : [{ at: 'failed', cause: { kind: 'interrupted', times: state.tries } }, [{ do: 'discard' }]]
    case 'rebooting':
    case 'proving':
      return arrived(state, slot, world)
    default:
      return [state, []]
  }
}

const arrived = (
  state: UpdateState & { at: 'rebooting' | 'proving' },
  slot: string | undefined,
  { nowMs, proveMs }: World,
): Step => {
  const { version, origin } = state
  const cause = state.at === 'rebooting' ? state.cause : undefined
  if (slot === origin.slot)
    return [
      { at: 'rolled-back', version, cause: cause ?? { kind: 'new-slot-did-not-start' } },
      [{ do: 'discard' }],
    ]
  const starts = state.starts + 1
  if (cause || starts > mostTries) {
    const why = cause ?? { kind: 'daemon-ended', times: state.starts }
    return starts > 2 * mostTries
      ? [{ at: 'failed', version, cause: why }, []]
      : [{ at: 'rebooting', version, origin, starts, cause: why }, [{ do: 'mark-bad' }, { do: 'reboot' }]]
  }
  const missing: readonly Missing[] = ['frames', 'broker']
  return [
    { at: 'proving', version, origin, starts, deadlineMs: nowMs + proveMs, missing },
    [{ do: 'prove', on: true }],
  ]
}

const prove = (
  state: UpdateState & { at: 'proving' },
  { frames, broker, stream }: Health,
  { nowMs }: World,
): Step => {
  if (state.missing.length === 0) return [state, []]
  const missing: Missing[] = []
  if (frames < framesToProve) missing.push('frames')
  if (!broker) missing.push('broker')
  if (stream === 'wanted') missing.push('stream')
  if (missing.length === 0) return [{ ...state, missing }, [{ do: 'mark-good' }]]
  if (nowMs >= state.deadlineMs) return goBack(state, { kind: 'not-proven', missing: missing.join(', ') })
  return missing.join() === state.missing.join() ? [state, []] : [{ ...state, missing }, []]
}

/** Whether the first of two versions (numbers between dots, perhaps a word behind a dash) is before the second. */
export const isOlder = (version: string, than: string): boolean => {
  const [a, b] = [parts(version), parts(than)]
  for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at += 1) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  // 1.0.0-rc is before 1.0.0
  if (a.word === b.word) return false
  return a.word !== '' && (b.word === '' || a.word < b.word)
}

const parts = (version: string) => {
  const [head = '', ...words] = version.replace(/^v/, '').split('-')
  return { numbers: head.split('.').map((text) => Number.parseInt(text, 10) || 0), word: words.join('-') }
}
