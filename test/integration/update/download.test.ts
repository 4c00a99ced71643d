import { createHash, randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { download } from '../../../services/update/download.js'
import { UpdateError } from '../../../services/update/update-error.js'
import { tempDir } from '../../support/temp-dir.js'

const bundle = randomBytes(300_000)
const sha256 = createHash('sha256').update(bundle).digest('hex')
const quick = { firstRetryMs: 10, mostRetryMs: 20, patienceMs: 30_000, answerMs: 10_000, stallMs: 1000 }

/** A server that answers request n by the n-th of these, and every later one by the last. */
const serve = async (
  t: ExecutionContext,
  ...answers: readonly ((request: IncomingMessage, response: ServerResponse) => void)[]
) => {
  const requests: (string | undefined)[] = []
  const server = createServer((request, response) => {
    requests.push(request.headers.range)
    const answer = answers[Math.min(requests.length, answers.length) - 1]
    answer?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/box.raucb?key=1`, requests }
}

const whole = (request: IncomingMessage, response: ServerResponse, tag = '"one"'): void => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const partly = start > 0 && request.headers['if-range'] === tag
  const body = partly ? bundle.subarray(start) : bundle
  response.writeHead(partly ? 206 : 200, {
    ETag: tag,
    'Content-Length': body.length,
    ...(partly ? { 'Content-Range': `bytes ${start}-${bundle.length - 1}/${bundle.length}` } : {}),
  })
  response.end(body)
}
const cut = (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { ETag: '"one"', 'Content-Length': bundle.length })
  response.write(bundle.subarray(0, 100_000), () => setImmediate(() => response.destroy()))
}

const start = async (t: ExecutionContext) => {
  const file = join(await tempDir(t), 'bundle.raucb')
  const percents: number[] = []
  const load = (url: string, more: Partial<Parameters<typeof download>[0]> = {}) =>
    download({
      ...{ url, file, sha256, limits: quick, signal: AbortSignal.timeout(60_000) },
      onPercent: (percent) => percents.push(percent),
      ...more,
    })
  return { file, percents, load }
}

test('a connection that breaks in the middle goes on where it was, also in another process', async (t) => {
  const { file, percents, load } = await start(t)
  const { url, requests } = await serve(t, cut, whole)
  await load(url)
  t.deepEqual(await readFile(file), bundle)
  t.is(requests[0], undefined)
  t.regex(requests[1] ?? '', /^bytes=[1-9]\d*-$/)
  t.is(percents.at(-1), 100)

  const second = await start(t)
  const broken = await serve(t, cut, (_, response) => response.writeHead(404).end())
  const error = await t.throwsAsync(second.load(broken.url), { instanceOf: UpdateError })
  t.like(error?.why, { kind: 'refused', status: 404 })
  t.true((await stat(`${second.file}.part`)).size > 0)
})

test('another bundle at the same address is loaded from its beginning', async (t) => {
  const { file, load } = await start(t)
  const { url } = await serve(t, cut, (request, response) => whole(request, response, '"two"'))
  await load(url)
  t.deepEqual(await readFile(file), bundle)
})

test('silence and a server that is down are tried again, until patience ends', async (t) => {
  const { file, load } = await start(t)
  const { url, requests } = await serve(
    t,
    (_, response) => response.writeHead(503).end(),
    (_, response) => {
      response.writeHead(200, { ETag: '"one"', 'Content-Length': bundle.length })
      response.write(bundle.subarray(0, 50_000))
    },
    whole,
  )
  await load(url)
  t.deepEqual(await readFile(file), bundle)
  t.is(requests.length, 3)

  const { load: again } = await start(t)
  const error = await t.throwsAsync(
    again('http://127.0.0.1:9/x?key=1', { limits: { ...quick, patienceMs: 50 } }),
    {
      instanceOf: UpdateError,
    },
  )
  t.is(error?.why.kind, 'unreachable')
  t.notRegex(JSON.stringify(error?.why), /key/)
})

test('what is not what was meant, too big or does not fit leaves nothing to install', async (t) => {
  const { url } = await serve(t, whole)
  for (const [kind, more] of [
    ['checksum', { sha256: '0'.repeat(64) }],
    ['too-big', { limits: { ...quick, mostBytes: 1000 } }],
    ['no-space', { limits: { ...quick, spareBytes: Number.MAX_SAFE_INTEGER } }],
  ] as const) {
    const { file, load } = await start(t)
    const error = await t.throwsAsync(load(url, more), { instanceOf: UpdateError })
    t.is(error?.why.kind, kind)
    await t.throwsAsync(stat(file), { code: 'ENOENT' })
  }
})
