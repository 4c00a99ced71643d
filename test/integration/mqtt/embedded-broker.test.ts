import { once } from 'node:events'
import { connect as connectTcp, createServer } from 'node:net'
import test from 'ava'
import { connectAsync, type IClientOptions } from 'mqtt'
import type { Authenticate } from '../../../services/mqtt/access.js'
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../../services/mqtt/embedded-broker.js'
import { connectListener, type Listener, never } from '../../support/mqtt.js'
import { listenOnLoopback } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

const base = 'live-pusher/tripod'

const setUp = async (t: Teardown, options: Partial<EmbeddedBrokerOptions> = {}) => {
  const broker = new EmbeddedBroker({ prefix: 'live-pusher', box: 'tripod', port: 0, ...options })
  await broker.start(never())
  t.teardown(() => broker.stop())
  const { url, username, password } = broker.boxConnection()
  const connect = async (version: 4 | 5, more: IClientOptions = {}): Promise<Listener> => {
    const listener = await connectListener(url, version, more)
    t.teardown(() => listener.client.endAsync(true))
    return listener
  }
  return { broker, url, connect, asBox: (version: 4 | 5) => connect(version, { username, password }) }
}

const closed = async (listener: Listener): Promise<number | undefined> => {
  let reason: number | undefined
  listener.client.on('disconnect', ({ reasonCode }) => {
    reason = reasonCode
  })
  const gone = new Promise<void>((resolve) => listener.client.once('close', () => resolve()))
  if (listener.client.connected) await withDeadline(gone, { what: 'the close' })
  return reason
}

test('a taken port is said with its host and number, and stop and start are idempotent', async (t) => {
  const { broker } = await setUp(t)
  await broker.start(never())
  const address = broker.address()
  const second = new EmbeddedBroker({ prefix: 'live-pusher', box: 'b', port: address?.port ?? 0 })
  t.like(await t.throwsAsync(second.start(never())), {
    kind: 'port-in-use',
    host: '127.0.0.1',
    port: address?.port,
  })
  await second.stop()
  await Promise.all([broker.stop(), broker.stop()])
  t.is(broker.address(), undefined)
  t.throws(() => broker.boxConnection())
  await broker.start(never())
  t.true(broker.status().listening)
})

test('the secret of the box is another one at each start', async (t) => {
  const { broker } = await setUp(t)
  const before = broker.boxConnection()
  await broker.stop()
  await broker.start(never())
  t.not(broker.boxConnection().password, before.password)
  t.not(broker.boxConnection().username, before.username)
})

for (const version of [4, 5] as const) {
  const notAuthorized = version === 5 ? 0x87 : undefined

  for (const path of [
    'state',
    'availability',
    'reply',
    'reply/x',
    'event/error',
    'attributes',
    '',
    'commandx',
  ]) {
    test(`an owner cannot publish as the box on …/${path} (MQTT ${version})`, async (t) => {
      const { connect, asBox } = await setUp(t)
      const box = await asBox(5)
      const topic = path === '' ? base : `${base}/${path}`
      await box.client.publishAsync(topic, 'true', { qos: 1, retain: true })
      const thief = await connect(version)
      const gone = closed(thief)
      thief.client.publish(topic, 'false', { qos: 1, retain: true })
      t.is(await gone, notAuthorized)
      const watcher = await connect(4)
      await watcher.client.subscribeAsync(topic)
      await watcher.count(topic, 1)
      t.deepEqual(watcher.texts(topic), ['true'])
    })
  }

  test(`a will as the box is not sent (MQTT ${version})`, async (t) => {
    const { connect, asBox } = await setUp(t)
    const box = await asBox(5)
    await box.client.publishAsync(`${base}/availability`, 'online', { qos: 1, retain: true })
    const thief = await connect(version, {
      will: { topic: `${base}/availability`, payload: Buffer.from('offline') },
    })
    thief.client.stream.destroy()
    await closed(thief)
    const watcher = await connect(version)
    await watcher.client.subscribeAsync(`${base}/availability`)
    await watcher.roundTrip()
    t.deepEqual(watcher.texts(`${base}/availability`), ['online'])
  })

  test(`a client's own will is sent, with its MQTT 5 properties (MQTT ${version})`, async (t) => {
    const { connect } = await setUp(t)
    const watcher = await connect(5)
    await watcher.client.subscribeAsync('phone/+')
    const phone = await connect(version, {
      will: {
        topic: 'phone/gone',
        payload: Buffer.from('bye'),
        qos: 1,
        properties: { contentType: 'text/plain', willDelayInterval: 5 },
      },
    })
    phone.client.stream.destroy()
    await watcher.count('phone/gone', 1)
    t.deepEqual(watcher.texts('phone/gone'), ['bye'])
    t.is(watcher.messages[0]?.packet.properties?.contentType, version === 5 ? 'text/plain' : undefined)
  })

  test(`nobody publishes below $SYS, not even the box (MQTT ${version})`, async (t) => {
    const { connect, asBox } = await setUp(t)
    for (const client of [await connect(version), await asBox(version)]) {
      const gone = closed(client)
      client.client.publish('$SYS/x', 'y', { qos: 1 })
      t.is(await gone, notAuthorized)
    }
  })

  test(`wrong credentials are refused, even from loopback (MQTT ${version})`, async (t) => {
    const { url, broker } = await setUp(t)
    const { username } = broker.boxConnection()
    for (const credentials of [
      { username: 'phone', password: 'x' },
      { username, password: 'guess' },
      { username },
      { username: '' },
    ]) {
      const error = await t.throwsAsync(
        connectAsync(url, { protocolVersion: version, reconnectPeriod: 0, ...credentials }, false),
      )
      t.regex(error?.message ?? '', /Bad User Name or Password|Bad username or password/)
    }
    t.is(broker.status().clients, 0)
  })

  test(`a client that is not on loopback is refused without a token (MQTT ${version})`, async (t) => {
    const { broker } = await setUp(t)
    const port = await forwardTo(t, broker, '192.0.2.7')
    const error = await t.throwsAsync(
      connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: version, reconnectPeriod: 0 }, false),
    )
    t.regex(error?.message ?? '', /Not authorized/)
  })

  test(`a viewer subscribes and publishes nothing (MQTT ${version})`, async (t) => {
    const authenticate: Authenticate = ({ username }) => (username === 'viewer' ? 'viewer' : undefined)
    const { connect, asBox } = await setUp(t, { authenticate })
    const viewer = await connect(version, { username: 'viewer', password: 'token' })
    await viewer.client.subscribeAsync(`${base}/#`)
    await t.throwsAsync(viewer.client.subscribeAsync('$SYS/#'))
    const box = await asBox(5)
    await box.client.publishAsync(`${base}/state`, '{}', { qos: 1 })
    await viewer.count(`${base}/state`, 1)
    for (const topic of [`${base}/command/start`, `${base}/attributes/set`, 'chat']) {
      const other = await connect(version, { username: 'viewer', password: 'token' })
      const gone = closed(other)
      other.client.publish(topic, 'x', { qos: 1 })
      t.is(await gone, notAuthorized)
    }
  })

  test(`the client id of the box cannot be taken over, that of another client can (MQTT ${version})`, async (t) => {
    const { connect, asBox, url } = await setUp(t)
    const box = await asBox(5)
    const { clientId = '' } = box.client.options
    await t.throwsAsync(connectAsync(url, { protocolVersion: version, clientId, reconnectPeriod: 0 }, false))
    t.true(box.client.connected)
    const phone = await connect(version, { clientId: 'phone' })
    const gone = closed(phone)
    await connect(version, { clientId: 'phone' })
    t.is(await gone, version === 5 ? 0x8e : undefined)
  })

  test(`what is too large for a topic of others closes the connection (MQTT ${version})`, async (t) => {
    const { connect } = await setUp(t)
    const client = await connect(version)
    await client.client.publishAsync('chat', Buffer.alloc(64 * 1024), { qos: 1 })
    const gone = closed(client)
    client.client.publish('chat', Buffer.alloc(64 * 1024 + 1), { qos: 1 })
    t.is(await gone, version === 5 ? 0x95 : undefined)
  })

  test(`a packet over a megabyte closes the connection before it is read (MQTT ${version})`, async (t) => {
    const { connect, asBox } = await setUp(t)
    const box = await asBox(5)
    await box.client.subscribeAsync(`${base}/command/#`)
    const client = await connect(version)
    const gone = closed(client)
    client.client.publish(`${base}/command/start`, Buffer.alloc(1024 * 1024 + 1), { qos: 1 })
    await gone
    await box.roundTrip()
    t.deepEqual(box.on(`${base}/command/start`), [])
  })

  test(`the box may send what is larger (MQTT ${version})`, async (t) => {
    const { connect, asBox } = await setUp(t)
    const box = await asBox(version)
    const watcher = await connect(version)
    await watcher.client.subscribeAsync(`${base}/snapshot/image`)
    const picture = Buffer.alloc(3 * 1024 * 1024, 7)
    await box.client.publishAsync(`${base}/snapshot/image`, picture)
    await watcher.count(`${base}/snapshot/image`, 1)
    t.true(watcher.on(`${base}/snapshot/image`)[0]?.equals(picture))
  })

  test(`clients are limited in number, the box is not one of them (MQTT ${version})`, async (t) => {
    const { connect, asBox, url, broker } = await setUp(t, { maxClients: 2 })
    await connect(version)
    const second = await connect(version)
    await t.throwsAsync(connectAsync(url, { protocolVersion: version, reconnectPeriod: 0 }, false))
    await asBox(version)
    t.is(broker.status().clients, 2)
    await second.client.endAsync()
    await waitFor(() => broker.status().clients === 1, { what: 'a free place' })
    await connect(version)
    t.pass()
  })

  test(`what clients retain is limited in number (MQTT ${version})`, async (t) => {
    const { connect } = await setUp(t)
    const client = await connect(version)
    for (let index = 0; index < 1000; index += 1) {
      client.client.publish(`notes/${index}`, 'x', { qos: 1, retain: true })
    }
    await client.client.publishAsync('notes/0', '', { qos: 1, retain: true })
    await client.client.publishAsync('notes/1000', 'x', { qos: 1, retain: true })
    const gone = closed(client)
    client.client.publish('notes/1001', 'x', { qos: 1, retain: true })
    t.is(await gone, version === 5 ? 0x97 : undefined)
  })

  test(`a session ends with its connection (MQTT ${version})`, async (t) => {
    const { connect } = await setUp(t)
    const session = { clean: false, clientId: 'phone', properties: { sessionExpiryInterval: 3600 } }
    const first = await connect(version, session)
    await first.client.subscribeAsync('chat', { qos: 1 })
    await first.client.endAsync()
    const other = await connect(version)
    await other.client.publishAsync('chat', 'x', { qos: 1 })
    const again = await connect(version, { ...session, resubscribe: false })
    await again.roundTrip()
    t.deepEqual(again.on('chat'), [])
  })

  test(`a stop closes every connection (MQTT ${version})`, async (t) => {
    const { connect, broker } = await setUp(t)
    const gone = closed(await connect(version))
    await withDeadline(broker.stop(), { what: 'the stop', timeoutMs: 1000 })
    t.is(await gone, version === 5 ? 0x8b : undefined)
  })
}

test('a client that stops reading holds up nobody else', async (t) => {
  const { connect, asBox, broker } = await setUp(t)
  const box = await asBox(5)
  const stuck = await connect(4)
  const well = await connect(5)
  for (const { client } of [stuck, well]) await client.subscribeAsync(`${base}/#`, { qos: 1 })
  stuck.client.stream.removeAllListeners('data')
  stuck.client.stream.pause()
  const picture = Buffer.alloc(2 * 1024 * 1024, 1)
  const began = performance.now()
  for (let seq = 0; seq < 20; seq += 1) {
    box.client.publish(`${base}/snapshot/image`, picture)
    await box.client.publishAsync(`${base}/event/statechange`, `${seq}`, { qos: 1 })
  }
  await well.count(`${base}/event/statechange`, 20)
  await well.count(`${base}/snapshot/image`, 20)
  t.true(performance.now() - began < 5000)
  t.is(broker.status().clients, 2)
})

test('a client that does not read what it must get is dropped', async (t) => {
  const { connect, asBox, broker } = await setUp(t)
  const box = await asBox(5)
  const stuck = await connect(5)
  await stuck.client.subscribeAsync('big', { qos: 1 })
  stuck.client.stream.removeAllListeners('data')
  stuck.client.stream.pause()
  for (let index = 0; index < 12; index += 1) {
    await box.client.publishAsync('big', Buffer.alloc(2 * 1024 * 1024), { qos: 1 })
  }
  await waitFor(() => broker.status().clients === 0, { what: 'the end of the connection' })
  await box.roundTrip()
  t.pass()
})

test('bytes that are no MQTT end only their own connection', async (t) => {
  const { broker, connect } = await setUp(t)
  const { port = 0 } = broker.address() ?? {}
  const junk = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0x10, 0x04, 0x00, 0x09, 0x4d, 0x51]),
    Buffer.from('100c00044d5154540902003c0000', 'hex'),
    Buffer.from('100c00044d5154540502003c0000', 'hex'),
    Buffer.concat([Buffer.from('100d00044d5154540502003c000000', 'hex'), Buffer.from([0xf0, 0x00])]),
    Buffer.concat([
      Buffer.from('100c00044d5154540402003c0000', 'hex'),
      Buffer.from([0x3f, 0x02, 0x00, 0x00]),
    ]),
  ]
  for (const bytes of junk) {
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    socket.write(bytes)
    await withDeadline(once(socket, 'close'), { what: `the close after ${bytes.toString('hex')}` })
  }
  const client = await connect(5)
  await client.roundTrip()
  t.pass()
})

test('strangers that never say who they are are limited in number', async (t) => {
  const { broker } = await setUp(t)
  const { port = 0 } = broker.address() ?? {}
  const sockets = Array.from({ length: 20 }, () => connectTcp(port, '127.0.0.1'))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const oneTooMany = connectTcp(port, '127.0.0.1')
  oneTooMany.on('error', () => undefined)
  await withDeadline(once(oneTooMany, 'close'), { what: 'the refusal' })
  t.pass()
})

/** A port whose connections reach the broker as if they came from `remoteAddress`. */
const forwardTo = async (t: Teardown, broker: EmbeddedBroker, remoteAddress: string): Promise<number> => {
  const server = createServer((socket) => broker.accept(socket, remoteAddress))
  t.teardown(() => server.close())
  return listenOnLoopback(server)
}
