import type { UpdateReport } from '../../firmware/pusher/events.js'
import type { UpdateState } from './machine.js'

/** What everybody may know of a state: the host of an address and never the rest of it. */
export function reportOf(state: UpdateState): Omit<UpdateReport, 'time'> {
  const { at } = state
  const from = 'wish' in state ? { host: hostOf(state.wish.url) } : {}
  const version = 'version' in state && state.version !== undefined ? { version: state.version } : {}
  const percent = 'percent' in state ? { percent: state.percent } : {}
  const before = 'before' in state ? { before: state.before } : {}
  const missing = state.at === 'proving' ? { missing: [...state.missing] } : {}
  const cause = 'cause' in state && state.cause !== undefined ? { cause: state.cause } : {}
  return { state: at, ...version, ...percent, ...before, ...missing, ...from, ...cause }
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '')
