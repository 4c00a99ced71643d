/** The client of a box against a real broker. */
import { createServer } from 'node:net'
import test from 'ava'
import { WebSocket } from 'ws'
import { BoxClient, type BoxClientOptions, type BoxView } from '../../../services/client/box-client.js'
import { webSockets } from '../../../services/client/sockets.js'
import { type Mosquitto, startMosquitto } from '../../support/mqtt.js'
import { boxAt } from '../../support/mqtt-box-at.js'
import { listenOnLoopback } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'

const times = { minRetryMs: 20, maxRetryMs: 60, connectMs: 2_000 }

const clientOf = (t: Teardown, url: string, more: Partial<BoxClientOptions> = {}): BoxClient => {
  const client = new BoxClient({ url, box: 'tripod', open: webSockets(WebSocket), times, ...more })
  client.start()
  t.teardown(() => client.stop())
  return client
}

const startBroker = async (t: Teardown): Promise<Mosquitto> => {
  const broker = await startMosquitto()
  t.teardown(() => broker.stop())
  return broker
}

const until = (client: BoxClient, what: string, holds: (view: BoxView) => unknown): Promise<unknown> =>
  waitFor(() => Boolean(holds(client.view())), { what })

test('a request that is asked while the broker restarts is answered once, and all is fresh again', async (t) => {
  const broker = await startBroker(t)
  const { box } = await boxAt(t, { url: broker.url })
  const client = clientOf(t, broker.wsUrl)
  await until(client, 'everything of the box', ({ fresh, state, attributes }) => fresh && state && attributes)
  t.is(client.view().attributes?.['max-bitrate'], 1000)
  t.like(await client.command('snapshot', { quality: 'raw' }), { ok: true, result: { done: 'snapshot' } })
  t.like(await client.command('fly'), { ok: false, errCode: -3 })

  await broker.kill()
  await until(client, 'the loss to be seen', ({ fresh }) => !fresh)
  t.is(client.view().state?.state, 'idle', 'what was known last is kept')
  const reply = client.command('switchCamera')
  await broker.restart()
  t.like(await reply, { ok: true })
  t.is(box.submitted.filter(({ method }) => method === 'switchCamera').length, 1)
  await until(client, 'the box to be fresh again', ({ fresh }) => fresh)
})

test('a box that goes is offline, and refuses at once; one that says nothing, in time', async (t) => {
  const broker = await startBroker(t)
  const client = clientOf(t, broker.wsUrl, { requestMs: 300 })
  await until(client, 'the broker', ({ link }) => link === 'connected')
  t.deepEqual(await client.command('start'), {
    ok: false,
    method: 'start',
    errCode: -5,
    errMsg: 'operateLivePusher:fail the box does not answer',
  })
  const { mqttBox } = await boxAt(t, { url: broker.url })
  await until(client, 'the box', ({ fresh }) => fresh)
  await mqttBox.stop()
  await until(client, 'the box to be gone', ({ availability }) => availability === 'offline')
  t.like(await client.command('start'), { ok: false, errMsg: 'operateLivePusher:fail the box is offline' })
})

test('a broker that knows nobody of that name is told from one that is not there', async (t) => {
  const broker = await startMosquitto('per_listener_settings false\nallow_anonymous false')
  t.teardown(() => broker.stop())
  const client = clientOf(t, broker.wsUrl, { username: 'owner', password: 'wrong' })
  await until(client, 'the refusal', ({ link }) => link === 'refused')
  await broker.kill()
  await until(client, 'the loss', ({ link }) => link === 'lost')
  t.pass()
})

test('a broker that accepts and says nothing is given up, and asked again', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
  })
  t.teardown(() => server.close())
  const port = await listenOnLoopback(server)
  clientOf(t, `ws://127.0.0.1:${port}/mqtt`, { times: { ...times, connectMs: 100 } })
  await waitFor(() => connections >= 3, { what: 'the third attempt' })
  t.pass()
})
