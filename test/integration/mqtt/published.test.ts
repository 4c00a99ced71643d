import test from 'ava'
import { goodNetStatus, idleState } from '../../support/fake-box.js'
import { boxOnBroker, combinations, connectListener, stopSharedMosquitto } from '../../support/mqtt.js'

test.after.always(stopSharedMosquitto)

const picture = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
const snapshot = {
  id: 'a1',
  time: 1,
  width: 360,
  height: 640,
  bytes: picture.byteLength,
  sha256: 'f00',
  path: '/snapshots/a1.jpg',
}

for (const { title, broker, boxVersion, version } of combinations) {
  const setUp = (t: Parameters<typeof boxOnBroker>[0]) =>
    boxOnBroker(t, broker, { protocolVersion: boxVersion })

  test(`a client that comes later finds availability, state and attributes (${title})`, async (t) => {
    const { connect, topics, box } = await setUp(t)
    const listener = await connect(version)
    await listener.count(topics.event('state'), 1)
    await listener.count(topics.event('attributes'), 1)
    await listener.count(topics.availability, 1)
    t.deepEqual(listener.texts(topics.availability), ['online'])
    t.deepEqual(listener.json(topics.event('state')), [{ ...idleState }])
    t.deepEqual(listener.json(topics.event('attributes')), [{ ...box.currentAttributes }])
    for (const { packet } of listener.messages) t.true(packet.retain && packet.qos === 1)
  })

  test(`the will says offline, retained, when the box vanishes (${title})`, async (t) => {
    const { connect, topics, mqttBox, url, link } = await setUp(t)
    const listener = await connect(version)
    await listener.count(topics.availability, 1)
    link.block()
    await listener.until(() => listener.texts(topics.availability)[1] === 'offline', 'the will')
    await mqttBox.stop()
    const later = await connectListener(url, version)
    t.teardown(() => later.client.endAsync(true))
    await later.client.subscribeAsync(topics.availability)
    await later.count(topics.availability, 1)
    t.deepEqual(later.texts(topics.availability), ['offline'])
    t.true(later.messages[0]?.packet.retain)
  })

  test(`online is published again on every connection (${title})`, async (t) => {
    const { connect, topics, link } = await setUp(t)
    const listener = await connect(version)
    for (const round of [1, 2, 3]) {
      link.cut()
      await listener.until(
        () => listener.texts(topics.availability).filter((text) => text === 'online').length > round,
        'online',
      )
    }
    t.is(listener.texts(topics.availability).at(-1), 'online')
  })

  test(`a stop says offline (${title})`, async (t) => {
    const { connect, topics, mqttBox } = await setUp(t)
    const listener = await connect(version)
    await mqttBox.stop()
    await listener.until(() => listener.texts(topics.availability).at(-1) === 'offline', 'offline')
    await mqttBox.stop()
    t.is(mqttBox.status().state, 'stopped')
  })

  test(`every event arrives on its topic with its QoS and retain flag (${title})`, async (t) => {
    const { connect, topics, box, url } = await setUp(t)
    const listener = await connect(version)
    await listener.roundTrip()
    listener.messages.length = 0
    box.emitStatus(1)
    box.emit('error', { errCode: 10004, errMsg: 'x', time: 1 })
    box.emit('notice', { kind: 'config-fallback', message: 'x', time: 1 })
    box.emit('netstatus', { info: { ...goodNetStatus } })
    box.emit('bgmstart', {})
    box.emit('bgmprogress', { progress: 1, duration: 2 })
    box.emit('bgmcomplete', {})
    box.emit('audiovolumenotify', { volume: 3 })
    box.emit('button', { button: 'mute', gesture: 'hold', time: 1 })
    box.emit('snapshot', snapshot)
    box.emit('snapshotImage', picture)
    box.emit('telemetry', { temperatureC: 51.5 })
    box.emit('state', { ...idleState, state: 'starting' })
    box.emit('attributes', { muted: true })
    await listener.until(() => listener.messages.length >= 14, 'all events')
    const qosOf = Object.fromEntries(
      listener.messages.map(({ topic, packet }) => [topic.slice(topics.base.length + 1), packet.qos]),
    )
    t.deepEqual(qosOf, {
      'event/statechange': 1,
      'event/error': 1,
      'event/notice': 1,
      'event/netstatus': 0,
      'event/bgmstart': 0,
      'event/bgmprogress': 0,
      'event/bgmcomplete': 0,
      'event/audiovolumenotify': 0,
      'event/button': 1,
      snapshot: 1,
      'snapshot/image': 0,
      telemetry: 0,
      state: 1,
      attributes: 1,
    })
    t.deepEqual(listener.json(topics.event('netstatus')), [{ info: goodNetStatus }])
    t.true(listener.on(topics.event('snapshotImage'))[0]?.equals(picture))

    const later = await connectListener(url, version)
    t.teardown(() => later.client.endAsync(true))
    await later.client.subscribeAsync(`${topics.base}/#`, { qos: 1 })
    await later.until(() => later.messages.length >= 5, 'the retained ones')
    await later.roundTrip()
    const retained = later.messages.filter(({ packet }) => packet.retain).map(({ topic }) => topic)
    const expected = ['attributes', 'availability', 'snapshot', 'state', 'telemetry']
    t.deepEqual(
      retained.sort(),
      expected.map((path) => `${topics.base}/${path}`),
    )
    t.is(later.json(topics.event('state'))[0]?.state, 'starting')
  })
}
