import test from 'ava'
import { boxOnBroker, stopSharedMosquitto } from '../../support/mqtt.js'

test.after.always(stopSharedMosquitto)

for (const broker of ['embedded', 'mosquitto'] as const) {
  const setUp = async (t: Parameters<typeof boxOnBroker>[0]) => {
    const fixture = await boxOnBroker(t, broker)
    const listener = await fixture.connect(5)
    await listener.roundTrip()
    const { topics } = fixture
    const ask = (payload: string, responseTopic: string, correlationData?: Buffer) =>
      listener.client.publishAsync(`${topics.base}/command/start`, payload, {
        qos: 1,
        properties: { responseTopic, ...(correlationData === undefined ? {} : { correlationData }) },
      })
    return { ...fixture, listener, ask }
  }

  test(`the reply goes to the response topic with its correlation data, and nowhere else (${broker})`, async (t) => {
    const { ask, listener, topics, name } = await setUp(t)
    const answers = `phone/${name}/answers`
    await listener.client.subscribeAsync(answers, { qos: 1 })
    const correlation = Buffer.from([0, 255, 10, 13])
    await ask('{"id":"r"}', answers, correlation)
    await listener.count(answers, 1)
    await listener.roundTrip()
    t.deepEqual(listener.json(answers), [{ id: 'r', method: 'start', ok: true, result: { done: 'start' } }])
    const answer = listener.messages.find(({ topic }) => topic === answers)
    t.true(answer?.packet.properties?.correlationData?.equals(correlation))
    t.is(answer?.packet.qos, 1)
    t.deepEqual(listener.on(topics.reply), [])
  })

  test(`a repeated id is answered where the repetition asked for it (${broker})`, async (t) => {
    const { ask, listener, box, name } = await setUp(t)
    const [one, two] = [`phone/${name}/1`, `phone/${name}/2`]
    await listener.client.subscribeAsync([one, two], { qos: 1 })
    await ask('{"id":"r"}', one, Buffer.from('one'))
    await listener.count(one, 1)
    await ask('{"id":"r"}', two, Buffer.from('two'))
    await listener.count(two, 1)
    t.deepEqual(listener.texts(one), listener.texts(two))
    t.is(listener.messages.at(-1)?.packet.properties?.correlationData?.toString(), 'two')
    t.is(box.submitted.length, 1)
  })

  test(`a refusal goes to the response topic too (${broker})`, async (t) => {
    const { ask, listener, name } = await setUp(t)
    const answers = `phone/${name}/answers`
    await listener.client.subscribeAsync(answers, { qos: 1 })
    await ask('{', answers, Buffer.from('c'))
    await listener.count(answers, 1)
    t.like(listener.json(answers)[0], { ok: false, errCode: -2 })
  })

  test(`a client may take its replies below …/reply (${broker})`, async (t) => {
    const { ask, listener, topics } = await setUp(t)
    await ask('', `${topics.reply}/phone-7`)
    await listener.count(`${topics.reply}/phone-7`, 1)
    t.deepEqual(listener.on(topics.reply), [])
  })

  test(`a response topic that would misuse the rights of the box is ignored for …/reply (${broker})`, async (t) => {
    const { ask, listener, topics, box } = await setUp(t)
    const bad = [
      topics.base,
      topics.availability,
      topics.attributesSet,
      `${topics.base}/command/stop`,
      `${topics.base}/replyx`,
      'live-pusher/other-box/command/stop',
      'live-pusher',
      '$SYS/x',
      '$share/a/b',
      'x'.repeat(600),
      '/'.repeat(80),
    ]
    for (const [index, responseTopic] of bad.entries()) {
      await ask(`{"id":"${index}"}`, responseTopic, Buffer.from(`${index}`))
      await listener.count(topics.reply, index + 1)
    }
    await listener.roundTrip()
    t.is(listener.on(topics.reply).length, bad.length)
    t.deepEqual(
      listener.json(topics.reply).map(({ id }) => id),
      bad.map((_, index) => `${index}`),
    )
    t.is(box.submitted.length, bad.length)
    t.true(box.submitted.every(({ method }) => method === 'start'))
  })
}

test('a response topic with wildcards is ignored for …/reply', async (t) => {
  // mosquitto refuses such a message before the box sees it
  const { connect, topics } = await boxOnBroker(t, 'embedded')
  const listener = await connect(5)
  await listener.roundTrip()
  for (const [index, responseTopic] of ['a/+', '#', 'a\u0000b', ''].entries()) {
    await listener.client.publishAsync(`${topics.base}/command/start`, '', {
      qos: 1,
      properties: { responseTopic },
    })
    await listener.count(topics.reply, index + 1)
  }
  t.pass()
})
