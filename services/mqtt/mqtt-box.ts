import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BoxEvents, NoticeEvent } from '../../firmware/pusher/events.js'
import { within } from '../deadline.js'
import { BrokerError, parseBrokerUrl, shownUrl } from './broker-address.js'
import { BrokerConnection } from './broker-connection.js'
import {
  availabilityMessage,
  encodeEvent,
  eventNames,
  type IncomingMessage,
  type Message,
  type Topics,
  topicsOf,
} from './contract.js'
import {
  defaultTimes,
  type MqttBoxEvents,
  type MqttBoxOptions,
  type MqttBoxStatus,
  type MqttBoxTimes,
} from './mqtt-box-options.js'
import { claimName } from './name-claim.js'
import { Outbox } from './outbox.js'
import { ProtocolChoice } from './protocol-choice.js'
import { parseRequest } from './requests.js'
import { Responder } from './responder.js'
import { RetainedRequests } from './retained-requests.js'

const keepaliveS = 15
/** a connection that lasted this long starts the back-off anew */
const stableMs = 10_000
const farewellMs = 1000
const stopMs = 2000
const waitingEvents = 1000

/**
 * The box on an MQTT broker: publishes what it emits, hands it what it is asked, and comes back for ever when the
 * connection is lost. Nothing here blocks the box or throws into it.
 */
export class MqttBox {
  readonly #options: MqttBoxOptions
  readonly #times: MqttBoxTimes
  readonly #topics: Topics
  readonly #clientId: string
  readonly #outbox = new Outbox(waitingEvents)
  readonly #responder: Responder
  readonly #retained: RetainedRequests
  readonly #listeners: { [Name in keyof MqttBoxEvents]: Set<(payload: MqttBoxEvents[Name]) => void> } = {
    connected: new Set(),
    disconnected: new Set(),
    conflict: new Set(),
    notice: new Set(),
  }
  /** the last of those retained events that the box itself does not remember */
  readonly #last = new Map<'snapshot' | 'telemetry' | 'update', Message>()
  #unsubscribe: (() => void)[] = []
  #running: Running | undefined
  #stopping: Promise<void> = Promise.resolve()
  #state: MqttBoxStatus['state'] = 'stopped'
  #problem: MqttBoxStatus['problem']
  #protocolVersion: 4 | 5
  readonly #protocol: ProtocolChoice
  #nameIsOurs: boolean
  #lostAt = Number.NEGATIVE_INFINITY
  #repairedAt = Number.NEGATIVE_INFINITY

  /** Throws a `TopicNameError` or a `BrokerError` `bad-broker-url` for options that can never work. */
  constructor(options: MqttBoxOptions) {
    parseBrokerUrl(options.broker.url)
    this.#options = options
    this.#times = { ...defaultTimes, ...options.times }
    this.#topics = topicsOf(options.prefix, options.name)
    this.#clientId = `live-pusher-${options.name}-${randomBytes(6).toString('hex')}`
    this.#protocolVersion = options.protocolVersion ?? 5
    this.#protocol = new ProtocolChoice(this.#protocolVersion)
    this.#nameIsOurs = options.claim === false
    const send = (message: Message) => this.#outbox.put(message)
    this.#responder = new Responder({
      box: options.box,
      send,
      timeoutMs: this.#times.requestMs,
      repeatMs: this.#times.repeatMs,
      rememberedIds: 1000,
      concurrent: 1000,
    })
    this.#retained = new RetainedRequests({ send, notice: (notice) => this.#notice(notice) })
  }

  /** Begins to connect, and resolves without waiting for the broker: the box works without one. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#stopping
    signal.throwIfAborted()
    if (this.#running !== undefined) return
    this.#unsubscribe = eventNames.map((name) => this.#forward(name))
    const abort = new AbortController()
    this.#running = { abort, ended: this.#run(abort.signal) }
  }

  /** Publishes `offline`, says goodbye to the broker, and is done within two seconds. */
  async stop(): Promise<void> {
    const running = this.#running
    if (running === undefined) return this.#stopping
    this.#running = undefined
    this.#stopping = this.#end(running)
    return this.#stopping
  }

  /** Calls back for each event until the returned function is called. */
  on<Name extends keyof MqttBoxEvents>(
    name: Name,
    listener: (payload: MqttBoxEvents[Name]) => void,
  ): () => void {
    this.#listeners[name].add(listener)
    return () => {
      this.#listeners[name].delete(listener)
    }
  }

  status(): MqttBoxStatus {
    return {
      state: this.#state,
      broker: shownUrl(this.#options.broker.url),
      protocolVersion: this.#protocolVersion,
      problem: this.#problem,
      ...this.#outbox.status(),
    }
  }

  async #end(running: Running): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.#responder.close()
    running.abort.abort()
    await within(running.ended, stopMs)
    this.#state = 'stopped'
  }

  #forward<Name extends keyof BoxEvents>(name: Name): () => void {
    return this.#options.box.on(name, (payload) => {
      const message = encodeEvent(this.#topics, name, payload)
      if (name === 'snapshot' || name === 'telemetry' || name === 'update') this.#last.set(name, message)
      this.#outbox.put(message)
    })
  }

  /** Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const began = performance.now()
      try {
        this.#state = 'connecting'
        if (!(await this.#claim(signal))) {
          this.#conflict()
          await pause(this.#times.conflictRetryMs, signal)
          continue
        }
        await this.#serve(await this.#connect(signal, true), signal)
      } catch (error) {
        if (signal.aborted) break
        if (this.#protocol.failed(error)) continue
        this.#disconnected(error)
      }
      if (performance.now() - began > stableMs) failures = 0
      this.#state = 'waiting'
      await pause(this.#retryMs(failures), signal)
      failures += 1
    }
  }

  /** Between the least wait and twice as much after each failure, at random, so that a fleet does not return at once. */
  #retryMs(failures: number): number {
    const { minRetryMs, maxRetryMs } = this.#times
    const most = Math.min(maxRetryMs, minRetryMs * 2 ** Math.min(failures + 1, 20))
    return minRetryMs + Math.random() * (most - minRetryMs)
  }

  async #connect(signal: AbortSignal, withWill: boolean): Promise<BrokerConnection> {
    const options = {
      clientId: this.#clientId,
      protocolVersion: this.#protocol.version(),
      keepaliveS,
      connectMs: this.#times.connectMs,
      ...(withWill ? { will: availabilityMessage(this.#topics, 'offline') } : {}),
    }
    return BrokerConnection.open(this.#options.broker, options, signal)
  }

  /** Whether the name is ours. The will comes only after that, with a new connection. */
  async #claim(signal: AbortSignal): Promise<boolean> {
    const away = performance.now() - this.#lostAt
    if (this.#options.claim === false || (this.#nameIsOurs && away < this.#times.awayMs)) return true
    this.#nameIsOurs = false
    const connection = await this.#connect(signal, false)
    try {
      const claim = await Promise.race([claimName(connection, this.#topics, this.#times), aborted(signal)])
      this.#nameIsOurs = claim === 'free'
    } finally {
      await connection.end(farewellMs)
    }
    signal.throwIfAborted()
    return this.#nameIsOurs
  }

  async #serve(connection: BrokerConnection, signal: AbortSignal): Promise<void> {
    this.#protocol.succeeded()
    this.#retained.reset()
    const { protocolVersion } = connection
    // what comes before we are online waits until we are, for its answers could not be sent
    let early: IncomingMessage[] | undefined = []
    const off = connection.onMessage((message) => {
      if (early === undefined) this.#receive(message, protocolVersion)
      else early.push(message)
    })
    try {
      const { attributesSet, commands, availability } = this.#topics
      // first able to obey, then `online`
      const subscribed = connection.subscribe(
        [attributesSet, commands, availability],
        this.#times.subscribeMs,
      )
      await Promise.race([subscribed, aborted(signal)])
      signal.throwIfAborted()
      this.#protocolVersion = protocolVersion
      this.#outbox.attach(connection, this.#everythingRetained())
      this.#state = 'connected'
      this.#problem = undefined
      this.#emit('connected', { broker: shownUrl(this.#options.broker.url), protocolVersion })
      const waited = early
      early = undefined
      for (const message of waited) this.#receive(message, protocolVersion)
      const ended = await Promise.race([connection.closed, aborted(signal)])
      if (ended !== undefined) throw ended
      off()
      this.#outbox.put(availabilityMessage(this.#topics, 'offline'))
      await within(this.#outbox.flushed(), farewellMs)
    } finally {
      off()
      this.#lostAt = performance.now()
      this.#outbox.detach(connection)
      await connection.end(farewellMs)
    }
  }

  #everythingRetained(): readonly Message[] {
    const { box } = this.#options
    return [
      availabilityMessage(this.#topics, 'online'),
      encodeEvent(this.#topics, 'attributes', box.attributes()),
      encodeEvent(this.#topics, 'state', box.state()),
      ...this.#last.values(),
    ]
  }

  #receive(message: IncomingMessage, protocolVersion: 4 | 5): void {
    if (message.topic === this.#topics.availability) {
      this.#repairAvailability(message)
      return
    }
    if (this.#retained.intercept(message, protocolVersion)) return
    const request = parseRequest(this.#topics, message)
    if (request !== undefined) this.#responder.handle(request)
  }

  /** The will of a connection that we lost long ago may arrive only now, when the broker notices. */
  #repairAvailability({ payload }: IncomingMessage): void {
    if (this.#running === undefined || Buffer.from(payload).toString() === 'online') return
    if (performance.now() - this.#repairedAt < this.#times.minRetryMs) return
    this.#repairedAt = performance.now()
    this.#outbox.put(availabilityMessage(this.#topics, 'online'))
  }

  #disconnected(error: unknown): void {
    const kind = error instanceof BrokerError ? error.kind : 'broker-unreachable'
    const message = error instanceof Error ? error.message : String(error)
    const known = this.#problem?.kind === kind && this.#state !== 'connected'
    this.#problem = { kind, message }
    if (!known) this.#emit('disconnected', { broker: shownUrl(this.#options.broker.url), kind, message })
  }

  #conflict(): void {
    const known = this.#problem?.kind === 'name-taken'
    this.#problem = { kind: 'name-taken', message: 'another box answers under this name' }
    this.#state = 'conflict'
    if (!known)
      this.#emit('conflict', { broker: shownUrl(this.#options.broker.url), base: this.#topics.base })
  }

  #notice(notice: NoticeEvent): void {
    this.#outbox.put(encodeEvent(this.#topics, 'notice', notice))
    this.#emit('notice', notice)
  }

  /** A listener that throws must not end the connection. */
  #emit<Name extends keyof MqttBoxEvents>(name: Name, payload: MqttBoxEvents[Name]): void {
    for (const listener of this.#listeners[name]) queueMicrotask(() => listener(payload))
  }
}

interface Running {
  readonly abort: AbortController
  readonly ended: Promise<void>
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
