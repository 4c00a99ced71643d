import { randomBytes } from 'node:crypto'
import test from 'ava'
import { type BrokerKind, boxOnBroker, combinations, stopSharedMosquitto } from '../../support/mqtt.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'

// one after the other: each keeps the process busy
test.after.always(stopSharedMosquitto)

const setUp = async (t: Teardown, broker: BrokerKind, boxVersion: 4 | 5, version: 4 | 5) => {
  const fixture = await boxOnBroker(t, broker, { protocolVersion: boxVersion })
  const listener = await fixture.connect(version)
  await listener.roundTrip()
  const { topics } = fixture
  return {
    ...fixture,
    listener,
    command: (method: string, payload: string) =>
      listener.client.publishAsync(`${topics.base}/command/${method}`, payload, { qos: 1 }),
    replies: () => listener.json(topics.reply),
  }
}

for (const { title, broker, boxVersion, version } of combinations) {
  test.serial(`a thousand random payloads get one reply each (${title})`, async (t) => {
    const { listener, topics, replies, box, mqttBox } = await setUp(t, broker, boxVersion, version)
    const paths = ['command/start', 'command/x', 'command/a/b', 'attributes/set', 'command/snapshot']
    const seeds = [
      '',
      '{}',
      '{"id":1}',
      '{"id":"x","__proto__":{}}',
      '[]',
      '{"a":',
      'null',
      '"',
      '\u0000',
      '{"url":"a ! b"}',
    ]
    let sent = 0
    for (let round = 0; round < 1000; round += 1) {
      const payload =
        round % 2 === 0 ? randomBytes(1 + (round % 64)) : Buffer.from(seeds[round % seeds.length] ?? '')
      listener.client.publish(`${topics.base}/${paths[round % paths.length]}`, payload, { qos: 1 })
      sent += 1
    }
    await listener.count(topics.reply, sent, 20_000)
    await listener.roundTrip()
    t.is(replies().length, sent)
    t.is(mqttBox.status().state, 'connected')
    for (const reply of replies()) t.is(typeof reply.ok, 'boolean')
    t.true(box.submitted.length < sent)
  })

  test.serial(`junk on topics that are nobody's changes nothing (${title})`, async (t) => {
    const { listener, command, topics, replies, mqttBox } = await setUp(t, broker, boxVersion, version)
    const outside = [
      'live-pusher/other/command/start',
      'live-pusher',
      `${topics.prefix}x/command/start`,
      'a/b/c',
    ]
    for (let round = 0; round < 200; round += 1) {
      listener.client.publish(outside[round % outside.length] ?? '', randomBytes(round), { qos: 1 })
    }
    await command('start', '{"id":"after"}')
    await listener.count(topics.reply, 1)
    await listener.roundTrip()
    t.deepEqual(
      replies().map(({ id }) => id),
      ['after'],
    )
    await listener.until(() => listener.texts(topics.availability).at(-1) === 'online', 'online again')
    t.is(mqttBox.status().state, 'connected')
  })
}

test.serial(
  'three thousand junk messages at once get a reply each, and no event is lost over them',
  async (t) => {
    const { box, connect, topics, mqttBox } = await boxOnBroker(t, 'embedded')
    const listener = await connect(5)
    await listener.roundTrip()
    for (let round = 0; round < 3000; round += 1) {
      listener.client.publish(`${topics.base}/command/x`, randomBytes(8), { qos: 1 })
      if (round % 30 === 0) box.emitStatus(round / 30)
    }
    await listener.count(topics.reply, 3000, 30_000)
    await listener.count(topics.event('statechange'), 100)
    t.is(listener.on(topics.reply).length, 3000)
    await waitFor(() => mqttBox.status().waiting === 0, { what: 'the acknowledgements' })
    t.like(mqttBox.status(), { state: 'connected', overflowed: 0 })
  },
)
