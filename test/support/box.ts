/**
 * A whole box as a user runs it: the compiled command in its own process, with folders of its own, on free ports,
 * watched and driven over MQTT from outside.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mqtt, { type MqttClient } from 'mqtt'
import { stringify } from 'yaml'
import type { BoxState, StatusEvent } from '../../firmware/pusher/events.js'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'
import { waitFor, withDeadline } from './wait-for.js'

const main = fileURLToPath(new URL('../../firmware/main.js', import.meta.url))

export interface BoxOptions {
  /** merged into a configuration with the test picture, the test tone, free ports and no local RTMP server */
  readonly config?: Readonly<Record<string, unknown>>
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** a state folder that a box before had */
  readonly stateDir?: string
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

export interface RunningBox {
  readonly base: string
  readonly stateDir: string
  readonly process: ChildProcess
  readonly client: MqttClient
  readonly httpUrl: string
  readonly mqttUrl: string
  /** everything received so far below the base topic */
  readonly received: readonly Received[]
  /** what it printed */
  output(): string
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
  /** pid of the media process */
  mediaPid(): Promise<number>
  /** ends it as Ctrl-C does; ms that it took, and its exit code */
  stop(): Promise<{ readonly ms: number; readonly code: number | null }>
}

const name = 'testbox'
const base = `live-pusher/${name}`

/** A client of that broker that keeps all that the box says. */
const watch = async (t: Teardown, url: string): Promise<{ client: MqttClient; received: Received[] }> => {
  const received: Received[] = []
  const client = await mqtt.connectAsync(url, { protocolVersion: 5 })
  t.teardown(() => client.endAsync(true))
  client.on('message', (topic, payload, { retain }) => {
    if (topic.startsWith(base))
      received.push({ topic: topic.slice(base.length + 1), payload, retain, atMs: performance.now() })
  })
  await client.subscribeAsync(`${base}/#`, { qos: 1 })
  return { client, received }
}

/** Starts a box and waits until it answers over MQTT. */
export const startBox = async (t: Teardown, options: BoxOptions = {}): Promise<RunningBox> => {
  const folder = await tempDir(t)
  const stateDir = options.stateDir ?? join(folder, 'state')
  const file = join(folder, 'config.yaml')
  await writeFile(
    file,
    stringify({
      name,
      'state-dir': stateDir,
      'runtime-dir': join(folder, 'run'),
      cameras: { front: 'test', back: 'test' },
      microphone: 'test',
      http: { port: 0 },
      'local-rtmp': { enabled: false },
      mqtt: { embedded: { port: 0 } },
      ...options.config,
    }),
  )
  const watched = options.watchFirst ? await watch(t, options.brokerUrl ?? '') : undefined
  const child = spawn(process.execPath, [main, 'run', '--config', file, ...(options.args ?? [])], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const exited = once(child, 'exit') as Promise<[number | null]>
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const ports = await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`the box ended with ${child.exitCode}: ${output}`)
      const http = /preview\s+(http:\/\/127\.0\.0\.1:\d+)\//.exec(output)?.[1]
      const broker = options.brokerUrl ?? /MQTT\s+(mqtt:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]
      return http !== undefined && broker !== undefined ? { http, broker } : undefined
    },
    { what: 'the box to say where it listens', timeoutMs: 20_000 },
  )
  const { client, received } = watched ?? (await watch(t, ports.broker))
  const last = <Value>(topic: string): Value | undefined => {
    const message = received.findLast((each) => each.topic === topic)
    return message && (JSON.parse(message.payload.toString()) as Value)
  }
  const messages = <Value>(topic: string): Value[] =>
    received
      .filter((each) => each.topic === topic)
      .map(({ payload }) => JSON.parse(payload.toString()) as Value)
  const codes = (): StatusEvent[] => messages('event/statechange')
  await waitFor(() => last('state'), { what: 'the state of the box', timeoutMs: 20_000 })

  let requests = 0
  const ask = async (topic: string, method: string, body: object): Promise<Reply> => {
    requests += 1
    const id = `${process.pid}-${requests}`
    await client.publishAsync(`${base}/${topic}`, JSON.stringify({ ...body, id }), { qos: 1 })
    return waitFor(() => messages<Reply>('reply').find((reply) => reply.id === id), {
      what: `the reply to ${method}`,
      timeoutMs: 12_000,
    })
  }

  return {
    base,
    stateDir,
    process: child,
    client,
    httpUrl: ports.http,
    mqttUrl: ports.broker,
    received,
    output: () => output,
    codes,
    code: (code, { nth = 1, timeoutMs = 10_000 } = {}) =>
      waitFor(() => codes().filter((event) => event.code === code)[nth - 1], {
        what: `code ${code}${nth > 1 ? ` (${nth})` : ''}; seen ${codes().map((event) => event.code)}`,
        timeoutMs,
      }),
    state: () => last<BoxState>('state'),
    attributes: () => last('attributes'),
    messages,
    reaches: (state, timeoutMs = 10_000) =>
      waitFor(
        () => {
          const now = last<BoxState>('state')
          return now?.state === state ? now : undefined
        },
        { what: `the state ${state}`, timeoutMs },
      ),
    request: (method, body = {}) => ask(`command/${method}`, method, body),
    set: (attributes) => ask('attributes/set', 'setAttributes', attributes),
    mediaPid: () =>
      waitFor(() => (child.pid === undefined ? undefined : mediaChild(child.pid)), {
        what: 'the media process',
      }),
    stop: async () => {
      const before = performance.now()
      child.kill('SIGINT')
      const [code] = await withDeadline(exited, { what: 'the box to end' })
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
