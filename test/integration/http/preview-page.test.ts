import { get as httpGet, type IncomingMessage } from 'node:http'
import test from 'ava'
import type { PreviewView } from '../../../firmware/pusher/preview.js'
import { httpServer } from '../../support/http.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'

const shown: PreviewView = { name: 'tripod', state: 'pushing', picture: true, mirrored: false }

/** A server whose view a test can change, and a listener of its events. */
const setUp = async (t: Teardown) => {
  const now = { view: shown, asked: 0, failure: undefined as Error | undefined }
  const made = await httpServer(t, {
    previewView: async () => {
      now.asked += 1
      if (now.failure) throw now.failure
      return now.view
    },
  })
  const listen = async () => {
    const request = httpGet({ host: '127.0.0.1', port: made.port, path: '/preview/events', agent: false })
    t.teardown(() => request.destroy())
    request.on('error', () => undefined)
    const response = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve))
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    response.on('error', () => undefined)
    const views = (): PreviewView[] =>
      [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, json = '']) => JSON.parse(json) as PreviewView)
    return { request, response, views, text: () => text }
  }
  return { ...made, now, listen }
}

test('the page, its style and its scripts come from the box, each may be kept and is asked for again', async (t) => {
  const { get } = await setUp(t)
  const types: Readonly<Record<string, RegExp>> = {
    '/preview': /^text\/html/,
    '/preview/page.css': /^text\/css/,
    '/preview/page.js': /^text\/javascript/,
    '/preview/mpegts.js': /^text\/javascript/,
  }
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await get(path)
    t.is(status, 200, path)
    t.regex(`${headers['content-type']}`, type)
    t.is(headers['cache-control'], 'no-cache')
    const again = await get(path, { 'if-none-match': `${headers.etag}` })
    t.is(again.status, 304, path)
    t.is(again.body.byteLength, 0)
  }
  const slash = await get('/preview/')
  t.is(slash.status, 308)
  t.is(slash.headers.location, '/preview')
  for (const path of ['/preview/index.html', '/preview/tsconfig.json', '/preview/../server.js'])
    t.is((await get(path)).status, 404, path)
})

test('everything that the page and its scripts import is served', async (t) => {
  const { get } = await setUp(t)
  const page = (await get('/preview')).body.toString()
  const seen = new Set<string>()
  const wanted = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
  for (const path of wanted) {
    if (seen.has(path)) continue
    seen.add(path)
    const { status, body } = await get(path)
    t.is(status, 200, path)
    if (path.endsWith('mpegts.js')) continue
    for (const [, file = ''] of body.toString().matchAll(/from '\.\/([^']+)'/g))
      wanted.push(`/preview/${file}`)
  }
  t.is(seen.size, 7)
})

test('the page may load from the box alone, and has no script or style inside', async (t) => {
  const { get } = await setUp(t)
  const { headers, body } = await get('/preview')
  const policy = `${headers['content-security-policy']}`
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ])
    t.true(policy.includes(part), part)
  t.notRegex(policy, /unsafe/)
  t.is(headers['referrer-policy'], 'no-referrer')
  t.notRegex(body.toString(), /<style|style=|<script>|\son[a-z]+=|https?:\/\//)
})

test('events tell the view at once and whenever it changes, and nothing is asked while nobody listens', async (t) => {
  const { now, listen, box, server } = await setUp(t)
  t.is(now.asked, 0)
  const before = box.listeners()
  const first = await listen()
  t.is(first.response.headers['content-type'], 'text/event-stream')
  t.is(first.response.headers['cache-control'], 'no-store')
  await waitFor(() => first.views().length === 1, { what: 'the view' })
  t.deepEqual(first.views(), [shown])
  t.regex(first.text(), /^retry: 1000\n\n/)

  // announced by the box: no need to wait for the next tick
  now.view = { ...shown, mirrored: true }
  box.emit('attributes', {})
  await waitFor(() => first.views().length === 2, { what: 'the change', timeoutMs: 900 })
  // announced by nobody
  now.view = { ...shown, state: 'idle', picture: false }
  await waitFor(() => first.views().length === 3, { what: 'the next second' })

  const second = await listen()
  await waitFor(() => second.views().length === 1, { what: 'the view for another' })
  t.deepEqual(second.views(), [now.view])
  t.is(first.views().length, 3, 'the same is not told again')

  now.failure = new Error('secret')
  box.emitStatus(1)
  now.failure = undefined
  now.view = shown
  await waitFor(() => first.views().length === 4, { what: 'the view after one that failed' })
  t.false(first.text().includes('secret'))

  first.request.destroy()
  second.request.destroy()
  await waitFor(() => box.listeners() === before, { what: 'the listeners to go' })
  const asked = now.asked
  box.emitStatus(2)
  t.is(now.asked, asked)

  const last = await listen()
  await server.stop()
  await waitFor(() => last.response.destroyed, { what: 'the end of the events' })
  t.is(box.listeners(), 0)
})

test('HEAD of the events ends at once', async (t) => {
  const { get, box } = await setUp(t)
  const before = box.listeners()
  t.is((await get('/preview/events', {}, 'HEAD')).status, 200)
  t.is(box.listeners(), before)
})

test('a box without a preview has no page for it', async (t) => {
  const { get } = await httpServer(t)
  for (const path of ['/preview', '/preview/events', '/preview/page.js']) t.is((await get(path)).status, 404)
  t.false((await get('/')).body.toString().includes('href="/preview"'))
})

test('the page and its events are for those who may ask', async (t) => {
  const { get } = await setUp(t)
  for (const path of ['/preview', '/preview/events', '/preview/page.js'])
    t.is((await get(path, { host: 'evil.example' })).status, 403, path)
})
