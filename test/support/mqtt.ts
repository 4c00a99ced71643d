import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { BrokerAddress } from '../../services/mqtt/broker-address.js'
import { topicsOf } from '../../services/mqtt/contract.js'
import { EmbeddedBroker } from '../../services/mqtt/embedded-broker.js'
import { MqttBox } from '../../services/mqtt/mqtt-box.js'
import type { MqttBoxOptions } from '../../services/mqtt/mqtt-box-options.js'
import { FakeBox } from './fake-box.js'
import { accepts, freePort, listenOnLoopback } from './ports.js'
import type { Teardown } from './teardown.js'
import { waitFor, withDeadline } from './wait-for.js'

const deferred = () => {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** A signal of its own for each start, that never aborts. */
export const never = (): AbortSignal => new AbortController().signal

export interface Mosquitto {
  readonly port: number
  readonly url: string
  /** MQTT over WebSocket */
  readonly wsUrl: string
  /** SIGKILL, as a power cut would */
  kill(): Promise<void>
  /** again on the same port; nothing is remembered */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A real mosquitto on free ports of 127.0.0.1, without persistence. `config` is appended to its configuration. */
export const startMosquitto = async (config = ''): Promise<Mosquitto> => {
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'))
  const port = await freePort()
  const wsPort = await freePort()
  const file = join(folder, 'mosquitto.conf')
  const lines = [
    'user root',
    'persistence false',
    'allow_anonymous true',
    'max_queued_messages 100000',
    `listener ${port} 127.0.0.1`,
    `listener ${wsPort} 127.0.0.1`,
    'protocol websockets',
    config,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  let child: ChildProcess | undefined
  const kill = async () => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  const restart = async () => {
    await kill()
    child = spawn('mosquitto', ['-c', file], { stdio: 'ignore' })
    for (const [, listening] of lines.join('\n').matchAll(/^listener (\d+)/gm)) {
      await waitFor(() => accepts(Number(listening)), { what: `mosquitto to listen at port ${listening}` })
    }
  }
  await restart()
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${wsPort}/mqtt`,
    kill,
    restart,
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true })
    },
  }
}

/** A client that remembers what it received. */
export class Listener {
  readonly client: MqttClient
  readonly messages: { topic: string; payload: Buffer; packet: IPublishPacket }[] = []
  readonly #checks = new Set<() => void>()

  constructor(client: MqttClient) {
    this.client = client
    client.on('message', (topic, payload, packet) => {
      this.messages.push({ topic, payload, packet })
      for (const check of [...this.#checks]) check()
    })
    client.on('error', () => undefined)
  }

  on(topic: string): Buffer[] {
    return this.messages.filter((message) => message.topic === topic).map(({ payload }) => payload)
  }

  texts(topic: string): string[] {
    return this.on(topic).map(String)
  }

  json(topic: string): Record<string, unknown>[] {
    return this.texts(topic).map((text) => JSON.parse(text) as Record<string, unknown>)
  }

  /** Resolves at the message that makes the condition true. */
  async until(condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
    const { promise, resolve } = deferred()
    const check = () => {
      if (condition()) resolve()
    }
    this.#checks.add(check)
    check()
    await withDeadline(promise, { what, timeoutMs }).finally(() => this.#checks.delete(check))
  }

  /** resolves when there are `count` messages on the topic */
  async count(topic: string, count: number, ms?: number): Promise<void> {
    await this.until(() => this.on(topic).length >= count, `${count} on ${topic}`, ms)
  }

  /** the messages of everything sent so far have arrived once this one has */
  async roundTrip(): Promise<void> {
    const topic = `round-trip/${randomUUID()}`
    await this.client.subscribeAsync(topic, { qos: 1 })
    await this.client.publishAsync(topic, '', { qos: 1 })
    await this.count(topic, 1)
  }
}

export const connectListener = async (
  url: string,
  protocolVersion: 4 | 5,
  options: IClientOptions = {},
): Promise<Listener> =>
  new Listener(await connectAsync(url, { protocolVersion, reconnectPeriod: 0, ...options }, false))

/** A TCP link that a test can cut, block, or let go silent. */
export interface Link {
  readonly url: string
  /** ends every connection with a reset */
  cut(): void
  /** refuses new connections from now on, and cuts */
  block(): void
  unblock(): void
  /** bytes stop, connections stay */
  stall(): void
}

export const startLink = async (t: Teardown, brokerUrl: string): Promise<Link> => {
  const { hostname, port } = new URL(brokerUrl)
  const pairs = new Set<readonly [Socket, Socket]>()
  let blocked = false
  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (blocked) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    far.on('error', () => undefined)
    near.pipe(far)
    far.pipe(near)
    const drop = () => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    near.on('close', drop)
    far.on('close', drop)
  })
  const linkPort = await listenOnLoopback(server)
  const cut = () => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }
  t.teardown(() => {
    server.close()
    cut()
  })
  return {
    url: `mqtt://127.0.0.1:${linkPort}`,
    cut,
    block: () => {
      blocked = true
      cut()
    },
    unblock: () => {
      blocked = false
    },
    stall: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
        near.pause()
        far.pause()
      }
    },
  }
}

export type BrokerKind = 'embedded' | 'mosquitto'

/** Everything that runs against both brokers and both protocol versions, for the box and for its clients. */
export const combinations = (['embedded', 'mosquitto'] as const).flatMap((broker) =>
  ([5, 4] as const).flatMap((boxVersion) =>
    ([5, 4] as const).map((version) => ({
      broker,
      boxVersion,
      version,
      title: `${broker}, box MQTT ${boxVersion}, client MQTT ${version}`,
    })),
  ),
)

export interface BoxOnBroker {
  readonly name: string
  readonly topics: ReturnType<typeof topicsOf>
  readonly box: FakeBox
  readonly mqttBox: MqttBox
  /** where clients connect */
  readonly url: string
  /** between the box and the broker */
  readonly link: Link
  /** a client that gets everything of the box, which was there before it */
  connect(version: 4 | 5): Promise<Listener>
}

let sharedMosquitto: Promise<Mosquitto> | undefined

/** One mosquitto for a whole test file; boxes are kept apart by their names. Stop it with {@link stopSharedMosquitto}. */
export const mosquittoOfFile = (): Promise<Mosquitto> => {
  sharedMosquitto ??= startMosquitto()
  return sharedMosquitto
}

export const stopSharedMosquitto = async (): Promise<void> => {
  await (await sharedMosquitto)?.stop()
}

/** A box, its MQTT side and a broker, connected. Times are short unless the options say otherwise. */
export const boxOnBroker = async (
  t: Teardown,
  kind: BrokerKind,
  options: Partial<MqttBoxOptions> = {},
): Promise<BoxOnBroker> => {
  const name = options.name ?? `box-${randomUUID()}`
  const box = new FakeBox()
  let broker: BrokerAddress
  if (kind === 'embedded') {
    const embedded = new EmbeddedBroker({ prefix: 'live-pusher', box: name, port: 0 })
    await embedded.start(never())
    t.teardown(() => embedded.stop())
    broker = embedded.boxConnection()
  } else {
    broker = { url: (await mosquittoOfFile()).url }
  }
  const link = await startLink(t, broker.url)
  const mqttBox = new MqttBox({
    box,
    prefix: 'live-pusher',
    name,
    broker: { ...broker, url: link.url },
    claim: kind === 'mosquitto',
    ...options,
    times: { minRetryMs: 30, maxRetryMs: 100, retainedMs: 50, ...options.times },
  })
  const connected = new Promise<void>((resolve) => mqttBox.on('connected', () => resolve()))
  await mqttBox.start(never())
  t.teardown(() => mqttBox.stop())
  await connected
  const topics = topicsOf('live-pusher', name)
  return {
    name,
    topics,
    box,
    mqttBox,
    url: broker.url,
    link,
    connect: async (version) => {
      const listener = await connectListener(broker.url, version)
      t.teardown(() => listener.client.endAsync(true))
      await listener.client.subscribeAsync(`${topics.base}/#`, { qos: 1 })
      return listener
    },
  }
}
