/** What a broker can do: the stream is not touched, and nothing that was to be told is lost. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import test, { type ExecutionContext } from 'ava'
import type { BoxState, StatusEvent } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { type RunningBox, startBox, type WatchedBox, watchBox } from '../../support/box.js'
import { spawnBox } from '../../support/box-process.js'
import { holds } from '../../support/holds.js'
import { type Mosquitto, startMosquitto } from '../../support/mqtt.js'
import { type RtmpIngest, startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf, longestGap, type RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'
import { receivedUntil } from './pushing.js'

const few = aFewAtOnce(2)

const mosquitto = async (t: Teardown): Promise<Mosquitto> => {
  const broker = await startMosquitto()
  t.teardown(() => broker.stop())
  return broker
}

const configFor = (broker: Mosquitto, ingest: RtmpIngest): Record<string, unknown> => ({
  mqtt: { url: broker.url },
  attributes: { url: ingest.url(), autopush: true },
})

/** A box on that broker that pushes to a server that remembers everything. */
const pushingOn = async (
  t: Teardown,
  broker: Mosquitto,
): Promise<{ box: RunningBox; ingest: RtmpIngest; session: RecordedSession }> => {
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, {
    config: configFor(broker, ingest),
    brokerUrl: broker.url,
    watchFirst: true,
  })
  await Promise.all([1002, 1008].map((code) => box.code(code)))
  return { box, ingest, session: await ingest.session(1, { messages: 50 }) }
}

const isUntouched = (t: ExecutionContext, ingest: RtmpIngest): void => {
  t.is(ingest.connections().accepted, 1)
  const [session] = ingest.sessions
  t.deepEqual(faultsOf(session!), [])
  t.true(longestGap(framesOf(session!, 'video')).timestampMs <= 70)
  t.true(longestGap(framesOf(session!, 'audio')).timestampMs <= 45)
}

const retained = ['availability', 'state', 'attributes', 'telemetry', 'snapshot']

/** A client that comes now gets what the broker has kept. */
const everythingRetained = async (
  t: ExecutionContext,
  broker: Mosquitto,
  topics: readonly string[],
): Promise<WatchedBox> => {
  const late = await watchBox(t, broker.url)
  for (const topic of topics)
    await waitFor(() => late.received.some((each) => each.topic === topic && each.retain), {
      what: `${topic}, retained`,
    })
  const availability = late.received.find(({ topic }) => topic === 'availability')
  t.is(availability?.payload.toString(), 'online')
  return late
}

const sequence = (box: WatchedBox): number[] => box.codes().map(({ seq }) => seq)

test(
  'a broker that is not there at the start: the push goes on, and everything is told once it is',
  few(async (t) => {
    const broker = await mosquitto(t)
    await broker.kill()
    const ingest = await startRtmpIngest(t)
    const box = await spawnBox(t, { config: configFor(broker, ingest) })
    const session = await ingest.session(1, { messages: 100 })
    t.regex(box.errors(), /MQTT was disconnected/)

    await broker.restart()
    const watcher = await watchBox(t, broker.url)
    t.is((await watcher.reaches('pushing')).session, 1)
    await waitFor(() => watcher.codes().length >= 5, { what: 'the codes of the start' })
    t.deepEqual(sequence(watcher), [1, 2, 3, 4, 5])
    t.deepEqual(
      watcher
        .codes()
        .map(({ code }) => code)
        .toSorted(),
      [1001, 1002, 1003, 1007, 1008],
    )
    await everythingRetained(t, broker, ['availability', 'state', 'attributes'])
    t.is((await watcher.request('getMaxZoom')).method, 'getMaxZoom')
    await receivedUntil(session, performance.now())
    isUntouched(t, ingest)
  }),
)

test(
  'a broker killed and started again with nothing in it: the stream does not notice, and all is retained again',
  few(async (t) => {
    const broker = await mosquitto(t)
    const { box, ingest, session } = await pushingOn(t, broker)
    t.true((await box.request('snapshot')).ok)
    await waitFor(() => box.messages('telemetry').length > 0, { what: 'telemetry', timeoutMs: 12_000 })
    const before = box.state()
    await broker.kill()
    const killedAt = performance.now()
    await receivedUntil(session, killedAt + 1_000)
    await broker.restart()
    await waitFor(() => box.received.some(({ topic, atMs }) => topic === 'snapshot' && atMs > killedAt), {
      what: 'the box to be back',
    })
    const late = await everythingRetained(t, broker, retained)
    t.deepEqual(late.state(), before)
    t.deepEqual(late.attributes(), box.attributes())
    t.true((await late.request('snapshot')).ok)
    await receivedUntil(session, performance.now())
    isUntouched(t, ingest)
  }),
)

test(
  'what happens while the broker is away is told afterwards, in order and once',
  few(async (t) => {
    const broker = await mosquitto(t)
    const { box, ingest } = await pushingOn(t, broker)
    await broker.kill()
    ingest.drop('reset')
    const second = await ingest.session(2, { messages: 50 })
    await broker.restart()
    await box.code(1002, { nth: 2 })
    await box.reaches('pushing')
    const codes = box.codes()
    t.deepEqual(
      // The rate may be told as well: the new session begins below what the old one had.
      codes.flatMap(({ code }, index) => (index < 5 || code === 1006 ? [] : [code])),
      [3004, 1102, 1001, 1002],
    )
    t.deepEqual(
      sequence(box),
      codes.map((_, index) => index + 1),
    )
    t.is(box.state()?.session, 2)
    t.deepEqual(faultsOf(second), [])
  }),
)

test(
  'a second box of the same name says so, publishes and obeys nothing; it takes over when the first ends',
  few(async (t) => {
    const broker = await mosquitto(t)
    const first = await startBox(t, {
      config: { mqtt: { url: broker.url } },
      brokerUrl: broker.url,
      watchFirst: true,
    })
    const ingest = await startRtmpIngest(t)
    const second = await spawnBox(t, {
      config: { mqtt: { url: broker.url }, attributes: { url: ingest.url(), 'max-bitrate': 777 } },
    })
    await second.says(/ANOTHER BOX LIVES AS live-pusher\/testbox/)
    // it has an address and would push; the first has none
    const reply = await first.request('start')
    t.like(reply, { ok: false, errCode: -1313 })
    t.true((await first.set({ 'min-bitrate': 111 })).ok)
    const replies = first.messages<{ id: string }>('reply').length
    await holds(() => ingest.connections().accepted === 0, { what: 'no push', forMs: 500 })
    t.is(first.messages('reply').length, replies, 'one reply to each')
    t.true(
      first.messages<{ 'max-bitrate': number }>('attributes').every((each) => each['max-bitrate'] === 1000),
    )
    t.true(first.messages<BoxState>('state').every(({ url }) => url === ''))

    await first.stop()
    await waitFor(() => first.attributes()?.['max-bitrate'] === 777, {
      what: 'the second box to take over',
      timeoutMs: 12_000,
    })
    t.true((await first.request('start')).ok)
    await ingest.session(1, { messages: 10 })
    t.is(second.output().match(/ANOTHER BOX/g)?.length, 1)
  }),
)

/** Of the box; what a client publishes there is no request. */
const topicsOfTheBox = [
  ...['availability', 'state', 'attributes', 'telemetry', 'snapshot', 'snapshot/image', 'reply'],
  ...['event/statechange', 'event/error', 'event/netstatus', 'event/notice', 'event/button'],
]
const requestTopics = [
  'attributes/set',
  'command/start',
  'command/stop',
  'command/snapshot',
  'command/nonsense',
]
const messagesPerTopic = 1_000

const kinds: readonly ((index: number) => string | Buffer)[] = [
  (index) => randomBytes(1 + (index % 300)),
  () => '{"max-bitrate":',
  () => '[]',
  () => 'null',
  () => '"start"',
  (index) => JSON.stringify({ 'max-bitrate': { $gt: index } }),
  (index) => JSON.stringify({ url: `rtmp://x/a/b ! filesink location=/tmp/${index}` }),
  () => `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
  (index) => JSON.stringify({ id: index }),
  () => JSON.stringify({ nonsense: '\u0000\ud800🎥'.repeat(50) }),
]
const junk = (index: number): string | Buffer => kinds[index % kinds.length]!(index)

const residentMb = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

test(
  '1,000 junk messages on every topic while pushing: one refusal to each request, no gap, no growth',
  few(async (t) => {
    const broker = await mosquitto(t)
    const { box, ingest, session } = await pushingOn(t, broker)
    const before = { mb: await residentMb(box.process.pid!), state: box.state() }
    const { length: replies } = box.messages('reply')
    for (const topic of topicsOfTheBox)
      await Promise.all(
        Array.from({ length: messagesPerTopic }, (_, index) =>
          box.client.publishAsync(`${box.base}/${topic}`, junk(index), { qos: 0 }),
        ),
      )
    const watcher = await watchBox(t, broker.url)
    for (const topic of requestTopics)
      await Promise.all(
        Array.from({ length: messagesPerTopic }, (_, index) =>
          box.client.publishAsync(`${box.base}/${topic}`, junk(index), { qos: 1 }),
        ),
      )
    const expected = messagesPerTopic * requestTopics.length
    t.is(replies, 0)
    const answers = () => watcher.received.filter(({ topic }) => topic === 'reply')
    await waitFor(() => answers().length >= expected, { what: `${expected} replies` })
    t.true((await watcher.request('applyFilter')).errCode !== undefined)
    t.is(answers().length, expected + 1, 'one reply to each')
    t.true(answers().every(({ payload }) => JSON.parse(payload.toString()).ok === false))

    await receivedUntil(session, performance.now())
    isUntouched(t, ingest)
    const { since, session: sessions, state } = await watcher.reaches('pushing')
    t.like(before.state, { since, session: sessions, state })
    // a bad url has a code of its own
    const events = watcher.messages<StatusEvent>('event/statechange')
    t.deepEqual(
      events.map(({ code }) => code),
      Array.from({ length: messagesPerTopic / kinds.length }, () => -1313),
    )
    const grown = (await residentMb(box.process.pid!)) - before.mb
    t.true(grown < 80, `${Math.round(grown)} MB more`)
  }),
)
