import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import test from 'ava'
import type { IClientOptions, IConnackPacket } from 'mqtt'
import { connectAsync } from 'mqtt'
import { generate, type Packet, parser } from 'mqtt-packet'
import { EmbeddedBroker } from '../../../services/mqtt/embedded-broker.js'
import { connectListener, mosquittoOfFile, never, stopSharedMosquitto } from '../../support/mqtt.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

test.after.always(stopSharedMosquitto)

const embedded = async (t: Teardown): Promise<string> => {
  const broker = new EmbeddedBroker({ prefix: 'live-pusher', box: 'tripod', port: 0 })
  await broker.start(never())
  t.teardown(() => broker.stop())
  const { port = 0 } = broker.address() ?? {}
  return `mqtt://127.0.0.1:${port}`
}

// what the embedded broker promises of MQTT 5 is what a real MQTT 5 broker does
for (const broker of ['embedded', 'mosquitto'] as const) {
  const setUp = async (t: Teardown) => {
    const url = broker === 'embedded' ? await embedded(t) : (await mosquittoOfFile()).url
    const connect = async (version: 4 | 5 = 5, options: IClientOptions = {}) => {
      const listener = await connectListener(url, version, options)
      t.teardown(() => listener.client.endAsync(true))
      return listener
    }
    return { url, connect, topic: `chat/${randomUUID()}` }
  }

  for (const qos of [0, 1, 2] as const) {
    test(`a message travels with its properties, QoS ${qos} (${broker})`, async (t) => {
      const { connect, topic } = await setUp(t)
      const [one, five, four] = [await connect(5), await connect(5), await connect(4)]
      for (const { client } of [five, four]) await client.subscribeAsync(topic, { qos })
      const properties = {
        responseTopic: 'answers/1',
        correlationData: Buffer.from([0, 1, 254, 255]),
        contentType: 'application/json',
        payloadFormatIndicator: true,
        userProperties: { a: ['1', '2'], ä: 'ö' },
      }
      await one.client.publishAsync(topic, '{"x":1}', { qos, properties })
      for (const listener of [five, four]) {
        await listener.count(topic, 1)
        t.deepEqual(listener.texts(topic), ['{"x":1}'])
        t.is(listener.messages[0]?.packet.qos, qos)
      }
      const arrived = five.messages[0]?.packet.properties
      t.true(arrived?.correlationData?.equals(properties.correlationData))
      t.deepEqual({ ...arrived?.userProperties }, properties.userProperties)
      t.like(arrived, {
        responseTopic: 'answers/1',
        contentType: 'application/json',
        payloadFormatIndicator: true,
      })
      t.is(four.messages[0]?.packet.properties, undefined)
    })
  }

  test(`an empty message, and one from a 3.1.1 client, arrive as they are (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const [five, four] = [await connect(5), await connect(4)]
    await five.client.subscribeAsync(topic, { qos: 1 })
    await five.client.publishAsync(topic, '', { qos: 1, properties: { contentType: 'none' } })
    await four.client.publishAsync(topic, 'old', { qos: 1 })
    await five.count(topic, 2)
    t.deepEqual(five.texts(topic), ['', 'old'])
    t.is(five.messages[0]?.packet.properties?.contentType, 'none')
  })

  test(`a retained message keeps its properties, and an empty one deletes it (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const one = await connect()
    await one.client.publishAsync(topic, 'kept', {
      qos: 1,
      retain: true,
      properties: { contentType: 'text/plain' },
    })
    const later = await connect()
    await later.client.subscribeAsync(topic, { qos: 1 })
    await later.count(topic, 1)
    t.true(later.messages[0]?.packet.retain)
    t.is(later.messages[0]?.packet.properties?.contentType, 'text/plain')
    await one.client.publishAsync(topic, '', { qos: 1, retain: true })
    const last = await connect()
    await last.client.subscribeAsync(topic, { qos: 1 })
    await last.roundTrip()
    t.deepEqual(last.on(topic), [])
  })

  test(`no local keeps a client's own messages from it (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const [one, two] = [await connect(), await connect()]
    await one.client.subscribeAsync(topic, { qos: 1, nl: true })
    await one.client.publishAsync(topic, 'mine', { qos: 1 })
    await two.client.publishAsync(topic, 'theirs', { qos: 1 })
    await one.count(topic, 1)
    await one.roundTrip()
    t.deepEqual(one.texts(topic), ['theirs'])
  })

  test(`retain as published shows the flag on what comes live (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const [one, plain, asPublished] = [await connect(4), await connect(), await connect()]
    await plain.client.subscribeAsync(topic, { qos: 1 })
    await asPublished.client.subscribeAsync(topic, { qos: 1, rap: true })
    await one.client.publishAsync(topic, 'a', { qos: 1, retain: true })
    await one.client.publishAsync(topic, 'b', { qos: 1 })
    await plain.count(topic, 2)
    await asPublished.count(topic, 2)
    t.deepEqual(
      plain.messages.map(({ packet }) => packet.retain),
      [false, false],
    )
    t.deepEqual(
      asPublished.messages.map(({ packet }) => packet.retain),
      [true, false],
    )
  })

  test(`retain handling decides whether stored messages come (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const one = await connect()
    await one.client.publishAsync(topic, 'stored', { qos: 1, retain: true })
    const arrives = async (...handlings: number[]) => {
      const listener = await connect()
      for (const rh of handlings) await listener.client.subscribeAsync(topic, { qos: 1, rh })
      await listener.roundTrip()
      return listener.on(topic).length
    }
    t.is(await arrives(0), 1)
    t.is(await arrives(1), 1)
    t.is(await arrives(2), 0)
    t.is(await arrives(1, 1), 1)
    await one.client.publishAsync(topic, '', { qos: 1, retain: true })
  })

  test(`a message that has expired is not handed out (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const one = await connect()
    const put = (name: string, messageExpiryInterval: number) =>
      one.client.publishAsync(`${topic}/${name}`, name, {
        qos: 1,
        retain: true,
        properties: { messageExpiryInterval },
      })
    await put('short', 1)
    await put('long', 100)
    const began = performance.now()
    await waitFor(() => performance.now() - began > 1100, { what: 'the expiry' })
    const later = await connect()
    await later.client.subscribeAsync(`${topic}/#`, { qos: 1 })
    await later.roundTrip()
    t.deepEqual(later.texts(`${topic}/short`), [])
    t.deepEqual(later.texts(`${topic}/long`), ['long'])
    const left = later.messages[0]?.packet.properties?.messageExpiryInterval ?? 0
    t.true(left >= 97 && left <= 99, `${left}`)
  })

  test(`a client without an id is given one (${broker})`, async (t) => {
    const { url } = await setUp(t)
    const { connack, close } = await rawConnect(url, { clientId: '' })
    t.truthy(connack.properties?.assignedClientIdentifier)
    close()
  })

  test(`unsubscribing says for each filter whether there was one (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const { client } = await connect()
    await client.subscribeAsync(topic)
    const answered = new Promise<Packet>((resolve) => {
      client.on('packetreceive', (packet) => {
        if (packet.cmd === 'unsuback') resolve(packet as Packet)
      })
    })
    await client.unsubscribeAsync([topic, `${topic}/none`])
    t.deepEqual(((await answered) as { granted?: number[] }).granted, [0, 0x11])
  })

  test(`a goodbye keeps the will back, unless it asks for it (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const watcher = await connect()
    await watcher.client.subscribeAsync(`${topic}/+`, { qos: 1 })
    const leaving = (name: string) =>
      connect(5, { will: { topic: `${topic}/${name}`, payload: Buffer.from('will'), qos: 1 } })
    const quiet = await leaving('quiet')
    await quiet.client.endAsync(false, { reasonCode: 0 })
    const loud = await leaving('loud')
    await loud.client.endAsync(false, { reasonCode: 4 })
    await watcher.count(`${topic}/loud`, 1)
    t.deepEqual(watcher.on(`${topic}/quiet`), [])
  })

  test(`a client that takes small packets only gets no large ones (${broker})`, async (t) => {
    const { connect, topic } = await setUp(t)
    const small = await connect(5, { properties: { maximumPacketSize: 2000 } })
    const one = await connect()
    await small.client.subscribeAsync(topic, { qos: 1 })
    await one.client.publishAsync(topic, Buffer.alloc(3000), { qos: 1 })
    await one.client.publishAsync(topic, 'small', { qos: 1 })
    await small.count(topic, 1)
    t.deepEqual(small.texts(topic), ['small'])
  })
}

test('what the embedded broker does not have of MQTT 5 is declined in so many words', async (t) => {
  const url = await embedded(t)
  const { connack, close } = await rawConnect(url, { clientId: 'x', keepalive: 0 })
  t.like(connack.properties, {
    sessionExpiryInterval: 0,
    sharedSubscriptionAvailable: false,
    subscriptionIdentifiersAvailable: false,
    maximumPacketSize: 1024 * 1024,
    serverKeepAlive: 300,
  })
  close()

  const { client } = await connectListener(url, 5)
  t.teardown(() => client.endAsync(true))
  const refused = await t.throwsAsync(client.subscribeAsync('$share/group/topic'))
  t.regex(refused?.message ?? '', /Shared Subscriptions not supported/)

  const enhanced = {
    protocolVersion: 5 as const,
    reconnectPeriod: 0,
    properties: { authenticationMethod: 'SCRAM' },
  }
  t.like(await t.throwsAsync(connectAsync(url, enhanced, false)), { code: 0x8c })
})

for (const [what, packet, reason] of [
  ['a subscription identifier', subscribeWith({ subscriptionIdentifier: 7 }), 0xa1],
  ['a topic alias', publishWith({ topicAlias: 1 }), 0x94],
  ['an AUTH packet', { cmd: 'auth', reasonCode: 0x18 } as Packet, 0x82],
  [
    'a second CONNECT',
    { cmd: 'connect', clientId: 'x', protocolVersion: 5, clean: true } as Packet,
    undefined,
  ],
] as const) {
  test(`${what} ends the connection with its reason`, async (t) => {
    const { socket, received } = await rawConnect(await embedded(t), { clientId: 'x' })
    socket.write(generate(packet, { protocolVersion: 5 }))
    await withDeadline(once(socket, 'close'), { what: 'the close' })
    const goodbye = received.find(({ cmd }) => cmd === 'disconnect') as { reasonCode?: number } | undefined
    t.truthy(goodbye)
    if (reason !== undefined) t.is(goodbye?.reasonCode, reason)
  })
}

test('a client that misses its keep-alive is told so', async (t) => {
  const { socket, received } = await rawConnect(await embedded(t), { clientId: 'x', keepalive: 1 })
  await withDeadline(once(socket, 'close'), { what: 'the close' })
  t.like(received.at(-1), { cmd: 'disconnect', reasonCode: 0x8d })
})

function subscribeWith(properties: object): Packet {
  return { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 0 }], properties }
}

function publishWith(properties: object): Packet {
  return { cmd: 'publish', topic: 'a', payload: 'b', qos: 0, dup: false, retain: false, properties }
}

/** An MQTT 5 connection without a client library in between. */
const rawConnect = async (url: string, options: { clientId: string; keepalive?: number }) => {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  const received: Packet[] = []
  const packets = parser({ protocolVersion: 5 })
  const first = new Promise<IConnackPacket>((resolve) => {
    packets.on('packet', (packet) => {
      received.push({ ...packet })
      if (packet.cmd === 'connack') resolve(packet)
    })
  })
  socket.on('data', (chunk) => packets.parse(chunk))
  socket.write(
    generate(
      { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, keepalive: 60, ...options },
      { protocolVersion: 5 },
    ),
  )
  const connack = await withDeadline(first, { what: 'the CONNACK' })
  return { socket, received, connack, close: () => socket.destroy() }
}
