import test from 'ava'
import { boxOnBroker, combinations, stopSharedMosquitto } from '../../support/mqtt.js'

test.after.always(stopSharedMosquitto)

const timedOut = -5
const badInput = -2
const unknownMethod = -3

for (const { title, broker, boxVersion, version } of combinations) {
  const setUp = async (
    t: Parameters<typeof boxOnBroker>[0],
    times: Parameters<typeof boxOnBroker>[2] = {},
  ) => {
    const fixture = await boxOnBroker(t, broker, { protocolVersion: boxVersion, ...times })
    const listener = await fixture.connect(version)
    await listener.roundTrip()
    const { topics } = fixture
    return {
      ...fixture,
      listener,
      command: (method: string, payload: string | Buffer = '') =>
        listener.client.publishAsync(`${topics.base}/command/${method}`, payload, { qos: 1 }),
      replies: () => listener.json(topics.reply),
    }
  }

  test(`a command with an empty payload runs and is answered on …/reply (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t)
    await command('start')
    await listener.count(topics.reply, 1)
    t.deepEqual(replies(), [{ id: null, method: 'start', ok: true, result: { done: 'start' } }])
    t.deepEqual(box.submitted, [{ method: 'start', origin: 'mqtt' }])
    t.false(listener.messages.find(({ topic }) => topic === topics.reply)?.packet.retain)
  })

  test(`options arrive without the id, which comes back in the reply (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t)
    await command('snapshot', '{"id":"s-1","quality":"raw"}')
    await listener.count(topics.reply, 1)
    t.deepEqual(replies(), [{ id: 's-1', method: 'snapshot', ok: true, result: { done: 'snapshot' } }])
    t.deepEqual(box.submitted, [{ method: 'snapshot', origin: 'mqtt', options: { quality: 'raw' } }])
  })

  test(`attributes/set is handed over whole, and its problems come back (${title})`, async (t) => {
    const { listener, topics, replies, box } = await setUp(t)
    const problems = [{ path: 'max-bitrate', message: 'must be at most 20000' }]
    box.answer = ({ method }) => ({
      ok: false,
      method,
      errCode: badInput,
      errMsg: 'operateLivePusher:fail',
      problems,
    })
    await listener.client.publishAsync(topics.attributesSet, '{"id":"a","maxBitrate":99999,"muted":true}', {
      qos: 1,
    })
    await listener.count(topics.reply, 1)
    t.deepEqual(box.submitted, [
      { method: 'setAttributes', origin: 'mqtt', options: { maxBitrate: 99999, muted: true } },
    ])
    t.deepEqual(replies(), [
      {
        id: 'a',
        method: 'setAttributes',
        ok: false,
        errCode: badInput,
        errMsg: 'operateLivePusher:fail',
        problems,
      },
    ])
  })

  test(`a repeated id is answered with the first reply and not executed again (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t)
    await command('start', '{"id":"same"}')
    await listener.count(topics.reply, 1)
    await command('start', '{"id":"same"}')
    await command('stop', '{"id":"same"}')
    await listener.count(topics.reply, 3)
    t.is(box.submitted.length, 1)
    for (const reply of replies()) t.is(reply.method, 'start')
  })

  test(`an id repeated while the first still runs is answered once it is there (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t)
    let finish: () => void = () => undefined
    box.answer = ({ method }) =>
      new Promise((resolve) => {
        finish = () => resolve({ ok: true, method, result: { n: box.submitted.length } })
      })
    await command('snapshot', '{"id":"twice"}')
    await command('snapshot', '{"id":"twice"}')
    await listener.roundTrip()
    t.is(replies().length, 0)
    finish()
    await listener.count(topics.reply, 2)
    const expected = { id: 'twice', method: 'snapshot', ok: true, result: { n: 1 } }
    t.deepEqual(replies(), [expected, expected])
  })

  test(`an id may be used again after its time (${title})`, async (t) => {
    const { command, listener, topics, box } = await setUp(t, { times: { repeatMs: 0 } })
    await command('start', '{"id":"same"}')
    await listener.count(topics.reply, 1)
    await command('start', '{"id":"same"}')
    await listener.count(topics.reply, 2)
    t.is(box.submitted.length, 2)
  })

  test(`a box that does not answer gets a time-out as its one reply (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t, { times: { requestMs: 60 } })
    let answerLate: () => void = () => undefined
    box.answer = ({ method }) =>
      new Promise((resolve) => {
        answerLate = () => resolve({ ok: true, method, result: {} })
      })
    await command('start', '{"id":"slow"}')
    await listener.count(topics.reply, 1)
    answerLate()
    await command('start', '{"id":"slow"}')
    await listener.count(topics.reply, 2)
    for (const { ok, errCode, errMsg } of replies()) {
      t.deepEqual(
        { ok, errCode, errMsg },
        { ok: false, errCode: timedOut, errMsg: 'operateLivePusher:fail timed out' },
      )
    }
    t.is(box.submitted.length, 1)
  })

  test(`a box that breaks its promise is answered for (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t)
    box.answer = () => Promise.reject(new Error('bug'))
    await command('start')
    await listener.count(topics.reply, 1)
    box.answer = ({ method }) => ({ ok: true, method, result: { n: 1n } })
    await command('start')
    await listener.count(topics.reply, 2)
    for (const { ok, errMsg } of replies())
      t.deepEqual([ok, errMsg], [false, 'operateLivePusher:fail internal error'])
  })

  test(`what is no request is refused with its reason and changes nothing (${title})`, async (t) => {
    const { listener, topics, replies, box } = await setUp(t)
    const cases: readonly (readonly [string, string | Buffer, number, RegExp])[] = [
      ['command/start', '{', badInput, /not JSON/],
      ['command/start', Buffer.from([0x7b, 0xff, 0x7d]), badInput, /not JSON/],
      ['command/start', '[]', badInput, /not a JSON object/],
      ['command/start', 'null', badInput, /not a JSON object/],
      ['command/start', '"x"', badInput, /not a JSON object/],
      ['command/start', '{"id":7}', badInput, /id must be a string/],
      ['command/start', '{"id":""}', badInput, /id must be a string/],
      ['command/start', `{"id":"${'x'.repeat(65)}"}`, badInput, /id must be a string/],
      ['command/start', `{"x":"${'y'.repeat(64 * 1024)}"}`, badInput, /65544 bytes, at most 65536/],
      ['attributes/set', '', badInput, /not JSON/],
      ['attributes/set', '[1]', badInput, /not a JSON object/],
      ['command/start/now', '', unknownMethod, /unknown method "start\/now"/],
      ['command/', '', unknownMethod, /unknown method ""/],
      ['command', '', unknownMethod, /unknown method ""/],
      ['command/setAttributes', '{}', unknownMethod, /unknown method/],
      [`command/a/${'b'.repeat(500)}`, '', unknownMethod, /unknown method/],
    ]
    const reachable = cases.filter(([path]) => broker === 'mosquitto' || path !== 'command')
    for (const [index, [path, payload]] of reachable.entries()) {
      await listener.client.publishAsync(`${topics.base}/${path}`, payload, { qos: 1 })
      await listener.count(topics.reply, index + 1)
    }
    t.deepEqual(box.submitted, [])
    t.is(replies().length, reachable.length)
    for (const [index, [path, , errCode, reason]] of reachable.entries()) {
      const reply = replies()[index]
      t.is(reply?.ok, false, path)
      t.is(reply?.errCode, errCode, path)
      t.regex(String(reply?.errMsg), /^operateLivePusher:fail /)
      t.regex(String(reply?.errMsg), reason)
    }
  })

  test(`an id of 64 characters is taken, in whatever script (${title})`, async (t) => {
    const { command, listener, topics, replies } = await setUp(t)
    await command('start', JSON.stringify({ id: '🎥'.repeat(64) }))
    await listener.count(topics.reply, 1)
    t.is(replies()[0]?.id, '🎥'.repeat(64))
    t.true(replies()[0]?.ok)
  })

  test(`a method that the box does not know is the box's to refuse (${title})`, async (t) => {
    const { command, listener, topics, replies, box } = await setUp(t)
    await command('fly', '{"id":"f"}')
    await listener.count(topics.reply, 1)
    t.deepEqual(replies()[0], {
      id: 'f',
      method: 'fly',
      ok: false,
      errCode: unknownMethod,
      errMsg: 'operateLivePusher:fail unknown method',
    })
    t.is(box.submitted.length, 1)
  })

  test(`a stop answers what still runs (${title})`, async (t) => {
    const { command, listener, topics, replies, box, mqttBox } = await setUp(t)
    box.answer = () => new Promise(() => undefined)
    await command('start', '{"id":"left"}')
    await listener.roundTrip()
    await mqttBox.stop()
    await listener.count(topics.reply, 1)
    t.like(replies()[0], { id: 'left', method: 'start', ok: false, errCode: timedOut })
    t.is(box.listeners(), 0)
  })
}
