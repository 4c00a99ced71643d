/** What handlers get: the events of `<live-pusher>` (spec section 7), in the shape of a component's event. */
import type { NetStatus } from '../../firmware/pusher/events.js'
import type { BoxClient } from '../client/box-client.js'

/** `detail` by the event's name without `bind`. */
export interface Details {
  statechange: { readonly code: number; readonly message: string }
  netstatus: { readonly info: NetStatus }
  error: { readonly errCode: number; readonly errMsg: string }
  bgmstart: Readonly<Record<string, never>>
  /** ms */
  bgmprogress: { readonly progress: number; readonly duration: number }
  bgmcomplete: Readonly<Record<string, never>>
  audiovolumenotify: { readonly volume: number }
}

export type EventName = keyof Details

export interface ComponentEvent<Name extends EventName> {
  readonly type: Name
  /** ms since the epoch */
  readonly timeStamp: number
  readonly detail: Details[Name]
}

export type Handler<Name extends EventName> = (event: ComponentEvent<Name>) => void

/** Handlers by their attribute in markup: `bindstatechange` and so on. */
export type Bindings = { readonly [Name in EventName as `bind${Name}`]?: Handler<Name> }

export const eventNames = [
  'statechange',
  'netstatus',
  'error',
  'bgmstart',
  'bgmprogress',
  'bgmcomplete',
  'audiovolumenotify',
] as const satisfies readonly EventName[]

/** Calls the handler until the returned function is called. */
export const listen = <Name extends EventName>(
  client: BoxClient,
  name: Name,
  handler: Handler<Name>,
): (() => void) => client.on(name, (payload) => handler(eventOf(name, payload)))

const eventOf = <Name extends EventName>(name: Name, payload: object): ComponentEvent<Name> => {
  const { time, code, message, errCode, errMsg, ...rest } = payload as Readonly<Record<string, unknown>>
  // What the component's own event has; the box tells more on its topics.
  const detail = name === 'statechange' ? { code, message } : name === 'error' ? { errMsg, errCode } : rest
  return {
    type: name,
    timeStamp: typeof time === 'number' ? time : Date.now(),
    detail: detail as Details[Name],
  }
}
