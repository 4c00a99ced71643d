/** One box over MQTT: what it said last, what it says, and requests that are answered or refused, never lost. */
import type {
  BoxEvents,
  BoxState,
  CommandReply,
  SnapshotInfo,
  Telemetry,
} from '../../firmware/pusher/events.js'
import { Link, type LinkState, type LinkTimes } from './link.js'
import type { OpenSocket } from './sockets.js'
import { decodeUtf8 } from './utf8.js'

export interface BoxClientOptions {
  /** MQTT over WebSocket: `ws://192.168.1.20:8080/mqtt` */
  readonly url: string
  /** name of the box */
  readonly box: string
  /** before the name in every topic, default `live-pusher` */
  readonly prefix?: string
  readonly username?: string
  readonly password?: string
  readonly open: OpenSocket
  /** ms that a request has, connection and all; default 10 s, as in the contract */
  readonly requestMs?: number
  readonly times?: Partial<LinkTimes>
}

/** Everything known of a box now. What is undefined was never heard. */
export interface BoxView {
  readonly link: LinkState
  /** what the box, or the broker in its name, said of it last */
  readonly availability: 'online' | 'offline' | undefined
  /** the rest holds now; otherwise it is what was known last, at `heardAt` */
  readonly fresh: boolean
  /** ms since the epoch of this clock; 0 before anything was heard */
  readonly heardAt: number
  readonly state: BoxState | undefined
  readonly attributes: Readonly<Record<string, unknown>> | undefined
  readonly telemetry: Telemetry | undefined
  readonly snapshot: SnapshotInfo | undefined
}

/** What is told as it happens, by the last part of its topic. */
export type Happening = Pick<
  BoxEvents,
  | 'statechange'
  | 'error'
  | 'notice'
  | 'netstatus'
  | 'bgmstart'
  | 'bgmprogress'
  | 'bgmcomplete'
  | 'audiovolumenotify'
  | 'button'
>

/** A reply, or why there is none: `errCode` -5, the contract's number for what was not done in time. */
export type Answer = CommandReply

interface Waiting {
  readonly id: string
  readonly topic: string
  readonly method: string
  readonly payload: string
  readonly answer: (reply: Answer) => void
  readonly timer: ReturnType<typeof setTimeout>
}

const unheard = -5
const noAnswer = (method: string, reason: string): Answer => ({
  ok: false,
  method,
  errCode: unheard,
  errMsg: `operateLivePusher:fail ${reason}`,
})

const nothingKnown = {
  availability: undefined,
  heardAt: 0,
  state: undefined,
  attributes: undefined,
  telemetry: undefined,
  snapshot: undefined,
} as const

const retained = ['state', 'attributes', 'telemetry', 'snapshot'] as const
type Retained = (typeof retained)[number]
const isRetained = (name: string): name is Retained => (retained as readonly string[]).includes(name)

export class BoxClient {
  readonly #options: BoxClientOptions
  readonly #base: string
  readonly #link: Link
  readonly #requestMs: number
  readonly #watchers = new Set<(view: BoxView) => void>()
  readonly #listeners = new Map<string, Set<(payload: never) => void>>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #idPrefix = Math.random().toString(36).slice(2, 10)
  #requests = 0
  #view: Omit<BoxView, 'fresh'> = { ...nothingKnown, link: 'closed' }

  constructor(options: BoxClientOptions) {
    this.#options = options
    this.#requestMs = options.requestMs ?? 10_000
    this.#base = `${options.prefix ?? 'live-pusher'}/${options.box}`
    const { url, open, username, password, times } = options
    // Not `#`: the pictures of snapshots come over HTTP when somebody looks at them.
    const names = ['availability', ...retained, 'event/+', 'reply']
    this.#link = new Link(
      {
        url,
        open,
        filters: names.map((name) => `${this.#base}/${name}`),
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(times ? { times } : {}),
      },
      {
        state: (link) => this.#linkIs(link),
        message: (topic, payload) => this.#receive(topic, payload),
      },
    )
  }

  start(): void {
    this.#link.start()
  }

  /** Refuses what still waits for its answer. */
  stop(): void {
    this.#link.stop()
    for (const { id, method } of [...this.#waiting.values()]) {
      this.#settle(id, noAnswer(method, 'the connection was closed'))
    }
  }

  /** Connects at once, or asks whether the connection still stands. */
  hurry(): void {
    this.#link.hurry()
  }

  get name(): string {
    return this.#options.box
  }

  view(): BoxView {
    const { link, availability } = this.#view
    return { ...this.#view, fresh: link === 'connected' && availability === 'online' }
  }

  /** Calls back with every change until the returned function is called. */
  watch(watcher: (view: BoxView) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  on<Name extends keyof Happening>(name: Name, listener: (payload: Happening[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** Never rejects. Without a connection it waits for one, as long as a request has. */
  command(method: string, options: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.#request(`command/${method}`, method, options)
  }

  /** All of them or none. Never rejects. */
  setAttributes(values: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#request('attributes/set', 'setAttributes', values)
  }

  #request(topic: string, method: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (this.#view.link === 'closed') return Promise.resolve(noAnswer(method, 'there is no connection'))
    if (this.#view.link === 'connected' && this.#view.availability === 'offline')
      return Promise.resolve(noAnswer(method, 'the box is offline'))
    this.#requests += 1
    const id = `${this.#idPrefix}-${this.#requests}`
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#settle(id, noAnswer(method, 'the box does not answer')),
        this.#requestMs,
      )
      const payload = JSON.stringify({ ...body, id })
      const waiting: Waiting = { id, topic, method, payload, answer: resolve, timer }
      this.#waiting.set(id, waiting)
      this.#send(waiting)
    })
  }

  #send({ topic, payload }: Waiting): void {
    this.#link.publish(`${this.#base}/${topic}`, payload)
  }

  #settle(id: string, reply: Answer): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    waiting.answer(reply)
  }

  #linkIs(link: LinkState): void {
    this.#change({ link })
    if (link === 'connected') this.#askAgain()
  }

  /** The box executes an id once: what was asked before a connection broke, ours or its own, is safely asked again. */
  #askAgain(): void {
    for (const waiting of this.#waiting.values()) this.#send(waiting)
  }

  #receive(topic: string, payload: Uint8Array): void {
    if (!topic.startsWith(`${this.#base}/`)) return
    const name = topic.slice(this.#base.length + 1)
    const text = decodeUtf8(payload)
    if (name === 'availability') {
      if (text === 'online' || text === 'offline') this.#change({ availability: text })
      if (text === 'online') this.#askAgain()
      return
    }
    const value = objectIn(text)
    if (value === undefined) return
    if (name === 'reply') {
      const { id, ...reply } = value as { readonly id?: unknown } & Answer
      if (typeof id === 'string') this.#settle(id, reply)
    } else if (isRetained(name)) {
      this.#change({ [name]: value })
    } else if (name.startsWith('event/')) {
      this.#view = { ...this.#view, heardAt: Date.now() }
      for (const listener of this.#listeners.get(name.slice('event/'.length)) ?? []) listener(value as never)
    }
  }

  #change(part: Partial<Omit<BoxView, 'fresh' | 'heardAt'>>): void {
    const heardAt = 'link' in part ? this.#view.heardAt : Date.now()
    this.#view = { ...this.#view, ...part, heardAt }
    const view = this.view()
    for (const watcher of this.#watchers) watcher(view)
  }
}

const objectIn = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
