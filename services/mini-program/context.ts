/** The context object of `wx.createLivePusherContext`, for a box. */
import { BoxClient, type BoxView } from '../client/box-client.js'
import { type OpenSocket, type WebSocketLike, type Wx, webSockets, wxSockets } from '../client/sockets.js'
import { type Bindings, type EventName, eventNames, type Handler, listen } from './events.js'
import {
  type Callbacks,
  type ContextMethod,
  type GeneralResult,
  type MethodName,
  methodNames,
} from './methods.js'
import { callBack, type Outcome, outcomeOf, type Pictures, withPicture } from './results.js'

export type { BoxView } from '../client/box-client.js'
export { webSockets, wxSockets } from '../client/sockets.js'
export type * from './events.js'
export type * from './methods.js'

/** Which box, and how it is reached. Handlers may be given here as in markup: `bindstatechange`. */
export interface BoxOptions extends Bindings {
  /** MQTT over WebSocket: `ws://192.168.1.20:8080/mqtt`, or `wss://` */
  readonly url: string
  /** name of the box */
  readonly box: string
  /** before the name in every topic, default `live-pusher` */
  readonly prefix?: string
  readonly username?: string
  readonly password?: string
  /** how connections are made; default: `wx` where there is one, else the global WebSocket */
  readonly open?: OpenSocket
  /** ms that a method has until it fails; default 10 s */
  readonly requestMs?: number
}

/** What a box has beyond the component's context. */
export interface BoxExtras {
  /** Changes attributes, all of them or none; names as in markup or in camelCase. */
  setAttributes(
    values: Readonly<Record<string, unknown>>,
    callbacks: Callbacks<GeneralResult & AttributeChanges>,
  ): undefined
  setAttributes(values: Readonly<Record<string, unknown>>): Promise<GeneralResult & AttributeChanges>
  /** What is known of the box now. */
  view(): BoxView
  /** Calls back with every change of it until the returned function is called. */
  watch(watcher: (view: BoxView) => void): () => void
  /** Calls the handler for each event until the returned function is called. */
  on<Name extends EventName>(name: Name, handler: Handler<Name>): () => void
  /** Ends the connection; what still waits fails. */
  close(): void
}

export interface AttributeChanges {
  readonly [detail: string]: unknown
}

export type LivePusherBoxContext = { readonly [Name in MethodName]: ContextMethod<Name> } & BoxExtras

/** What a mini-program, a browser or Node.js has; none of it is sure to be there. */
interface Surroundings {
  readonly wx?: Wx
  readonly WebSocket?: new (url: string, protocols: string[]) => WebSocketLike
}

/**
 * Connects to a box and gives its context. The methods are those of `wx.createLivePusherContext()`, with success, fail
 * and complete, or a promise where none of them is given.
 * @throws TypeError when there is nothing to make connections with
 */
export const createLivePusherContext = (options: BoxOptions): LivePusherBoxContext => {
  const { wx, WebSocket } = surroundings()
  const open = options.open ?? (wx ? wxSockets(wx) : WebSocket && webSockets(WebSocket))
  if (open === undefined)
    throw new TypeError('there is no WebSocket here: give one, as open: webSockets(WebSocket)')
  const client = new BoxClient({ ...options, open })
  const pictures: Pictures = {
    origin: httpOrigin(options.url),
    headers: options.password === undefined ? {} : { Authorization: `Bearer ${options.password}` },
    download: wx?.downloadFile?.bind(wx),
  }
  for (const name of eventNames) bind(client, name, options)

  const ask = async (name: MethodName, given: object): Promise<Outcome> => {
    const outcome = outcomeOf(await client.command(name, given as Readonly<Record<string, unknown>>))
    return name === 'snapshot' ? withPicture(outcome, pictures) : outcome
  }
  const method =
    (name: MethodName) =>
    (options: Callbacks & object = {}): unknown => {
      const { success, fail, complete, ...given } = options
      return answer(ask(name, given), { success, fail, complete })
    }
  const extras = {
    setAttributes: (values: Readonly<Record<string, unknown>>, callbacks: Callbacks = {}): unknown =>
      answer(client.setAttributes(values).then(outcomeOf), callbacks),
    view: () => client.view(),
    watch: (watcher: (view: BoxView) => void) => client.watch(watcher),
    on: <Name extends EventName>(name: Name, handler: Handler<Name>) => listen(client, name, handler),
    close: () => client.stop(),
  }
  client.start()
  const methods = Object.fromEntries(methodNames.map((name) => [name, method(name)]))
  return { ...methods, ...extras } as LivePusherBoxContext
}

const bind = <Name extends EventName>(client: BoxClient, name: Name, bindings: Bindings): void => {
  const handler = (bindings as Readonly<Record<string, unknown>>)[`bind${name}`]
  if (typeof handler === 'function') listen(client, name, handler as Handler<Name>)
}

type Given = { readonly [Name in keyof Callbacks]?: Callbacks[Name] | undefined }

/** By callbacks where there is one, else by a promise. */
const answer = (outcome: Promise<Outcome>, { success, fail, complete }: Given): unknown => {
  if (success === undefined && fail === undefined && complete === undefined) {
    return outcome.then((ended) => (ended.ok ? ended.result : Promise.reject<never>(ended.error)))
  }
  void outcome.then((ended) =>
    callBack(ended, {
      ...(success ? { success } : {}),
      ...(fail ? { fail } : {}),
      ...(complete ? { complete } : {}),
    }),
  )
  return undefined
}

const surroundings = (): Surroundings => ({
  // `wx` is no property of the global object in a mini-program, but a variable of its own.
  ...(typeof wx === 'object' && typeof wx.connectSocket === 'function' ? { wx } : {}),
  ...(typeof WebSocket === 'function' ? { WebSocket } : {}),
})

declare const wx: Wx
declare const WebSocket: Exclude<Surroundings['WebSocket'], undefined>

/** `ws://host:8080/mqtt` → `http://host:8080` */
const httpOrigin = (url: string): string => {
  const match = /^ws(s?):\/\/([^/?#]+)/i.exec(url)
  return match ? `http${match[1]}://${match[2]}` : ''
}
