import test from 'ava'
import { idleState } from '../../support/fake-box.js'
import {
  boxOnBroker,
  connectListener,
  mosquittoOfFile,
  never,
  startMosquitto,
  stopSharedMosquitto,
} from '../../support/mqtt.js'
import { boxAt } from '../../support/mqtt-box-at.js'
import { refusingPort } from '../../support/ports.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

test.after.always(stopSharedMosquitto)

for (const boxVersion of [5, 4] as const) {
  test(`after a restart of the broker everything retained is there again (box MQTT ${boxVersion})`, async (t) => {
    const mosquitto = await startMosquitto()
    t.teardown(() => mosquitto.stop())
    const { box, mqttBox } = await boxAt(t, { url: mosquitto.url }, {}, boxVersion)
    await waitFor(() => mqttBox.status().state === 'connected', { what: 'the box' })
    box.emit('telemetry', { cpu: 0.5 })
    const snapshot = {
      id: 's',
      time: 1,
      width: 2,
      height: 2,
      bytes: 3,
      sha256: '0',
      path: '/snapshots/s.jpg',
    }
    box.emit('snapshot', snapshot)
    await mosquitto.kill()
    await waitFor(() => mqttBox.status().state !== 'connected', { what: 'the loss' })
    box.currentState = { ...idleState, state: 'pushing' }
    box.emit('state', box.currentState)
    await mosquitto.restart()
    const listener = await connectListener(mosquitto.url, boxVersion)
    t.teardown(() => listener.client.endAsync(true))
    await listener.client.subscribeAsync('live-pusher/tripod/#', { qos: 1 })
    const paths = ['availability', 'state', 'attributes', 'snapshot', 'telemetry']
    await listener.until(
      () => paths.every((path) => listener.on(`live-pusher/tripod/${path}`).length > 0),
      'everything retained',
      10_000,
    )
    t.is(listener.texts('live-pusher/tripod/availability').at(-1), 'online')
    t.like(listener.json('live-pusher/tripod/state').at(-1), { state: 'pushing' })
    t.deepEqual(listener.json('live-pusher/tripod/snapshot'), [snapshot])
    t.deepEqual(listener.json('live-pusher/tripod/telemetry'), [{ cpu: 0.5 }])
  })
}

for (const broker of ['embedded', 'mosquitto'] as const) {
  test(`QoS 1 events wait for the connection and arrive in order, QoS 0 ones do not (${broker})`, async (t) => {
    const { box, link, connect, topics, mqttBox } = await boxOnBroker(t, broker)
    const listener = await connect(5)
    box.emitStatus(1)
    await listener.count(topics.event('statechange'), 1)
    await waitFor(() => mqttBox.status().waiting === 0, { what: 'the acknowledgement' })
    link.block()
    await waitFor(() => mqttBox.status().state !== 'connected', { what: 'the loss' })
    for (let seq = 2; seq <= 200; seq += 1) {
      box.emitStatus(seq)
      box.emit('bgmprogress', { progress: seq, duration: 1000 })
      box.emit('state', { ...idleState, session: seq })
    }
    box.currentState = { ...idleState, session: 200 }
    link.unblock()
    await listener.count(topics.event('statechange'), 200)
    await listener.roundTrip()
    const seqs = listener.json(topics.event('statechange')).map(({ seq }) => seq)
    t.deepEqual(
      seqs,
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
    t.deepEqual(listener.on(topics.event('bgmprogress')), [])
    t.is(mqttBox.status().dropped, 199)
    // of the state only the current one matters: the one from the subscription and the one after the reconnection
    t.deepEqual(
      listener.json(topics.event('state')).map(({ session }) => session),
      [0, 200],
    )
  })

  test(`what was not acknowledged when the connection died is sent again, in order (${broker})`, async (t) => {
    const { box, link, connect, topics } = await boxOnBroker(t, broker)
    const listener = await connect(4)
    await listener.roundTrip()
    link.stall()
    for (let seq = 1; seq <= 60; seq += 1) box.emitStatus(seq)
    link.cut()
    await listener.until(() => listener.json(topics.event('statechange')).at(-1)?.seq === 60, 'the last')
    const seqs = [...new Set(listener.json(topics.event('statechange')).map(({ seq }) => seq))]
    t.deepEqual(
      seqs,
      Array.from({ length: 60 }, (_, index) => index + 1),
    )
  })
}

test('the waiting events are bounded: the oldest go, the gap shows in seq and is counted', async (t) => {
  const { box, link, connect, topics, mqttBox } = await boxOnBroker(t, 'mosquitto')
  const listener = await connect(5)
  link.block()
  await waitFor(() => mqttBox.status().state !== 'connected', { what: 'the loss' })
  for (let seq = 1; seq <= 1005; seq += 1) box.emitStatus(seq)
  t.like(mqttBox.status(), { waiting: 1000, overflowed: 5 })
  link.unblock()
  await listener.count(topics.event('statechange'), 1000)
  const seqs = listener.json(topics.event('statechange')).map(({ seq }) => seq)
  t.deepEqual([seqs[0], seqs.at(-1), seqs.length], [6, 1005, 1000])
})

test('a reply that could not be sent is sent after the reconnection', async (t) => {
  const { box, link, connect, topics } = await boxOnBroker(t, 'mosquitto')
  const listener = await connect(5)
  let finish: () => void = () => undefined
  box.answer = ({ method }) =>
    new Promise((resolve) => {
      finish = () => resolve({ ok: true, method, result: {} })
    })
  await listener.client.publishAsync(`${topics.base}/command/start`, '{"id":"x"}', { qos: 1 })
  await waitFor(() => box.submitted.length === 1, { what: 'the request' })
  link.block()
  finish()
  link.unblock()
  await listener.count(topics.reply, 1)
  t.like(listener.json(topics.reply)[0], { id: 'x', ok: true })
})

test('a will that arrives late does not leave the box offline', async (t) => {
  const { topics, connect } = await boxOnBroker(t, 'mosquitto')
  const listener = await connect(4)
  await listener.client.publishAsync(topics.availability, 'offline', { qos: 1, retain: true })
  await listener.until(() => listener.texts(topics.availability).at(-1) === 'offline', 'the late will')
  await listener.until(() => listener.texts(topics.availability).at(-1) === 'online', 'the repair')
  t.pass()
})

test('a stop does not wait for a broker that hangs', async (t) => {
  const { link, mqttBox, box } = await boxOnBroker(t, 'mosquitto')
  link.stall()
  box.emitStatus(1)
  await withDeadline(mqttBox.stop(), { what: 'the stop', timeoutMs: 2200 })
  t.is(mqttBox.status().state, 'stopped')
})

test('a stop works while connecting, twice, and a start follows it', async (t) => {
  const port = await refusingPort(t)
  const { mqttBox, box } = await boxAt(t, { url: `mqtt://127.0.0.1:${port}` })
  await Promise.all([mqttBox.stop(), mqttBox.stop()])
  t.is(box.listeners(), 0)
  await mqttBox.start(never())
  await mqttBox.start(never())
  t.not(mqttBox.status().state, 'stopped')
  await mqttBox.stop()
  await t.throwsAsync(mqttBox.start(AbortSignal.abort()), { any: true, name: 'AbortError' })
})

test('over WebSocket as over TCP', async (t) => {
  const { wsUrl, url } = await mosquittoOfFile()
  const { mqttBox, connections } = await boxAt(t, { url: wsUrl })
  await waitFor(() => connections.length === 1, { what: 'the connection' })
  t.is(mqttBox.status().broker, wsUrl.replace('/mqtt', ''))
  const listener = await connectListener(url, 5)
  t.teardown(() => listener.client.endAsync(true))
  await listener.client.subscribeAsync('live-pusher/tripod/availability')
  await listener.count('live-pusher/tripod/availability', 1)
  t.deepEqual(listener.texts('live-pusher/tripod/availability'), ['online'])
})
