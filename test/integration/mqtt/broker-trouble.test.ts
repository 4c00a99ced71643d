import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import test from 'ava'
import { MqttBox } from '../../../services/mqtt/mqtt-box.js'
import { FakeBox } from '../../support/fake-box.js'
import { connectListener, startMosquitto } from '../../support/mqtt.js'
import { boxAt, serve } from '../../support/mqtt-box-at.js'
import { freePort } from '../../support/ports.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

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
