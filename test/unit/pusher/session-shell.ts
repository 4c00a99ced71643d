/**
 * A small shell around the state machine, as the daemon is one: numbers the connections, keeps what the effects
 * ask for, and writes down what must never happen.
 */
import type { Cause } from '../../../firmware/pusher/events.js'
import { defaultPolicy, type ReconnectPolicy } from '../../../firmware/pusher/reconnect.js'
import {
  type Effect,
  idle,
  next,
  type Session,
  type SessionEvent,
  withConnection,
} from '../../../firmware/pusher/session.js'

export class Shell {
  session: Session = idle
  policy: ReconnectPolicy
  media: boolean
  /** numbers given so far */
  connections = 0
  /** the connection that the media process has */
  live: number | undefined
  /** the wait that is running */
  wait: { readonly ms: number; readonly probe: boolean } | undefined
  want: 'camera' | 'slate' | 'nothing' = 'nothing'
  remembered = false
  codes: number[] = []
  /** effects of the last event */
  effects: readonly Effect[] = []
  violations: string[] = []

  constructor(policy: Partial<ReconnectPolicy> = {}, media = true) {
    this.policy = { ...defaultPolicy, ...policy }
    this.media = media
  }

  /** Feeds events; returns the codes that were emitted. */
  send(...events: readonly SessionEvent[]): number[] {
    const before = this.codes.length
    for (const event of events) this.#dispatch(event)
    return this.codes.slice(before)
  }

  /** Feeds what the current connection does; returns the codes that were emitted. */
  connected(): number[] {
    return this.send({ type: 'connected', connection: this.#current() })
  }

  published(): number[] {
    return this.send({ type: 'published', connection: this.#current() })
  }

  lost(cause: Cause = { kind: 'refused', during: 'connecting' }): number[] {
    return this.send({ type: 'lost', connection: this.#current(), cause })
  }

  /** The current connection comes to stand. */
  push(): number[] {
    return [...this.connected(), ...this.published()]
  }

  /** The names of the last event's effects. */
  get did(): string[] {
    return this.effects.map((effect) => effect.do)
  }

  /** The causes that went with a code, from the last event. */
  causes(code: number): (Cause | undefined)[] {
    return this.effects.flatMap((effect) =>
      effect.do === 'emit' && effect.code === code ? [effect.cause] : [],
    )
  }

  #current(): number {
    if (this.live === undefined) throw new Error(`no connection while ${this.session.at}`)
    return this.live
  }

  #dispatch(event: SessionEvent): void {
    if (event.type === 'media-up') this.media = true
    if (event.type === 'media-down' || event.type === 'media-failed') {
      this.media = false
      this.live = undefined
    }
    if (event.type === 'lost' && event.connection === this.live) this.live = undefined
    if (event.type === 'retry') this.wait = undefined
    const [session, effects] = next(this.session, event, this.policy, this.media)
    this.session = session
    this.effects = effects
    for (const effect of effects) this.#run(effect)
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'connect':
        if (this.live !== undefined) this.violations.push(`connects while connection ${this.live} lives`)
        if (!this.media) this.violations.push('connects without a media process')
        if (!this.remembered) this.violations.push('connects after it has given up')
        this.connections += 1
        this.live = this.connections
        this.session = withConnection(this.session, this.connections)
        return
      case 'disconnect':
        this.live = undefined
        return
      case 'emit':
        this.codes.push(effect.code)
        return
      case 'wait':
        this.wait = { ms: effect.ms, probe: effect.probe }
        return
      case 'stop-waiting':
        this.wait = undefined
        return
      case 'capture':
        this.want = effect.want
        return
      case 'remember':
        this.remembered = effect.pushing
        return
      case 'notice':
      case 'await-stable':
      case 'limit-pause':
    }
  }
}

/** Every state that the machine can be in, with and without an attempt under way. */
export const situations = {
  idle: (): Shell => new Shell(),
  preview: (): Shell => after(new Shell(), (shell) => shell.send({ type: 'start-preview' })),
  starting: (): Shell => after(new Shell({}, false), (shell) => shell.send({ type: 'start' })),
  connecting: (): Shell => after(new Shell(), (shell) => shell.send({ type: 'start' })),
  pushing: (): Shell => after(situations.connecting(), (shell) => shell.push()),
  paused: (): Shell => after(situations.pushing(), (shell) => shell.send({ type: 'pause' })),
  'reconnecting, waiting': (): Shell => after(situations.pushing(), (shell) => shell.lost(closed)),
  'reconnecting, trying': (): Shell =>
    after(situations['reconnecting, waiting'](), (shell) => shell.send({ type: 'retry' })),
  'failed, waiting': (): Shell => after(situations.connecting(), failFourTimes),
  'failed, trying': (): Shell =>
    after(situations['failed, waiting'](), (shell) => shell.send({ type: 'retry' })),
  'failed for good': (): Shell =>
    after(new Shell({ keepTrying: false }), (shell) => shell.send({ type: 'start' }), failFourTimes),
  'failed with the media process': (): Shell =>
    after(situations.pushing(), (shell) =>
      shell.send({ type: 'media-failed', cause: { kind: 'media-died', crashes: 5 } }),
    ),
} as const satisfies Record<string, () => Shell>

export type Situation = keyof typeof situations

/** A server that ends a running stream. */
export const closed: Cause = { kind: 'closed', during: 'published' }

const after = (shell: Shell, ...steps: readonly ((shell: Shell) => unknown)[]): Shell => {
  for (const step of steps) step(shell)
  return shell
}

const failFourTimes = (shell: Shell): void => {
  for (let retry = 0; retry < 3; retry += 1) {
    shell.lost()
    shell.send({ type: 'retry' })
  }
  shell.lost()
}
