import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import test from 'ava'
import { HttpServer } from '../../../services/http/server.js'
import { errorKind, httpServer, rawAnswer } from '../../support/http.js'
import { never } from '../../support/mqtt.js'

test('a taken port is said with its host and number, and start and stop are idempotent', async (t) => {
  const { server, box, port } = await httpServer(t)
  await server.start(never())
  const second = new HttpServer({ port, box, name: 'b', health: () => ({ ok: true, reasons: [] }) })
  t.like(await t.throwsAsync(second.start(never())), { kind: 'port-in-use', host: '127.0.0.1', port })
  await second.stop()
  t.true(box.listeners() > 0)
  await Promise.all([server.stop(), server.stop()])
  t.is(box.listeners(), 0)
  await server.start(never())
  t.truthy(server.address())
})

test('without the phone app / shows where everything is', async (t) => {
  const { get } = await httpServer(t, {
    name: '<tripod>',
    mqttAddress: () => 'mqtt://127.0.0.1:1883',
    preview: { open: () => Promise.reject(new Error('no')) },
  })
  const { status, headers, body } = await get('/')
  t.is(status, 200)
  t.is(headers['content-type'], 'text/html; charset=utf-8')
  const page = body.toString()
  for (const part of [
    'mqtt://127.0.0.1:1883',
    'href="/preview.flv"',
    'href="/metrics"',
    'href="/healthz"',
    'idle',
  ]) {
    t.true(page.includes(part), part)
  }
  t.true(page.includes('&lt;tripod&gt;'))
  t.false(page.includes('<tripod>'))
})

test('every answer carries the security headers', async (t) => {
  const { get } = await httpServer(t)
  for (const path of ['/', '/nothing', '/healthz', '/metrics', '/mqtt', '/preview.flv']) {
    const { headers } = await get(path)
    t.is(headers['x-content-type-options'], 'nosniff', path)
    t.is(headers['x-frame-options'], 'DENY', path)
    t.regex(`${headers['content-security-policy']}`, /default-src 'self'.*frame-ancestors 'none'/)
    t.is(headers['access-control-allow-origin'], undefined)
    t.is(headers['x-powered-by'], undefined)
  }
})

test('health is 200 or 503, with the reasons', async (t) => {
  const report = { ok: true, reasons: [] as string[], media: 'running' }
  const { get } = await httpServer(t, { health: () => report })
  const well = await get('/healthz')
  t.is(well.status, 200)
  t.deepEqual(JSON.parse(well.body.toString()), report)
  report.ok = false
  report.reasons.push('no heartbeat for 5 s')
  const ill = await get('/healthz')
  t.is(ill.status, 503)
  t.deepEqual(JSON.parse(ill.body.toString()), report)
  t.is(ill.headers['cache-control'], 'no-store')
})

test('debug is what the daemon says, as JSON', async (t) => {
  const { get } = await httpServer(t, { debug: () => ({ queue: { ageMs: 3 } }) })
  const { status, headers, body } = await get('/debug?x=1')
  t.is(status, 200)
  t.is(headers['content-type'], 'application/json; charset=utf-8')
  t.deepEqual(JSON.parse(body.toString()), { queue: { ageMs: 3 } })
})

test('a port that fails answers 500 and says nothing of the inside', async (t) => {
  const { get } = await httpServer(t, {
    debug: () => {
      throw new Error('secret path /home/x')
    },
    snapshots: { read: () => Promise.reject(new Error('secret')) },
  })
  for (const path of ['/debug', '/snapshots/a.jpg']) {
    const failed = await get(path)
    t.is(failed.status, 500)
    t.is(errorKind(failed), 'internal')
    t.false(failed.body.toString().includes('secret'))
  }
})

test('snapshots come by their id and by nothing else', async (t) => {
  const asked: string[] = []
  const picture = Uint8Array.from([0xff, 0xd8, 0xff])
  const { get } = await httpServer(t, {
    snapshots: {
      read: async (id) => {
        asked.push(id)
        return id === 'a-1' ? picture : undefined
      },
    },
  })
  const found = await get('/snapshots/a-1.jpg')
  t.is(found.status, 200)
  t.is(found.headers['content-type'], 'image/jpeg')
  t.deepEqual([...found.body], [...picture])
  t.is((await get('/snapshots/a-2.jpg')).status, 404)
  for (const path of ['a/../b', '%2e%2e', '..', 'a.b', 'a%2fb', '', 'x'.repeat(65), 'a b', 'a-1.jpg/..']) {
    t.is((await get(`/snapshots/${encodeURI(path)}.jpg`)).status, 404, path)
  }
  t.is((await get('/snapshots/a-1.png')).status, 404)
  t.is((await get('/snapshots/')).status, 404)
  t.deepEqual(asked, ['a-1', 'a-2'])
})

test('HEAD gets the headers without the body', async (t) => {
  const { get } = await httpServer(t, { snapshots: { read: async () => new Uint8Array(7) } })
  for (const path of ['/', '/healthz', '/metrics', '/debug', '/snapshots/a.jpg', '/nothing']) {
    const [head, whole] = [await get(path, {}, 'HEAD'), await get(path)]
    t.is(head.status, whole.status, path)
    t.is(head.body.byteLength, 0)
    t.is(head.headers['content-type'], whole.headers['content-type'])
    if (path !== '/metrics') t.is(head.headers['content-length'], `${whole.body.byteLength}`)
  }
})

test('other methods are refused with 405, unknown paths with 404, as JSON', async (t) => {
  const { get } = await httpServer(t)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const refused = await get('/healthz', {}, method)
    t.is(refused.status, 405)
    t.is(refused.headers.allow, 'GET, HEAD')
    t.is(errorKind(refused), 'method-not-allowed')
  }
  for (const path of ['/nothing', '/healthz/', '//healthz', '/metrics/x', '/preview.flv.']) {
    const missing = await get(path)
    t.is(missing.status, 404, path)
    t.is(errorKind(missing), 'not-found')
  }
  t.is((await get('/mqtt')).status, 426)
})

test('a page of another site cannot read anything, whatever name it has', async (t) => {
  const { get, port } = await httpServer(t)
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1@evil',
    '[::2]',
  ]) {
    const denied = await get('/debug', { host })
    t.is(denied.status, 403, host)
    t.is(errorKind(denied), 'foreign-host')
  }
  for (const host of [
    'localhost',
    `localhost:${port}`,
    '127.0.0.1',
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'LOCALHOST:1',
  ]) {
    t.is((await get('/debug', { host })).status, 200, host)
  }
})

test('a request without a host is refused', async (t) => {
  const { port } = await httpServer(t)
  t.regex(await rawAnswer(port, 'GET /debug HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 403 /)
  t.regex(await rawAnswer(port, 'GET /debug HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 400 /)
  t.regex(await rawAnswer(port, 'GET /debug HTTP/1.0\r\nHost: \r\n\r\n'), /^HTTP\/1.1 403 /)
})

const outward = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address

const withNetwork = outward === undefined ? test.skip : test
withNetwork('a client that is not on this machine is refused', async (t) => {
  const { get } = await httpServer(t, { host: '0.0.0.0' })
  const denied = await get('/', {}, 'GET', outward)
  t.is(denied.status, 403)
  t.is(errorKind(denied), 'not-loopback')
})

test('a request that does not end is closed', async (t) => {
  const { port } = await httpServer(t)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.resume()
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-')
  const began = performance.now()
  await closed
  t.true(performance.now() - began < 8000)
})

test('junk and over-long headers end only their own connection', async (t) => {
  const { port, get } = await httpServer(t)
  for (const junk of [
    '\u0000\u0001\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  ]) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(junk)
    await closed
  }
  t.is((await get('/healthz')).status, 200)
})
