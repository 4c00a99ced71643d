import { Buffer } from 'node:buffer'
import test from 'ava'
import { generate, type Packet, parser } from 'mqtt-packet'
import {
  connectPacket,
  disconnectPacket,
  type Incoming,
  PacketReader,
  ProtocolError,
  pingPacket,
  pubackPacket,
  publishPacket,
  subscribePacket,
} from '../../../services/client/packets.js'
import { decodeUtf8, encodeUtf8 } from '../../../services/client/utf8.js'

const texts = ['', 'a', '直播中 · 推流', 'é😀\u0000z', '\u07ff\u0800\uffff', 'half \ud800 pair \udc00']

test('text becomes the same UTF-8 as everywhere, and is read back', (t) => {
  for (const text of texts) {
    t.deepEqual(Buffer.from(encodeUtf8(text)), Buffer.from(text))
    t.is(decodeUtf8(Buffer.from(text)), Buffer.from(text).toString())
  }
})

test('bytes that are no UTF-8 are marked, and what follows them is read', (t) => {
  for (const [hex, text] of [
    ['c0af41', '\ufffd\ufffdA'],
    ['eda08041', '\ufffd\ufffd\ufffdA'],
    ['f5808080', '\ufffd\ufffd\ufffd\ufffd'],
    ['e28241', '\ufffd\ufffdA'],
    ['f09f', '\ufffd\ufffd'],
  ] as const)
    t.is(decodeUtf8(Buffer.from(hex, 'hex')), text)
})

test('what the client sends is read by a broker’s own parser', (t) => {
  const packets: Packet[] = []
  const broker = parser({ protocolVersion: 4 })
  broker.on('packet', (packet) => packets.push(packet))
  const long = '长'.repeat(60_000)
  for (const bytes of [
    connectPacket({ clientId: 'app', keepaliveS: 18, username: 'owner', password: '密' }),
    connectPacket({ clientId: 'app', keepaliveS: 18 }),
    subscribePacket(7, ['a/+', 'b']),
    publishPacket(8, 'a/b', long, false),
    pubackPacket(9),
    pingPacket(),
    disconnectPacket(),
  ])
    broker.parse(Buffer.from(bytes))
  t.like(packets[0], { cmd: 'connect', clientId: 'app', clean: true, keepalive: 18, username: 'owner' })
  t.is(String((packets[0] as { password?: Buffer }).password), '密')
  t.is((packets[1] as { username?: string }).username, undefined)
  t.like(packets[2], { cmd: 'subscribe', messageId: 7 })
  t.is((packets[2] as { subscriptions: { topic: string; qos: number }[] }).subscriptions[0]?.qos, 1)
  t.like(packets[3], { cmd: 'publish', topic: 'a/b', qos: 1, retain: false, messageId: 8 })
  t.is(String((packets[3] as { payload: Buffer }).payload), long)
  t.deepEqual(
    packets.slice(4).map(({ cmd }) => cmd),
    ['puback', 'pingreq', 'disconnect'],
  )
})

test('what a broker sends is put together from any pieces', (t) => {
  const payload = Buffer.from('图'.repeat(300))
  const sent = Buffer.concat([
    generate({ cmd: 'connack', returnCode: 5, sessionPresent: false }),
    generate({ cmd: 'suback', messageId: 3, granted: [1, 128] }),
    generate({ cmd: 'publish', topic: '盒/state', payload, qos: 1, retain: true, dup: false, messageId: 4 }),
    generate({ cmd: 'publish', topic: 'a', payload: '', qos: 0, retain: false, dup: false }),
    generate({ cmd: 'puback', messageId: 5 }),
    generate({ cmd: 'pingresp' }),
  ])
  const expected: Incoming[] = [
    { type: 'connack', returnCode: 5 },
    { type: 'suback', id: 3, granted: [1, 128] },
    { type: 'publish', topic: '盒/state', payload: Uint8Array.from(payload), qos: 1, retain: true, id: 4 },
    { type: 'publish', topic: 'a', payload: new Uint8Array(0), qos: 0, retain: false, id: 0 },
    { type: 'puback', id: 5 },
    { type: 'pingresp' },
  ]
  for (const size of [1, 2, 3, 7, 64, sent.length]) {
    const reader = new PacketReader()
    const read: Incoming[] = []
    for (let at = 0; at < sent.length; at += size) read.push(...reader.take(sent.subarray(at, at + size)))
    t.deepEqual(read, expected, `pieces of ${size}`)
  }
})

test('a packet that is too large, too short or malformed is refused', (t) => {
  for (const hex of ['30ffffffff7f', '30ffffff7f', '2000', '3203000961', '4000', '9000'])
    t.throws(() => new PacketReader().take(Buffer.from(hex, 'hex')), { instanceOf: ProtocolError }, hex)
})
