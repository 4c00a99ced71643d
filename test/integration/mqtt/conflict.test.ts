import { randomUUID } from 'node:crypto'
import test from 'ava'
import { MqttBox } from '../../../services/mqtt/mqtt-box.js'
import type { MqttBoxEvents } from '../../../services/mqtt/mqtt-box-options.js'
import { FakeBox, idleState } from '../../support/fake-box.js'
import {
  boxOnBroker,
  connectListener,
  mosquittoOfFile,
  never,
  stopSharedMosquitto,
} from '../../support/mqtt.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'

test.after.always(stopSharedMosquitto)

const times = { minRetryMs: 30, maxRetryMs: 100, conflictRetryMs: 100 }

for (const protocolVersion of [5, 4] as const) {
  const title = `MQTT ${protocolVersion}`

  const second = async (t: Teardown, name: string, answerMs = 4000) => {
    const box = new FakeBox()
    box.currentState = { ...idleState, version: 'second' }
    const { url } = await mosquittoOfFile()
    const mqttBox = new MqttBox({
      box,
      prefix: 'live-pusher',
      name,
      broker: { url },
      protocolVersion,
      times: { ...times, answerMs },
    })
    const conflicts: MqttBoxEvents['conflict'][] = []
    mqttBox.on('conflict', (event) => conflicts.push(event))
    await mqttBox.start(never())
    t.teardown(() => mqttBox.stop())
    return { box, mqttBox, conflicts }
  }

  test(`a second box of the same name says so, publishes nothing and obeys nothing (${title})`, async (t) => {
    const first = await boxOnBroker(t, 'mosquitto', { protocolVersion })
    const listener = await first.connect(protocolVersion)
    await listener.roundTrip()
    const { mqttBox, box, conflicts } = await second(t, first.name)
    await waitFor(() => mqttBox.status().state === 'conflict', { what: 'the conflict' })
    // three rounds of asking
    await waitFor(() => first.box.submitted.length >= 3, { what: 'questions' })
    t.deepEqual(conflicts, [{ broker: mqttBox.status().broker, base: first.topics.base }])
    t.is(mqttBox.status().problem?.kind, 'name-taken')
    box.emitStatus(77)
    box.emit('state', box.currentState)
    await listener.client.publishAsync(`${first.topics.base}/command/start`, '{"id":"go"}', { qos: 1 })
    await listener.until(() => listener.json(first.topics.reply).some(({ id }) => id === 'go'), 'the reply')
    await mqttBox.stop()
    await listener.roundTrip()
    t.deepEqual(box.submitted, [])
    t.deepEqual(listener.on(first.topics.event('statechange')), [])
    t.true(listener.json(first.topics.event('state')).every(({ version }) => version !== 'second'))
    t.deepEqual(listener.texts(first.topics.availability), ['online'])
    t.is(listener.json(first.topics.reply).filter(({ id }) => id === 'go').length, 1)
  })

  test(`any answer of the first box counts (${title})`, async (t) => {
    const first = await boxOnBroker(t, 'mosquitto', { protocolVersion })
    first.box.answer = ({ method }) => ({
      ok: false,
      method,
      errCode: -4,
      errMsg: 'operateLivePusher:fail no camera',
    })
    const { mqttBox } = await second(t, first.name)
    await waitFor(() => mqttBox.status().state === 'conflict', { what: 'the conflict' })
    t.pass()
  })

  test(`the second box takes over once the first has left (${title})`, async (t) => {
    const first = await boxOnBroker(t, 'mosquitto', { protocolVersion })
    const listener = await first.connect(protocolVersion)
    const { mqttBox, box } = await second(t, first.name)
    await waitFor(() => mqttBox.status().state === 'conflict', { what: 'the conflict' })
    await first.mqttBox.stop()
    await waitFor(() => mqttBox.status().state === 'connected', { what: 'the second box' })
    t.is(mqttBox.status().problem, undefined)
    await listener.client.publishAsync(`${first.topics.base}/command/stop`, '', { qos: 1 })
    await waitFor(() => box.submitted.length === 1, { what: 'the command' })
    await listener.until(() => listener.texts(first.topics.availability).at(-1) === 'online', 'online')
    t.like(listener.json(first.topics.event('state')).at(-1), { version: 'second' })
  })

  test(`an availability left over from a box without power does not keep the name (${title})`, async (t) => {
    const { url } = await mosquittoOfFile()
    const name = `box-${randomUUID()}`
    const leftover = await connectListener(url, 4)
    t.teardown(() => leftover.client.endAsync(true))
    await leftover.client.publishAsync(`live-pusher/${name}/availability`, 'online', { qos: 1, retain: true })
    const began = performance.now()
    const { mqttBox, conflicts } = await second(t, name, 300)
    await waitFor(() => mqttBox.status().state === 'connected', { what: 'the connection' })
    t.true(performance.now() - began >= 300)
    t.deepEqual(conflicts, [])
  })

  test(`a box that was away long asks again before it takes its name back (${title})`, async (t) => {
    const first = await boxOnBroker(t, 'mosquitto', {
      protocolVersion,
      times: { ...times, answerMs: 4000, awayMs: 0 },
    })
    first.link.block()
    await waitFor(() => first.mqttBox.status().state !== 'connected', { what: 'the loss' })
    const { mqttBox } = await second(t, first.name)
    await waitFor(() => mqttBox.status().state === 'connected', { what: 'the other box' })
    first.link.unblock()
    await waitFor(() => first.mqttBox.status().state === 'conflict', { what: 'the conflict' })
    t.is(mqttBox.status().state, 'connected')
  })
}
