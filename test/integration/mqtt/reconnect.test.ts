import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import test from 'ava'
import type { BrokerAddress } from '../../../services/mqtt/broker-address.js'
import { MqttBox } from '../../../services/mqtt/mqtt-box.js'
import type { MqttBoxEvents, MqttBoxTimes } from '../../../services/mqtt/mqtt-box-options.js'
import { FakeBox, idleState } from '../../support/fake-box.js'
import {
  boxOnBroker,
  connectListener,
  mosquittoOfFile,
  never,
  startMosquitto,
  stopSharedMosquitto,
} from '../../support/mqtt.js'
import { freePort, listenOnLoopback, refusingPort } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

test.after.always(stopSharedMosquitto)

/** A box on whatever listens at the address; starts it, does not wait for a connection. */
const boxAt = async (
  t: Teardown,
  broker: BrokerAddress,
  times: Partial<MqttBoxTimes> = {},
  protocolVersion?: 4 | 5,
) => {
  const box = new FakeBox()
  const mqttBox = new MqttBox({
    box,
    prefix: 'live-pusher',
    name: 'tripod',
    broker,
    claim: false,
    times: { minRetryMs: 20, maxRetryMs: 60, ...times },
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
  })
  const disconnections: MqttBoxEvents['disconnected'][] = []
  const connections: MqttBoxEvents['connected'][] = []
  mqttBox.on('disconnected', (event) => disconnections.push(event))
  mqttBox.on('connected', (event) => connections.push(event))
  await mqttBox.start(never())
  t.teardown(() => mqttBox.stop())
  return { box, mqttBox, disconnections, connections }
}

const serve = async (t: Teardown, onConnection: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  const port = await listenOnLoopback(server)
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `mqtt://127.0.0.1:${port}`
}

for (const boxVersion of [5, 4] as const) {
  test(`after a restart of the broker everything retained is there again (box MQTT ${boxVersion})`, async (t) => {
    const mosquitto = await startMosquitto()
    t.teardown(() => mosquitto.stop())
    const { box, mqttBox } = await boxAt(t, { url: mosquitto.url }, {}, boxVersion)
    await waitFor(() => mqttBox.status().state === 'connected', { what: 'the box' })
    box.emit('telemetry', { cpu: 0.5 })
    const snapshot = {
      id: 's',
      time: 1,
      width: 2,
      height: 2,
      bytes: 3,
      sha256: '0',
      path: '/snapshots/s.jpg',
    }
    box.emit('snapshot', snapshot)
    await mosquitto.kill()
    await waitFor(() => mqttBox.status().state !== 'connected', { what: 'the loss' })
    box.currentState = { ...idleState, state: 'pushing' }
    box.emit('state', box.currentState)
    await mosquitto.restart()
    const listener = await connectListener(mosquitto.url, boxVersion)
    t.teardown(() => listener.client.endAsync(true))
    await listener.client.subscribeAsync('live-pusher/tripod/#', { qos: 1 })
    const paths = ['availability', 'state', 'attributes', 'snapshot', 'telemetry']
    await listener.until(
      () => paths.every((path) => listener.on(`live-pusher/tripod/${path}`).length > 0),
      'everything retained',
      10_000,
    )
    t.is(listener.texts('live-pusher/tripod/availability').at(-1), 'online')
    t.like(listener.json('live-pusher/tripod/state').at(-1), { state: 'pushing' })
    t.deepEqual(listener.json('live-pusher/tripod/snapshot'), [snapshot])
    t.deepEqual(listener.json('live-pusher/tripod/telemetry'), [{ cpu: 0.5 }])
  })
}

for (const broker of ['embedded', 'mosquitto'] as const) {
  test(`QoS 1 events wait for the connection and arrive in order, QoS 0 ones do not (${broker})`, async (t) => {
    const { box, link, connect, topics, mqttBox } = await boxOnBroker(t, broker)
    const listener = await connect(5)
    box.emitStatus(1)
    await listener.count(topics.event('statechange'), 1)
    await waitFor(() => mqttBox.status().waiting === 0, { what: 'the acknowledgement' })
    link.block()
    await waitFor(() => mqttBox.status().state !== 'connected', { what: 'the loss' })
    for (let seq = 2; seq <= 200; seq += 1) {
      box.emitStatus(seq)
      box.emit('bgmprogress', { progress: seq, duration: 1000 })
      box.emit('state', { ...idleState, session: seq })
    }
    box.currentState = { ...idleState, session: 200 }
    link.unblock()
    await listener.count(topics.event('statechange'), 200)
    await listener.roundTrip()
    const seqs = listener.json(topics.event('statechange')).map(({ seq }) => seq)
    t.deepEqual(
      seqs,
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
    t.deepEqual(listener.on(topics.event('bgmprogress')), [])
    t.is(mqttBox.status().dropped, 199)
    // of the state only the current one matters: the one from the subscription and the one after the reconnection
    t.deepEqual(
      listener.json(topics.event('state')).map(({ session }) => session),
      [0, 200],
    )
  })

  test(`what was not acknowledged when the connection died is sent again, in order (${broker})`, async (t) => {
    const { box, link, connect, topics } = await boxOnBroker(t, broker)
    const listener = await connect(4)
    await listener.roundTrip()
    link.stall()
    for (let seq = 1; seq <= 60; seq += 1) box.emitStatus(seq)
    link.cut()
    await listener.until(() => listener.json(topics.event('statechange')).at(-1)?.seq === 60, 'the last')
    const seqs = [...new Set(listener.json(topics.event('statechange')).map(({ seq }) => seq))]
    t.deepEqual(
      seqs,
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })
}

test('the waiting events are bounded: the oldest go, the gap shows in seq and is counted', async (t) => {
  const { box, link, connect, topics, mqttBox } = await boxOnBroker(t, 'mosquitto')
  const listener = await connect(5)
  link.block()
  await waitFor(() => mqttBox.status().state !== 'connected', { what: 'the loss' })
  for (let seq = 1; seq <= 1005; seq += 1) box.emitStatus(seq)
  t.like(mqttBox.status(), { waiting: 1000, overflowed: 5 })
  link.unblock()
  await listener.count(topics.event('statechange'), 1000)
  const seqs = listener.json(topics.event('statechange')).map(({ seq }) => seq)
  t.deepEqual([seqs[0], seqs.at(-1), seqs.length], [6, 1005, 1000])
})

test('a reply that could not be sent is sent after the reconnection', async (t) => {
  const { box, link, connect, topics } = await boxOnBroker(t, 'mosquitto')
  const listener = await connect(5)
  let finish: () => void = () => undefined
  box.answer = ({ method }) =>
    new Promise((resolve) => {
      finish = () => resolve({ ok: true, method, result: {} })
    })
  await listener.client.publishAsync(`${topics.base}/command/start`, '{"id":"x"}', { qos: 1 })
  await waitFor(() => box.submitted.length === 1, { what: 'the request' })
  link.block()
  finish()
  link.unblock()
  await listener.count(topics.reply, 1)
  t.like(listener.json(topics.reply)[0], { id: 'x', ok: true })
})

test('a broker that is not there yet is awaited, and its absence is said once', async (t) => {
  const port = await freePort()
  const { mqttBox, disconnections, connections } = await boxAt(t, {
    url: `mqtt://u:secret@127.0.0.1:${port}`,
  })
  await waitFor(() => disconnections.length > 0, { what: 'the first refusal' })
  await waitFor(() => mqttBox.status().state === 'waiting', { what: 'a pause' })
  await waitFor(() => mqttBox.status().state === 'connecting', { what: 'another attempt' })
  t.is(disconnections.length, 1)
  t.like(disconnections[0], { broker: `mqtt://127.0.0.1:${port}`, kind: 'broker-unreachable' })
  t.false(JSON.stringify([disconnections, mqttBox.status()]).includes('secret'))
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle).listen(port, '127.0.0.1')
  t.teardown(() => {
    server.close()
    broker.close()
  })
  await waitFor(() => connections.length === 1, { what: 'the connection' })
  t.is(mqttBox.status().problem, undefined)
})

test('a will that arrives late does not leave the box offline', async (t) => {
  const { topics, connect } = await boxOnBroker(t, 'mosquitto')
  const listener = await connect(4)
  await listener.client.publishAsync(topics.availability, 'offline', { qos: 1, retain: true })
  await listener.until(() => listener.texts(topics.availability).at(-1) === 'offline', 'the late will')
  await listener.until(() => listener.texts(topics.availability).at(-1) === 'online', 'the repair')
  t.pass()
})

test('a broker that refuses MQTT 5 is spoken to in 3.1.1', async (t) => {
  const broker = await Aedes.createBroker()
  t.teardown(() => broker.close())
  const url = await serve(t, (socket) => broker.handle(socket))
  const { mqttBox, connections, disconnections } = await boxAt(t, { url })
  await waitFor(() => connections.length === 1, { what: 'the connection' })
  t.is(connections[0]?.protocolVersion, 4)
  t.is(mqttBox.status().protocolVersion, 4)
  t.deepEqual(disconnections, [])
})

test('a broker that hangs up on MQTT 5 without a word is spoken to in 3.1.1', async (t) => {
  const broker = await Aedes.createBroker()
  t.teardown(() => broker.close())
  const url = await serve(t, (socket) => {
    socket.once('data', (head: Buffer) => {
      if (head[8] === 5) return socket.destroy()
      socket.unshift(head)
      return broker.handle(socket)
    })
  })
  const { connections } = await boxAt(t, { url })
  await waitFor(() => connections.length === 1, { what: 'the connection' })
  t.is(connections[0]?.protocolVersion, 4)
})

for (const protocolVersion of [5, 4] as const) {
  test(`wrong credentials are named (MQTT ${protocolVersion})`, async (t) => {
    const mosquitto = await startMosquitto('allow_anonymous false')
    t.teardown(() => mosquitto.stop())
    const { disconnections, mqttBox } = await boxAt(
      t,
      { url: mosquitto.url, username: 'box', password: 'wrong' },
      {},
      protocolVersion,
    )
    await waitFor(() => disconnections.length > 0, { what: 'the refusal' })
    t.is(disconnections[0]?.kind, 'not-authorised')
    t.is(mqttBox.status().problem?.kind, 'not-authorised')
    t.false(JSON.stringify(disconnections).includes('wrong'))
  })
}

test('a broker that does not let the box subscribe is named as such', async (t) => {
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, _subscription, done) => done(null, null),
  })
  t.teardown(() => broker.close())
  const url = await serve(t, (socket) => broker.handle(socket))
  const { disconnections, connections } = await boxAt(t, { url })
  await waitFor(() => disconnections.length > 0, { what: 'the refusal' })
  t.is(disconnections[0]?.kind, 'refused')
  t.deepEqual(connections, [])
})

test('what the broker does not let the box publish holds up nothing else', async (t) => {
  const folder = await tempDir(t)
  const acl = join(folder, 'acl')
  await writeFile(acl, 'topic read #\ntopic write live-pusher/tripod/event/#\n')
  const mosquitto = await startMosquitto(`acl_file ${acl}`)
  t.teardown(() => mosquitto.stop())
  const { box, mqttBox } = await boxAt(t, { url: mosquitto.url })
  await waitFor(() => mqttBox.status().refused >= 3, { what: 'three refusals' })
  const listener = await connectListener(mosquitto.url, 4)
  t.teardown(() => listener.client.endAsync(true))
  await listener.client.subscribeAsync('live-pusher/tripod/#', { qos: 1 })
  box.emitStatus(1)
  await listener.count('live-pusher/tripod/event/statechange', 1)
  await waitFor(() => mqttBox.status().waiting === 0, { what: 'the acknowledgements' })
  t.is(mqttBox.status().state, 'connected')
})

test('a broker that accepts the connection and stays silent is given up and tried again', async (t) => {
  let attempts = 0
  const url = await serve(t, () => {
    attempts += 1
  })
  const { disconnections } = await boxAt(t, { url }, { connectMs: 50 })
  await waitFor(() => attempts >= 2, { what: 'a second attempt' })
  t.deepEqual(
    disconnections.map(({ kind }) => kind),
    ['broker-silent'],
  )
})

test('attempts are spaced by a growing, capped, jittered wait', async (t) => {
  const times: number[] = []
  const url = await serve(t, (socket) => {
    times.push(performance.now())
    socket.destroy()
  })
  await boxAt(t, { url }, { minRetryMs: 20, maxRetryMs: 100 })
  await waitFor(() => times.length >= 12, { what: 'twelve attempts' })
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  for (const gap of gaps) t.true(gap >= 19, `${gap}`)
  const late = gaps.slice(3)
  t.true(Math.max(...late) > 40, 'never grew')
  t.true(new Set(late.map(Math.round)).size > 2, 'no jitter')
})

test('a stop does not wait for a broker that hangs', async (t) => {
  const { link, mqttBox, box } = await boxOnBroker(t, 'mosquitto')
  link.stall()
  box.emitStatus(1)
  await withDeadline(mqttBox.stop(), { what: 'the stop', timeoutMs: 2200 })
  t.is(mqttBox.status().state, 'stopped')
})

test('a stop works while connecting, twice, and a start follows it', async (t) => {
  const port = await refusingPort(t)
  const { mqttBox, box } = await boxAt(t, { url: `mqtt://127.0.0.1:${port}` })
  await Promise.all([mqttBox.stop(), mqttBox.stop()])
  t.is(box.listeners(), 0)
  await mqttBox.start(never())
  await mqttBox.start(never())
  t.not(mqttBox.status().state, 'stopped')
  await mqttBox.stop()
  await t.throwsAsync(mqttBox.start(AbortSignal.abort()), { any: true, name: 'AbortError' })
})

test('over WebSocket as over TCP', async (t) => {
  const { wsUrl, url } = await mosquittoOfFile()
  const { mqttBox, connections } = await boxAt(t, { url: wsUrl })
  await waitFor(() => connections.length === 1, { what: 'the connection' })
  t.is(mqttBox.status().broker, wsUrl.replace('/mqtt', ''))
  const listener = await connectListener(url, 5)
  t.teardown(() => listener.client.endAsync(true))
  await listener.client.subscribeAsync('live-pusher/tripod/availability')
  await listener.count('live-pusher/tripod/availability', 1)
  t.deepEqual(listener.texts('live-pusher/tripod/availability'), ['online'])
})

test('an address that can never work is refused at once, without its password', (t) => {
  const at = (url: string) => () =>
    new MqttBox({ box: new FakeBox(), prefix: 'live-pusher', name: 'x', broker: { url } })
  for (const url of ['http://u:secret@host', 'mqtt:', 'nonsense secret']) {
    const error = t.throws(at(url))
    t.false(error.message.includes('secret'))
    t.like(error, { kind: 'bad-broker-url' })
  }
  for (const name of ['', 'a/b', '#', '+', '$SYS', 'a\nb']) {
    t.like(
      t.throws(() => new MqttBox({ box: new FakeBox(), prefix: 'p', name, broker: { url: 'mqtt://h' } })),
      {
        kind: 'bad-topic-name',
        field: 'box',
      },
    )
  }
})
