import type { BoxState } from './events.js'

/** The box's lights: where one is, and what each shows of the published state. Pure. */

export const lightNames = ['tally', 'mute'] as const
export type LightName = (typeof lightNames)[number]

export type LightSpec =
  | { readonly kind: 'none' | 'board' | 'log' }
  /** an LED of the kernel */
  | { readonly kind: 'led'; readonly name: string }
  | { readonly kind: 'gpio'; readonly line: number | string }
  /** a pin of a Firmata panel */
  | { readonly kind: 'panel'; readonly pin: number | string }

export const lightSpecForms = 'none, board, led:NAME, gpio:LINE, panel:PIN or log'

/** Undefined for text that is none of the forms. */
export const parseLightSpec = (text: string): LightSpec | undefined => {
  if (text === 'none' || text === 'board' || text === 'log') return { kind: text }
  const [, kind, where = ''] = /^(led|gpio|panel):([A-Za-z0-9][A-Za-z0-9_:.+-]{0,63})$/.exec(text) ?? []
  const place = /^\d{1,4}$/.test(where) ? Number(where) : where
  switch (kind) {
    case 'led':
      return { kind, name: where }
    case 'gpio':
      return { kind, line: place }
    case 'panel':
      return { kind, pin: place }
    default:
      return undefined
  }
}

export type LightPattern = 'off' | 'solid' | 'blink' | 'double' | 'flash'

/** What each light shows. From the published state alone, so that none can say anything else than the state does. */
export const lightsOf = ({
  state,
  muted,
}: Pick<BoxState, 'state' | 'muted'>): Record<LightName, LightPattern> => ({
  tally: tallyOf(state),
  // A pause sends silence, whatever the attribute says.
  mute: muted || state === 'paused' ? 'solid' : 'off',
})

const tallyOf = (state: BoxState['state']): LightPattern => {
  switch (state) {
    case 'idle':
      return 'off'
    case 'starting':
    case 'connecting':
    case 'reconnecting':
    case 'stopping':
      return 'blink'
    case 'pushing':
      return 'solid'
    case 'paused':
      return 'flash'
    case 'failed':
      return 'double'
  }
}

/** Times in ms, on and off by turns, from on; repeated. */
const rhythms = {
  blink: [500, 500],
  double: [120, 180, 120, 780],
  flash: [100, 1900],
} as const satisfies Partial<Record<LightPattern, readonly number[]>>

export interface LightMoment {
  readonly lit: boolean
  /** ms until it changes by itself; undefined: never */
  readonly forMs: number | undefined
}

/** @param elapsedMs since the pattern began */
export const lightAt = (pattern: LightPattern, elapsedMs: number): LightMoment => {
  if (pattern === 'off' || pattern === 'solid') return { lit: pattern === 'solid', forMs: undefined }
  const rhythm: readonly number[] = rhythms[pattern]
  const period = rhythm.reduce((sum, ms) => sum + ms, 0)
  let left = elapsedMs % period
  for (const [index, ms] of rhythm.entries()) {
    if (left < ms) return { lit: index % 2 === 0, forMs: ms - left }
    left -= ms
  }
  return { lit: false, forMs: 0 }
}
