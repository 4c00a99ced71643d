import { once } from 'node:events'
import { createServer } from 'node:http'
import test from 'ava'
import { WebSocket, WebSocketServer } from 'ws'
import type { MqttEndpoint } from '../../../services/http/http-ports.js'
import { HttpServer } from '../../../services/http/server.js'
import { EmbeddedBroker } from '../../../services/mqtt/embedded-broker.js'
import { FakeBox } from '../../support/fake-box.js'
import { connectListener, mosquittoOfFile, never, stopSharedMosquitto } from '../../support/mqtt.js'
import { listenOnLoopback, refusingPort } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

test.after.always(stopSharedMosquitto)

const serverFor = async (t: Teardown, mqtt: MqttEndpoint | undefined) => {
  const server = new HttpServer({
    port: 0,
    box: new FakeBox(),
    name: 'tripod',
    health: () => ({ ok: true, reasons: [] }),
    ...(mqtt === undefined ? {} : { mqtt }),
  })
  await server.start(never())
  t.teardown(() => server.stop())
  const { port = 0 } = server.address() ?? {}
  return { server, port, url: `ws://127.0.0.1:${port}/mqtt` }
}

const embeddedBroker = async (t: Teardown): Promise<EmbeddedBroker> => {
  const broker = new EmbeddedBroker({ prefix: 'live-pusher', box: 'tripod', port: 0 })
  await broker.start(never())
  t.teardown(() => broker.stop())
  return broker
}

const endpoints: Record<string, (t: Teardown) => Promise<MqttEndpoint>> = {
  'the embedded broker': async (t) => {
    const broker = await embeddedBroker(t)
    return { kind: 'embedded', accept: (stream, remoteAddress) => broker.accept(stream, remoteAddress) }
  },
  'mosquitto over TCP': async () => ({ kind: 'external', url: (await mosquittoOfFile()).url }),
  'mosquitto over WebSocket': async () => ({ kind: 'external', url: (await mosquittoOfFile()).wsUrl }),
}

for (const [name, endpoint] of Object.entries(endpoints)) {
  for (const version of [5, 4] as const) {
    test(`MQTT ${version} over WebSocket reaches ${name}`, async (t) => {
      const { url, server } = await serverFor(t, await endpoint(t))
      const [one, two] = [await connectListener(url, version), await connectListener(url, version)]
      t.teardown(() => Promise.all([one.client.endAsync(true), two.client.endAsync(true)]))
      const topic = `chat/${name}/${version}`
      await one.client.subscribeAsync(topic, { qos: 1 })
      const large = Buffer.alloc(60_000, 'x')
      await two.client.publishAsync(topic, large, { qos: 1 })
      await one.count(topic, 1)
      t.true(one.on(topic)[0]?.equals(large))
      const gone = new Promise<void>((resolve) => one.client.once('close', () => resolve()))
      await withDeadline(server.stop(), { what: 'the stop', timeoutMs: 1000 })
      await withDeadline(gone, { what: 'the end of the connection' })
    })
  }
}

test('a client that leaves is gone from the embedded broker, and the other way round', async (t) => {
  const broker = await embeddedBroker(t)
  const { url } = await serverFor(t, {
    kind: 'embedded',
    accept: (stream, remoteAddress) => broker.accept(stream, remoteAddress),
  })
  const one = await connectListener(url, 5)
  t.is(broker.status().clients, 1)
  one.client.stream.destroy()
  await waitFor(() => broker.status().clients === 0, { what: 'the leaving' })
  const two = await connectListener(url, 4)
  const gone = new Promise<void>((resolve) => two.client.once('close', () => resolve()))
  await broker.stop()
  await withDeadline(gone, { what: 'the end of the connection' })
  t.pass()
})

/** The HTTP status that refuses the WebSocket, or `open`. */
const outcome = async (
  url: string,
  protocols: string[],
  headers: Record<string, string> = {},
): Promise<unknown> => {
  const webSocket = new WebSocket(url, protocols, { headers })
  webSocket.on('error', () => undefined)
  return withDeadline(
    Promise.race([
      once(webSocket, 'open').then(() => 'open'),
      once(webSocket, 'unexpected-response').then(
        ([, response]) => (response as { statusCode: number }).statusCode,
      ),
    ]).finally(() => webSocket.terminate()),
    { what: 'an outcome' },
  )
}

test('a page of another site cannot open a WebSocket', async (t) => {
  const { url, port } = await serverFor(t, await endpoints['the embedded broker']!(t))
  const mqtt = ['mqtt']
  const here = `127.0.0.1:${port}`
  for (const origin of [
    'http://evil.example',
    'null',
    `http://${here}.evil.example`,
    `http://evil@${here}`,
    'file://',
  ]) {
    t.is(await outcome(url, mqtt, { origin }), 403, origin)
  }
  t.is(await outcome(url, mqtt, { host: 'evil.example', origin: 'http://evil.example' }), 403)
  t.is(await outcome(url, mqtt, { origin: `http://${here}` }), 'open')
  t.is(await outcome(url, mqtt, { host: `localhost:${port}`, origin: `http://localhost:${port}` }), 'open')
  t.is(await outcome(url, mqtt), 'open')
})

test('a WebSocket is for MQTT, at /mqtt, and only when there is a broker', async (t) => {
  const { url } = await serverFor(t, await endpoints['the embedded broker']!(t))
  t.is(await outcome(url, []), 400)
  t.is(await outcome(url, ['chat']), 400)
  t.is(await outcome(url, ['mqttv3.1']), 'open')
  t.is(await outcome(url.replace('/mqtt', '/other'), ['mqtt']), 404)
  const none = await serverFor(t, undefined)
  t.is(await outcome(none.url, ['mqtt']), 503)
})

test('an external broker that is not there is a 502', async (t) => {
  const port = await refusingPort(t)
  for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss']) {
    const { url } = await serverFor(t, { kind: 'external', url: `${scheme}://127.0.0.1:${port}` })
    t.is(await outcome(url, ['mqtt']), 502, scheme)
  }
})

test('text instead of bytes closes the WebSocket', async (t) => {
  const { url } = await serverFor(t, await endpoints['the embedded broker']!(t))
  const webSocket = new WebSocket(url, 'mqtt')
  webSocket.on('error', () => undefined)
  await once(webSocket, 'open')
  // a CONNECT of MQTT 3.1.1, which happens to be text
  webSocket.send('\u0010\u000c\u0000\u0004MQTT\u0004\u0002\u0000<\u0000\u0000')
  const [code] = (await withDeadline(once(webSocket, 'close'), { what: 'the close' })) as [number]
  t.is(code, 1003)
})

test('the credentials of the box are not lent to the clients of the proxy', async (t) => {
  const seen: { authorization: string | undefined; url: string | undefined }[] = []
  const upstream = createServer()
  const webSockets = new WebSocketServer({ server: upstream })
  webSockets.on('connection', (_socket, { headers, url }) =>
    seen.push({ authorization: headers.authorization, url }),
  )
  const port = await listenOnLoopback(upstream)
  t.teardown(() => {
    webSockets.close()
    for (const client of webSockets.clients) client.terminate()
    upstream.close()
  })
  const { url } = await serverFor(t, { kind: 'external', url: `ws://box:secret@127.0.0.1:${port}/mqtt?x=1` })
  t.is(await outcome(url, ['mqtt']), 'open')
  t.deepEqual(seen, [{ authorization: undefined, url: '/mqtt?x=1' }])
})
