/**
 * What somebody does with one button: from levels and time to press, hold and double. Pure; time is whatever clock
 * the levels come with, in ms.
 *
 * A level counts once it has stayed for the debounce time, from the moment at which it began. A press is told as
 * early as it can be known: at once where the button has no other gesture, at the release where it may become a
 * hold, after the pause where a second press may follow.
 */
import type { Gesture } from '../../firmware/pusher/buttons.js'

export interface GestureTimes {
  /** a level that stays for less is contact bounce or an interference */
  readonly debounceMs: number
  readonly holdMs: number
  /** longest time from a release to the second press of a double one */
  readonly doubleMs: number
  /** nobody holds a button for longer */
  readonly stuckMs: number
}

export interface GestureRules extends GestureTimes {
  /** gestures that this button has beside press */
  readonly hold: boolean
  readonly double: boolean
}

type Phase =
  | { readonly at: 'up' }
  /** `told`: the gesture was given; `seen`: its beginning was, and not only that it is down */
  | { readonly at: 'down'; readonly sinceMs: number; readonly told: boolean; readonly seen: boolean }
  /** one press is over, a second may follow */
  | { readonly at: 'between'; readonly releasedMs: number }
  | { readonly at: 'stuck' }

export interface ButtonMemory {
  /** as last reported, and since when */
  readonly raw: boolean
  readonly rawSinceMs: number
  /** as it counts */
  readonly down: boolean
  readonly phase: Phase
}

export type Outcome =
  | { readonly kind: Gesture; readonly atMs: number }
  /** it has been down for too long; told once, until it was up */
  | { readonly kind: 'stuck'; readonly atMs: number }

/** The first that is known of a button. One that is down already is a press when it is released soon. */
export const firstSeen = (down: boolean, atMs: number): ButtonMemory => ({
  raw: down,
  rawSinceMs: atMs,
  down,
  phase: down ? { at: 'down', sinceMs: atMs, told: false, seen: false } : { at: 'up' },
})

type Next = readonly [ButtonMemory, readonly Outcome[]]

/** A level was reported. The same level again changes nothing, so that it may be read as often as one likes. */
export const atLevel = (memory: ButtonMemory, down: boolean, atMs: number, rules: GestureRules): Next => {
  // A level cannot begin before the one before it did.
  const beganMs = Math.max(atMs, memory.rawSinceMs)
  const [now, outcomes] = atTime(memory, beganMs, rules)
  return [down === now.raw ? now : { ...now, raw: down, rawSinceMs: beganMs }, outcomes]
}

/** Time went by. */
export const atTime = (memory: ButtonMemory, atMs: number, rules: GestureRules): Next => {
  const outcomes: Outcome[] = []
  let now = memory
  for (;;) {
    const isPending = now.raw !== now.down
    const dueMs = phaseEndsAt(now.phase, rules)
    // Whether it was still down at a moment is known only once a level that began before it counts.
    if (dueMs !== undefined && dueMs <= (isPending ? Math.min(now.rawSinceMs, atMs) : atMs)) {
      const [phase, outcome] = endPhase(now.phase, dueMs, rules)
      now = { ...now, phase }
      outcomes.push(outcome)
    } else if (isPending && now.rawSinceMs + rules.debounceMs <= atMs) {
      const [phase, outcome] = now.raw
        ? pressed(now.phase, now.rawSinceMs, rules)
        : released(now.phase, now.rawSinceMs, rules)
      now = { ...now, down: now.raw, phase }
      if (outcome) outcomes.push(outcome)
    } else return [now, outcomes]
  }
}

/** When `atTime` has something to say, if nothing happens before; undefined: never. */
export const nextAt = (memory: ButtonMemory, rules: GestureRules): number | undefined =>
  memory.raw !== memory.down ? memory.rawSinceMs + rules.debounceMs : phaseEndsAt(memory.phase, rules)

const phaseEndsAt = (phase: Phase, rules: GestureRules): number | undefined => {
  switch (phase.at) {
    case 'up':
    case 'stuck':
      return undefined
    case 'between':
      return phase.releasedMs + rules.doubleMs
    case 'down':
      return phase.sinceMs + (isHoldAhead(phase, rules) ? rules.holdMs : rules.stuckMs)
  }
}

const isHoldAhead = (phase: Extract<Phase, { at: 'down' }>, rules: GestureRules): boolean =>
  rules.hold && !phase.told && phase.seen

const endPhase = (phase: Phase, atMs: number, rules: GestureRules): readonly [Phase, Outcome] => {
  if (phase.at === 'between') return [{ at: 'up' }, { kind: 'press', atMs }]
  if (phase.at === 'down' && isHoldAhead(phase, rules))
    return [
      { ...phase, told: true },
      { kind: 'hold', atMs },
    ]
  return [{ at: 'stuck' }, { kind: 'stuck', atMs }]
}

const pressed = (phase: Phase, atMs: number, rules: GestureRules): readonly [Phase, Outcome?] => {
  const down = { at: 'down', sinceMs: atMs, seen: true } as const
  if (phase.at === 'between')
    return [
      { ...down, told: true },
      { kind: 'double', atMs },
    ]
  if (rules.hold || rules.double) return [{ ...down, told: false }]
  return [
    { ...down, told: true },
    { kind: 'press', atMs },
  ]
}

const released = (phase: Phase, atMs: number, rules: GestureRules): readonly [Phase, Outcome?] => {
  if (phase.at !== 'down' || phase.told) return [{ at: 'up' }]
  // How long it was down before is not known: after a while it is no press any more.
  if (!phase.seen)
    return atMs - phase.sinceMs <= rules.holdMs ? [{ at: 'up' }, { kind: 'press', atMs }] : [{ at: 'up' }]
  return rules.double ? [{ at: 'between', releasedMs: atMs }] : [{ at: 'up' }, { kind: 'press', atMs }]
}
