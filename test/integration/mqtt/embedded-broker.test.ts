import test from 'ava'
import { connectAsync } from 'mqtt'
import type { Authenticate } from '../../../services/mqtt/access.js'
import { EmbeddedBroker } from '../../../services/mqtt/embedded-broker.js'
import { base, closed, embeddedBroker, forwardTo } from '../../support/embedded-broker.js'
import { never } from '../../support/mqtt.js'
import { withDeadline } from '../../support/wait-for.js'

test('a taken port is said with its host and number, and stop and start are idempotent', async (t) => {
  const { broker } = await embeddedBroker(t)
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
  const { broker } = await embeddedBroker(t)
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
      const { connect, asBox } = await embeddedBroker(t)
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
    const { connect, asBox } = await embeddedBroker(t)
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
    const { connect } = await embeddedBroker(t)
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
    const { connect, asBox } = await embeddedBroker(t)
    for (const client of [await connect(version), await asBox(version)]) {
      const gone = closed(client)
      client.client.publish('$SYS/x', 'y', { qos: 1 })
      t.is(await gone, notAuthorized)
    }
  })

  test(`wrong credentials are refused, even from loopback (MQTT ${version})`, async (t) => {
    const { url, broker } = await embeddedBroker(t)
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
    const { broker } = await embeddedBroker(t)
    const port = await forwardTo(t, broker, '192.0.2.7')
    const error = await t.throwsAsync(
      connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: version, reconnectPeriod: 0 }, false),
    )
    t.regex(error?.message ?? '', /Not authorized/)
  })

  test(`a viewer subscribes and publishes nothing (MQTT ${version})`, async (t) => {
    const authenticate: Authenticate = ({ username }) => (username === 'viewer' ? 'viewer' : undefined)
    const { connect, asBox } = await embeddedBroker(t, { authenticate })
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
    const { connect, asBox, url } = await embeddedBroker(t)
    const box = await asBox(5)
    const { clientId = '' } = box.client.options
    await t.throwsAsync(connectAsync(url, { protocolVersion: version, clientId, reconnectPeriod: 0 }, false))
    t.true(box.client.connected)
    const phone = await connect(version, { clientId: 'phone' })
    const gone = closed(phone)
    await connect(version, { clientId: 'phone' })
    t.is(await gone, version === 5 ? 0x8e : undefined)
  })

  test(`a session ends with its connection (MQTT ${version})`, async (t) => {
    const { connect } = await embeddedBroker(t)
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
    const { connect, broker } = await embeddedBroker(t)
    const gone = closed(await connect(version))
    await withDeadline(broker.stop(), { what: 'the stop', timeoutMs: 1000 })
    t.is(await gone, version === 5 ? 0x8b : undefined)
  })
}
