import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import test from 'ava'
import type { PreviewSource } from '../../../services/http/http-ports.js'
import { HttpServer } from '../../../services/http/server.js'
import { FakeBox } from '../../support/fake-box.js'
import { never } from '../../support/mqtt.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

const chunk = Buffer.alloc(64 * 1024, 'F')

/** Endless, and as fast as it is read. */
class Picture extends Readable {
  produced = 0

  override _read(): void {
    this.produced += chunk.byteLength
    this.push(chunk)
  }
}

const setUp = async (t: Teardown, preview: PreviewSource | undefined) => {
  const server = new HttpServer({
    port: 0,
    box: new FakeBox(),
    name: 'tripod',
    health: () => ({ ok: true, reasons: [] }),
    ...(preview === undefined ? {} : { preview }),
  })
  await server.start(never())
  t.teardown(() => server.stop())
  const { port = 0 } = server.address() ?? {}
  const watch = async (method = 'GET'): Promise<IncomingMessage> => {
    const request = httpRequest({ host: '127.0.0.1', port, path: '/preview.flv', method, agent: false })
    request.on('error', () => undefined)
    request.end()
    t.teardown(() => request.destroy())
    const [response] = (await withDeadline(once(request, 'response'), { what: 'an answer' })) as [
      IncomingMessage,
    ]
    response.on('error', () => undefined)
    return response
  }
  return { server, watch }
}

const bodyOf = async (response: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of response) text += part
  return text
}

test('the picture comes as FLV that nobody stores', async (t) => {
  const { watch } = await setUp(t, {
    open: async () => Readable.from([Buffer.from('FLV'), Buffer.from('tag')]),
  })
  const response = await watch()
  t.is(response.statusCode, 200)
  t.is(response.headers['content-type'], 'video/x-flv')
  t.is(response.headers['cache-control'], 'no-store')
  t.is(await bodyOf(response), 'FLVtag')
})

test('without a picture the answer is 503 with its reason', async (t) => {
  const noCamera = Object.assign(new Error('the pipeline does not run'), { kind: 'not-running' })
  for (const [preview, kind] of [
    [undefined, 'no-preview'],
    [{ open: () => Promise.reject(noCamera) }, 'not-running'],
    [{ open: () => Promise.reject(new Error('x')) }, 'no-preview'],
  ] as const) {
    const { watch } = await setUp(t, preview)
    const response = await watch()
    t.is(response.statusCode, 503)
    t.is(JSON.parse(await bodyOf(response)).error.kind, kind)
  }
})

test('the source is closed when the viewer leaves', async (t) => {
  const pictures: Picture[] = []
  const signals: AbortSignal[] = []
  const { watch } = await setUp(t, {
    open: async (signal) => {
      const picture = new Picture()
      pictures.push(picture)
      signals.push(signal)
      return picture
    },
  })
  const response = await watch()
  await once(response, 'data')
  response.destroy()
  await waitFor(() => pictures[0]?.destroyed, { what: 'the end of the source' })
  t.true(signals[0]?.aborted)
})

test('a viewer that leaves before the picture is there leaves nothing open', async (t) => {
  let deliver: (picture: Picture) => void = () => undefined
  let aborted = false
  const picture = new Picture()
  const { server } = await setUp(t, {
    open: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        deliver = resolve
      }),
  })
  const { port = 0 } = server.address() ?? {}
  const request = httpRequest({ host: '127.0.0.1', port, path: '/preview.flv', agent: false })
  request.on('error', () => undefined)
  request.end()
  await once(request, 'finish')
  await waitFor(() => deliver.length === 1, { what: 'the opening' })
  request.destroy()
  await waitFor(() => aborted, { what: 'the abort' })
  deliver(picture)
  await waitFor(() => picture.destroyed, { what: 'the end of the source' })
  t.pass()
})

test('a slow viewer holds up its own source only', async (t) => {
  const pictures: Picture[] = []
  const { watch, server } = await setUp(t, {
    open: async () => {
      const picture = new Picture()
      pictures.push(picture)
      return picture
    },
  })
  const slow = await watch()
  slow.pause()
  const fast = await watch()
  let received = 0
  fast.on('data', (part: Buffer) => {
    received += part.byteLength
  })
  await waitFor(() => received > 100 * 1024 * 1024, { what: '100 MB at the fast viewer' })
  t.true((pictures[0]?.produced ?? 0) < 20 * 1024 * 1024, `${pictures[0]?.produced}`)
  await withDeadline(server.stop(), { what: 'the stop', timeoutMs: 1000 })
  for (const picture of pictures) await waitFor(() => picture.destroyed, { what: 'the end of the sources' })
})

test('a source that ends or fails ends the answer', async (t) => {
  const failing = () =>
    new Readable({
      read() {
        this.push('FLV')
        queueMicrotask(() => this.destroy(new Error('lost')))
      },
    })
  const { watch } = await setUp(t, { open: async () => failing() })
  const response = await watch()
  const closed = new Promise((resolve) => response.once('close', resolve))
  response.resume()
  await withDeadline(closed, { what: 'the end' })
  t.false(response.complete)
})

test('HEAD says whether there is a picture and closes it again', async (t) => {
  const picture = new Picture()
  const { watch } = await setUp(t, { open: async () => picture })
  const response = await watch('HEAD')
  t.is(response.statusCode, 200)
  t.is(response.headers['content-type'], 'video/x-flv')
  t.is(await bodyOf(response), '')
  t.true(picture.destroyed)
})
