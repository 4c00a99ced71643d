import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { HttpServer, type HttpServerOptions } from '../../../services/http/server.js'
import { FakeBox, idleState } from '../../support/fake-box.js'
import { never } from '../../support/mqtt.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const setUp = async (t: Teardown, options: Partial<HttpServerOptions> = {}) => {
  const box = new FakeBox()
  const server = new HttpServer({
    port: 0,
    box,
    name: 'tripod',
    health: () => ({ ok: true, reasons: [] }),
    ...options,
  })
  await server.start(never())
  t.teardown(() => server.stop())
  const { port = 0 } = server.address() ?? {}
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET', host = '127.0.0.1') =>
    new Promise<Answer>((resolve, reject) => {
      const request = httpRequest({ host, port, path, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
      })
      request.on('error', reject)
      request.end()
    })
  return { server, box, port, get }
}

/** What the server answers to these bytes, whatever they are. */
const rawAnswer = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.write(bytes)
  })

const errorKind = ({ body }: Answer): unknown => JSON.parse(body.toString()).error.kind

test('a taken port is said with its host and number, and start and stop are idempotent', async (t) => {
  const { server, box, port } = await setUp(t)
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
  const { get } = await setUp(t, {
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
  const { get } = await setUp(t)
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
  const { get } = await setUp(t, { health: () => report })
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
  const { get } = await setUp(t, { debug: () => ({ queue: { ageMs: 3 } }) })
  const { status, headers, body } = await get('/debug?x=1')
  t.is(status, 200)
  t.is(headers['content-type'], 'application/json; charset=utf-8')
  t.deepEqual(JSON.parse(body.toString()), { queue: { ageMs: 3 } })
})

test('a port that fails answers 500 and says nothing of the inside', async (t) => {
  const { get } = await setUp(t, {
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
  const { get } = await setUp(t, {
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
  const { get } = await setUp(t, { snapshots: { read: async () => new Uint8Array(7) } })
  for (const path of ['/', '/healthz', '/metrics', '/debug', '/snapshots/a.jpg', '/nothing']) {
    const [head, whole] = [await get(path, {}, 'HEAD'), await get(path)]
    t.is(head.status, whole.status, path)
    t.is(head.body.byteLength, 0)
    t.is(head.headers['content-type'], whole.headers['content-type'])
    if (path !== '/metrics') t.is(head.headers['content-length'], `${whole.body.byteLength}`)
  }
})

test('other methods are refused with 405, unknown paths with 404, as JSON', async (t) => {
  const { get } = await setUp(t)
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
  const { get, port } = await setUp(t)
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
  const { port } = await setUp(t)
  t.regex(await rawAnswer(port, 'GET /debug HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 403 /)
  t.regex(await rawAnswer(port, 'GET /debug HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 400 /)
  t.regex(await rawAnswer(port, 'GET /debug HTTP/1.0\r\nHost: \r\n\r\n'), /^HTTP\/1.1 403 /)
})

const outward = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address

const withNetwork = outward === undefined ? test.skip : test
withNetwork('a client that is not on this machine is refused', async (t) => {
  const { get } = await setUp(t, { host: '0.0.0.0' })
  const denied = await get('/', {}, 'GET', outward)
  t.is(denied.status, 403)
  t.is(errorKind(denied), 'not-loopback')
})

const appFolder = async (t: Teardown): Promise<string> => {
  const parent = await tempDir(t)
  const folder = join(parent, 'app')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(parent, 'secret.txt'), 'secret')
  await writeFile(join(folder, 'index.html'), '<!doctype html>app')
  await writeFile(join(folder, 'assets', 'app.js'), 'export {}')
  await writeFile(join(folder, 'empty.txt'), '')
  await writeFile(join(folder, '.hidden'), 'secret')
  await symlink(join(parent, 'secret.txt'), join(folder, 'link.txt'))
  await symlink(parent, join(folder, 'up'))
  return folder
}

test('the phone app is served with its types, and 304 when the browser has it', async (t) => {
  const { get } = await setUp(t, { appFolder: await appFolder(t) })
  const index = await get('/')
  t.is(index.body.toString(), '<!doctype html>app')
  t.is(index.headers['content-type'], 'text/html; charset=utf-8')
  const script = await get('/assets/app.js?v=1')
  t.is(script.headers['content-type'], 'text/javascript; charset=utf-8')
  t.is(script.body.toString(), 'export {}')
  const again = await get('/assets/app.js', { 'if-none-match': `${script.headers.etag}` })
  t.is(again.status, 304)
  t.is(again.body.byteLength, 0)
  t.is((await get('/empty.txt')).status, 200)
})

test('nothing outside of the app folder is served, and no folder is listed', async (t) => {
  const { get, port } = await setUp(t, { appFolder: await appFolder(t) })
  const bad = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/link.txt',
    '/up/secret.txt',
    '/.hidden',
    '/assets',
    '/assets/',
    '/%00',
    '/index.html%00.txt',
    '/%zz',
    '//etc/passwd',
    '/index.html/',
  ]
  for (const path of bad) {
    const answer = await get(path)
    t.is(answer.status, 404, path)
    t.false(answer.body.toString().includes('secret'))
  }
  // without the client's own tidying
  for (const target of ['/../../../../etc/passwd', 'http://evil/../secret.txt', '*']) {
    const raw = await rawAnswer(
      port,
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    )
    t.regex(raw, /^HTTP\/1.1 404 /)
  }
})

test('an app folder that does not exist leaves the start page', async (t) => {
  const { get } = await setUp(t, { appFolder: join(await tempDir(t), 'nothing') })
  t.true((await get('/')).body.toString().includes('not installed'))
})

test('a request that does not end is closed', async (t) => {
  const { port } = await setUp(t)
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
  const { port, get } = await setUp(t)
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

test('the metrics follow the box', async (t) => {
  const { get, box } = await setUp(t)
  const read = async (): Promise<Map<string, number>> => {
    const { headers, body } = await get('/metrics')
    t.regex(headers['content-type'] ?? '', /^text\/plain; version=0.0.4/)
    const samples = body
      .toString()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))])
    return new Map(samples)
  }
  box.emitStatus(1)
  box.emitStatus(2)
  box.emit('error', { errCode: 10004, errMsg: '', time: 1 })
  const pushing = { ...idleState, state: 'pushing' as const, session: 3, muted: true, attempt: 2 }
  box.currentState = pushing
  box.emit('state', pushing)
  const info = {
    videoBitrate: 800,
    audioBitrate: 48,
    videoFPS: 15,
    videoGOP: 2,
    netSpeed: 850,
    netJitter: 3,
    netQualityLevel: 1,
    videoWidth: 360,
    videoHeight: 640,
    videoCache: 4,
    audioCache: 5,
  }
  box.emit('netstatus', { info })
  const during = await read()
  for (const [sample, value] of [
    ['live_pusher_status_total{code="1002",level="event"}', 2],
    ['live_pusher_errors_total{code="10004"}', 1],
    ['live_pusher_state{state="pushing"}', 1],
    ['live_pusher_state{state="idle"}', 0],
    ['live_pusher_info{version="0.1.0",encoder="x264enc"}', 1],
    ['live_pusher_sessions_total', 3],
    ['live_pusher_muted', 1],
    ['live_pusher_reconnect_attempt', 2],
    ['live_pusher_video_bitrate_kbps', 800],
    ['live_pusher_net_speed_kbps', 850],
    ['live_pusher_video_cache_frames', 4],
    ['live_pusher_audio_cache_frames', 5],
    ['live_pusher_preview_viewers', 0],
  ] as const) {
    t.is(during.get(sample), value, sample)
  }
  t.true((during.get('live_pusher_process_resident_memory_bytes') ?? 0) > 1e6)
  t.true((during.get('live_pusher_process_cpu_seconds_total') ?? 0) > 0)
  for (const name of during.keys()) t.true(name.startsWith('live_pusher_'))
  box.currentState = idleState
  box.emit('state', idleState)
  t.is((await read()).get('live_pusher_video_bitrate_kbps'), 0)
})
