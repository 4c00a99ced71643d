import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import test from 'ava'
import { connectAsync } from 'mqtt'
import { base, closed, embeddedBroker } from '../../support/embedded-broker.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

for (const version of [4, 5] as const) {
  test(`what is too large for a topic of others closes the connection (MQTT ${version})`, async (t) => {
    const { connect } = await embeddedBroker(t)
    const client = await connect(version)
    await client.client.publishAsync('chat', Buffer.alloc(64 * 1024), { qos: 1 })
    const gone = closed(client)
    client.client.publish('chat', Buffer.alloc(64 * 1024 + 1), { qos: 1 })
    t.is(await gone, version === 5 ? 0x95 : undefined)
  })

  test(`a packet over a megabyte closes the connection before it is read (MQTT ${version})`, async (t) => {
    const { connect, asBox } = await embeddedBroker(t)
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
    const { connect, asBox } = await embeddedBroker(t)
    const box = await asBox(version)
    const watcher = await connect(version)
    await watcher.client.subscribeAsync(`${base}/snapshot/image`)
    const picture = Buffer.alloc(3 * 1024 * 1024, 7)
    await box.client.publishAsync(`${base}/snapshot/image`, picture)
    await watcher.count(`${base}/snapshot/image`, 1)
    t.true(watcher.on(`${base}/snapshot/image`)[0]?.equals(picture))
  })

  test(`clients are limited in number, the box is not one of them (MQTT ${version})`, async (t) => {
    const { connect, asBox, url, broker } = await embeddedBroker(t, { maxClients: 2 })
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
    const { connect } = await embeddedBroker(t)
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
}

test('a client that stops reading holds up nobody else', async (t) => {
  const { connect, asBox, broker } = await embeddedBroker(t)
  const box = await asBox(5)
  const stuck = await connect(4)
  const well = await connect(5)
  for (const { client } of [stuck, well]) await client.subscribeAsync(`${base}/#`, { qos: 1 })
  stuck.client.stream.removeAllListeners('data')
  stuck.client.stream.pause()
  const picture = Buffer.alloc(2 * 1024 * 1024, 1)
  for (let seq = 0; seq < 20; seq += 1) {
    box.client.publish(`${base}/snapshot/image`, picture)
    await box.client.publishAsync(`${base}/event/statechange`, `${seq}`, { qos: 1 })
  }
  await well.count(`${base}/event/statechange`, 20)
  await well.count(`${base}/snapshot/image`, 20)
  // had the others waited for it, it would have been dropped by now
  t.is(broker.status().clients, 2)
})

test('a client that does not read what it must get is dropped', async (t) => {
  const { connect, asBox, broker } = await embeddedBroker(t)
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
  const { broker, connect } = await embeddedBroker(t)
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
  const { broker } = await embeddedBroker(t)
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
