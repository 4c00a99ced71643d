/**
 * A whole box as a user runs it: the compiled command in its own process, with folders of its own, on free ports,
 * watched and driven over MQTT from outside.
 */
import { readdir, readFile } from 'node:fs/promises'
import mqtt, { type MqttClient } from 'mqtt'
import type { BoxState, StatusEvent } from '../../firmware/pusher/events.js'
import { type BoxProcess, boxName, type ProcessOptions, spawnBox, startMs } from './box-process.js'
import type { Teardown } from './teardown.js'
import type { Uplink } from './uplink/uplink.js'
import { waitFor, withDeadline } from './wait-for.js'

export interface BoxOptions extends Omit<ProcessOptions, 'namespace'> {
  /** runs at the near end of that link; MQTT and HTTP are reached past it */
  readonly uplink?: Pick<Uplink, 'names' | 'reachBox'>
  /** an external broker that config names: where to watch */
  readonly brokerUrl?: string
  /** watches that broker, which is there already, before the box starts: nothing that it says is missed */
  readonly watchFirst?: boolean
}

export interface Received {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
  /** ms on performance's clock */
  readonly atMs: number
}

export interface Reply {
  readonly id: string | null
  readonly method: string
  readonly ok: boolean
  readonly result?: Readonly<Record<string, unknown>>
  readonly errCode?: number
  readonly errMsg?: string
  readonly problems?: readonly { readonly path: string; readonly message: string }[]
}

/** A box as it is seen and driven over MQTT. */
export interface WatchedBox {
  readonly base: string
  readonly client: MqttClient
  /** everything received so far below the base topic */
  readonly received: readonly Received[]
  codes(): readonly StatusEvent[]
  /** the nth event of that code (from 1), once it is there */
  code(code: number, options?: { nth?: number; timeoutMs?: number }): Promise<StatusEvent>
  state(): BoxState | undefined
  /** the attributes as last published */
  attributes(): Readonly<Record<string, unknown>> | undefined
  /** every JSON payload received on that topic below the base, oldest first */
  messages<Value>(topic: string): readonly Value[]
  reaches(state: BoxState['state'], timeoutMs?: number): Promise<BoxState>
  request(method: string, options?: object): Promise<Reply>
  set(attributes: object): Promise<Reply>
}

export interface RunningBox extends WatchedBox, BoxProcess {
  readonly httpUrl: string
  readonly mqttUrl: string
  /** pid of the media process */
  mediaPid(): Promise<number>
  /** ends it as Ctrl-C does; ms that it took, and its exit code */
  stop(): Promise<{ readonly ms: number; readonly code: number | null }>
}

const base = `live-pusher/${boxName}`
let requests = 0

/** Watches the box at that broker, from now on. */
export const watchBox = async (t: Teardown, url: string): Promise<WatchedBox> => {
  const received: Received[] = []
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50 })
  // It comes back by itself; without a listener an error would end the test.
  client.on('error', () => undefined)
  t.teardown(() => client.endAsync(true))
  client.on('message', (topic, payload, { retain }) => {
    if (topic.startsWith(base))
      received.push({ topic: topic.slice(base.length + 1), payload, retain, atMs: performance.now() })
  })
  await client.subscribeAsync(`${base}/#`, { qos: 1 })
  const last = <Value>(topic: string): Value | undefined => {
    const message = received.findLast((each) => each.topic === topic)
    return message && (JSON.parse(message.payload.toString()) as Value)
  }
  const messages = <Value>(topic: string): Value[] =>
    received
      .filter((each) => each.topic === topic)
      .map(({ payload }) => JSON.parse(payload.toString()) as Value)
  const codes = (): StatusEvent[] => messages('event/statechange')
  const ask = async (topic: string, method: string, body: object): Promise<Reply> => {
    requests += 1
    const id = `${process.pid}-${requests}`
    await client.publishAsync(`${base}/${topic}`, JSON.stringify({ ...body, id }), { qos: 1 })
    return waitFor(() => messages<Reply>('reply').find((reply) => reply.id === id), {
      what: `the reply to ${method}`,
      timeoutMs: 12_000,
    })
  }
  /** A wait that fails says what the box did instead. */
  const telling = <Value>(wait: Promise<Value>): Promise<Value> =>
    wait.catch((error: Error) => {
      const seen = `it is ${last<BoxState>('state')?.state}; codes ${codes().map(({ code }) => code)}`
      throw new Error(`${error.message}; ${seen}`, { cause: error.cause })
    })

  return {
    base,
    client,
    received,
    codes,
    code: (code, { nth = 1, timeoutMs = 10_000 } = {}) =>
      telling(
        waitFor(() => codes().filter((event) => event.code === code)[nth - 1], {
          what: `code ${code}${nth > 1 ? ` (${nth})` : ''}`,
          timeoutMs,
        }),
      ),
    state: () => last<BoxState>('state'),
    attributes: () => last('attributes'),
    messages,
    reaches: (state, timeoutMs = 10_000) =>
      telling(
        waitFor(
          () => {
            const now = last<BoxState>('state')
            return now?.state === state ? now : undefined
          },
          { what: `the state ${state}`, timeoutMs },
        ),
      ),
    request: (method, body = {}) => ask(`command/${method}`, method, body),
    set: (attributes) => ask('attributes/set', 'setAttributes', attributes),
  }
}

/** Starts a box and waits until it answers over MQTT. */
export const startBox = async (t: Teardown, options: BoxOptions = {}): Promise<RunningBox> => {
  const early = options.watchFirst ? await watchBox(t, options.brokerUrl ?? '') : undefined
  const { uplink } = options
  const box = await spawnBox(t, { ...options, ...(uplink ? { namespace: uplink.names.box } : {}) })
  const says = async (pattern: RegExp): Promise<string> => {
    const [, scheme = '', port = ''] = await box.says(pattern)
    return `${scheme}://${uplink ? await uplink.reachBox(Number(port)) : `127.0.0.1:${port}`}`
  }
  const httpUrl = await says(/preview\s+(http):\/\/127\.0\.0\.1:(\d+)\//)
  const mqttUrl = options.brokerUrl ?? (await says(/MQTT\s+(mqtt):\/\/127\.0\.0\.1:(\d+)/))
  const watched = early ?? (await watchBox(t, mqttUrl))
  await waitFor(() => watched.state(), { what: 'the state of the box', timeoutMs: startMs })
  const child = box.process
  return {
    ...box,
    ...watched,
    httpUrl,
    mqttUrl,
    mediaPid: () =>
      waitFor(() => (child.pid === undefined ? undefined : mediaChild(child.pid)), {
        what: 'the media process',
      }),
    stop: async () => {
      const before = performance.now()
      child.kill('SIGINT')
      const code = await withDeadline(box.exited, { what: 'the box to end' })
      return { ms: performance.now() - before, code }
    },
  }
}

/** The child of that process that runs the media engine. */
const mediaChild = async (parent: number): Promise<number | undefined> => {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const [stat, command] = await Promise.all([
        readFile(`/proc/${entry}/stat`, 'utf8'),
        readFile(`/proc/${entry}/cmdline`, 'utf8'),
      ])
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      if (ppid === parent && command.includes('media/engine/main.js')) return Number(entry)
    } catch {
      // ended while we looked
    }
  }
  return undefined
}
