/**
 * The session that runs: feeds events to the state machine of pusher/session.ts, one at a time, and does what it asks
 * for. It has the machine's timers, the address and the number of the connection; what happens the machine decides.
 */
import type { PushState } from '../../config/push-memory.js'
import type { FromEngine } from '../../media/protocol.js'
import type { StatusCode } from '../../pusher/codes.js'
import { type Refused, refuse } from '../../pusher/context.js'
import type { Cause, CommandRequest } from '../../pusher/events.js'
import { type PushUrl, parsePushUrl } from '../../pusher/push-url.js'
import {
  type Effect,
  idle,
  isOff,
  isPaused,
  next,
  type Session,
  type SessionEvent,
  stateName,
  withConnection,
} from '../../pusher/session.js'
import type { LivePusherOptions, LivePusherTimes } from '../live-pusher-options.js'
import { Outage } from './outage.js'

const connectMs = 5_000
const publishMs = 5_000
const stallMs = 6_000

export type SessionOptions = Pick<
  LivePusherOptions,
  'media' | 'policy' | 'pauseLimitMs' | 'backgroundLimitMs' | 'memory' | 'networkFacts'
>

export interface SessionWorld {
  /** where to push, as it is set now; empty: nowhere */
  address(): string
  /** longest that the queue to the server may get, ms */
  queueMs(): number
  /** what the capture side is to show from now on */
  show(want: Extract<Effect, { do: 'capture' }>['want']): void
  tell(code: StatusCode, cause?: Cause): void
  notice(kind: string, message: string): void
  /** an RTMP session began */
  began(): void
  changed(): void
  storageFailed(error: unknown): void
}

export class SessionRunner {
  #options: SessionOptions
  #world: SessionWorld
  #stableMs: number
  #outage: Outage
  #session: Session = idle
  #since = Date.now()
  #url: PushUrl | undefined
  #connections = 0
  #begun = 0
  #stableTimer: NodeJS.Timeout | undefined
  #pauseTimer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(
    options: SessionOptions,
    world: SessionWorld,
    times: Partial<LivePusherTimes> & Pick<LivePusherTimes, 'stableMs'>,
  ) {
    this.#options = options
    this.#world = world
    this.#stableMs = times.stableMs
    this.#outage = new Outage(
      {
        over: () => this.dispatch({ type: 'retry' }),
        answered: () => options.media.send({ type: 'answers', connection: this.#connections }),
      },
      times,
      options.networkFacts,
    )
  }

  get session(): Session {
    return this.#session
  }

  /** ms since the epoch at which its state was entered */
  get since(): number {
    return this.#since
  }

  /** where it pushes, or pushed last */
  get url(): PushUrl | undefined {
    return this.#url
  }

  /** how many RTMP sessions began */
  get begun(): number {
    return this.#begun
  }

  /** @returns why it can't start, which is told as -1313 as well */
  start(origin: CommandRequest['origin'], paused = false): Refused | undefined {
    const text = this.#world.address()
    const parsed = parsePushUrl(text)
    if (!parsed.ok) {
      const kind = text === '' ? 'url-missing' : 'url-illegal'
      this.#world.tell(-1313, { kind, detail: parsed.problem, origin })
      return refuse('illegalUrl', `url ${parsed.problem}`, [{ path: 'url', message: parsed.problem }])
    }
    this.#url = parsed.url
    this.dispatch({ type: 'start', paused })
    return undefined
  }

  /** A new address or sound format: a new RTMP session at once, when one is on or wanted. */
  renew(): void {
    if (isOff(this.#session)) return
    const parsed = parsePushUrl(this.#world.address())
    if (!parsed.ok) {
      this.dispatch({ type: 'stop' })
      this.#world.tell(-1313, { kind: 'url-missing' })
      return
    }
    this.#url = parsed.url
    this.dispatch({ type: 'restart' })
  }

  /** A session without a picture is none: it failed, until a start or a new media process asks for encoders again. */
  cannotEncode(cause: Cause): void {
    if (this.#session.at === 'idle' || this.#session.at === 'preview') return this.#world.tell(-1303, cause)
    this.#options.media.send({ type: 'disconnect' })
    this.dispatch({ type: 'media-failed', cause })
  }

  onOutput({ connection, event, cause }: Extract<FromEngine, { type: 'output' }>): void {
    if (connection === this.#connections) this.#outage.pause()
    if (event === 'lost')
      this.dispatch({ type: 'lost', connection, cause: cause ?? { kind: 'output-failed' } })
    else this.dispatch({ type: event, connection })
  }

  dispatch(event: SessionEvent): void {
    if (this.#stopped) return
    const before = this.#session
    const [session, effects] = next(before, event, this.#options.policy, this.#options.media.up)
    this.#session = session
    if (stateName(before) !== stateName(session)) this.#since = Date.now()
    for (const effect of effects) this.#run(effect)
    const isTold = effects.some((effect) => effect.do === 'remember')
    if (!isTold && isPaused(before) !== isPaused(session)) this.#remember(true)
    if (isOff(session)) this.#outage.stop()
    this.#world.changed()
  }

  /** Without forgetting that it was on. For good: no event counts any more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#stableTimer)
    clearTimeout(this.#pauseTimer)
    this.#outage.stop()
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'connect':
        return this.#connect()
      case 'disconnect':
        clearTimeout(this.#stableTimer)
        return this.#options.media.send({ type: 'disconnect' })
      case 'emit':
        if (effect.code === 1002) this.#began()
        return this.#world.tell(effect.code, effect.cause)
      case 'notice':
        return this.#world.notice(effect.kind, effect.message)
      case 'wait':
        return this.#outage.wait(effect.ms, effect.probe ? this.#url : undefined)
      case 'stop-waiting':
        return this.#outage.pause()
      case 'await-stable':
        this.#outage.stop()
        clearTimeout(this.#stableTimer)
        this.#stableTimer = setTimeout(() => this.dispatch({ type: 'stable' }), this.#stableMs)
        return
      case 'limit-pause':
        clearTimeout(this.#pauseTimer)
        this.#pauseTimer = setTimeout(
          () => this.dispatch({ type: 'pause-expired' }),
          effect.as === 'background' ? this.#options.backgroundLimitMs : this.#options.pauseLimitMs,
        )
        return
      case 'capture':
        if (effect.want !== 'slate') clearTimeout(this.#pauseTimer)
        return this.#world.show(effect.want)
      case 'remember':
        return this.#remember(effect.pushing)
    }
  }

  #began(): void {
    this.#begun += 1
    this.#world.began()
  }

  #remember(pushing: boolean): void {
    const state: PushState = { pushing, paused: pushing && isPaused(this.#session), since: Date.now() }
    void this.#options.memory.save(state).catch((error: unknown) => this.#world.storageFailed(error))
  }

  #connect(): void {
    const url = this.#url
    if (!url) return
    this.#connections += 1
    this.#session = withConnection(this.#session, this.#connections)
    this.#options.media.send({
      type: 'connect',
      connection: this.#connections,
      destination: { url: url.reveal(), host: url.host, port: url.port, tls: url.scheme === 'rtmps' },
      limits: { connectMs, publishMs, stallMs, queueMs: this.#world.queueMs() },
    })
    this.#outage.watch(url)
  }
}
