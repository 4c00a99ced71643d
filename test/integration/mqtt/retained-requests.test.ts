import { randomUUID } from 'node:crypto'
import test from 'ava'
import { boxOnBroker, connectListener, mosquittoOfFile, stopSharedMosquitto } from '../../support/mqtt.js'
import { waitFor } from '../../support/wait-for.js'

test.after.always(stopSharedMosquitto)

for (const boxVersion of [5, 4] as const) {
  const title = `box MQTT ${boxVersion}`
  const setUp = async (t: Parameters<typeof boxOnBroker>[0], path: string, payload: string) => {
    const { url } = await mosquittoOfFile()
    const name = `box-${randomUUID()}`
    const topic = `live-pusher/${name}/${path}`
    const earlier = await connectListener(url, 4)
    t.teardown(() => earlier.client.endAsync(true))
    await earlier.client.publishAsync(topic, payload, { qos: 1, retain: true })
    await earlier.client.subscribeAsync(`live-pusher/${name}/#`, { qos: 1 })
    await earlier.count(topic, 1)
    const fixture = await boxOnBroker(t, 'mosquitto', { name, protocolVersion: boxVersion })
    return { ...fixture, topic, earlier }
  }

  for (const [path, payload] of [
    ['command/start', '{"id":"last-week"}'],
    ['command/a/b', 'x'],
    ['attributes/set', '{"muted":true}'],
  ] as const) {
    test(`what was retained on ${path} is ignored, cleared and reported once (${title})`, async (t) => {
      const { box, earlier, topics, topic, link, mqttBox, url } = await setUp(t, path, payload)
      await earlier.count(topics.event('notice'), 1)
      // the clearing message itself must not be taken for a command either
      await earlier.until(() => earlier.texts(topic).includes(''), 'the clearing')
      const again = new Promise<void>((resolve) => mqttBox.on('connected', () => resolve()))
      await waitFor(() => mqttBox.status().waiting === 0, { what: 'the acknowledgements' })
      link.cut()
      await again
      await earlier.client.publishAsync(`${topics.base}/command/stop`, '{"id":"today"}', { qos: 1 })
      await earlier.count(topics.reply, 1)
      t.deepEqual(
        box.submitted.map(({ method }) => method),
        ['stop'],
      )
      t.is(earlier.on(topics.event('notice')).length, 1)
      t.like(earlier.json(topics.event('notice'))[0], { kind: 'retained-request', cause: { topic } })
      t.is(earlier.on(topics.reply).length, 1)

      const later = await connectListener(url, 4)
      t.teardown(() => later.client.endAsync(true))
      await later.client.subscribeAsync(topic)
      await later.roundTrip()
      t.deepEqual(later.on(topic), [])
    })
  }

  test(`the same command without retain works at once after the clearing (${title})`, async (t) => {
    const { box, earlier, topics, topic } = await setUp(t, 'command/start', 'x')
    await earlier.until(() => earlier.texts(topic).includes(''), 'the clearing')
    await earlier.client.publishAsync(topic, '', { qos: 1 })
    await earlier.count(topics.reply, 1)
    await earlier.client.publishAsync(topic, '', { qos: 1 })
    await earlier.count(topics.reply, 2)
    t.is(box.submitted.length, 2)
  })
}

for (const broker of ['embedded', 'mosquitto'] as const) {
  test(`a command published live with the retain flag is not executed either (${broker}, box MQTT 5)`, async (t) => {
    const { box, connect, topics, mqttBox } = await boxOnBroker(t, broker)
    const local: string[] = []
    mqttBox.on('notice', ({ kind }) => local.push(kind))
    const listener = await connect(4)
    const topic = `${topics.base}/command/start`
    await listener.client.publishAsync(topic, '{}', { qos: 1, retain: true })
    await listener.count(topics.event('notice'), 1)
    await listener.client.publishAsync(topic, '{}', { qos: 1, retain: true })
    await listener.until(
      () => listener.texts(topic).filter((text) => text === '').length === 2,
      'two clearings',
    )
    // somebody else who clears does not command
    await listener.client.publishAsync(topic, '', { qos: 1, retain: true })
    await listener.client.publishAsync(`${topics.base}/command/stop`, '', { qos: 1 })
    await listener.count(topics.reply, 1)
    t.deepEqual(
      box.submitted.map(({ method }) => method),
      ['stop'],
    )
    t.deepEqual(local, ['retained-request'])
    t.is(listener.on(topics.event('notice')).length, 1)
  })
}
