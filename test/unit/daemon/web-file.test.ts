/** How a file is loaded from the web: what waits how long, and what is left of it. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { WebFileError, type WebLimits, webFile } from '../../../firmware/daemon/web-file.js'
import type { Teardown } from '../../support/teardown.js'

const limits: WebLimits = { answerMs: 2_000, totalMs: 20_000, mostBytes: 1_000, mostRedirects: 1 }

const server = async (t: Teardown, listener: RequestListener): Promise<string> => {
  const web = createServer(listener)
  t.teardown(() => {
    web.closeAllConnections()
    web.close()
  })
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(web.address() as AddressInfo).port}`
}

const load = async (address: string, of: Partial<WebLimits> = {}): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of webFile(address, new AbortController().signal, { ...limits, ...of }))
    chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a file that comes slowly but steadily is taken; one that comes to a stop is not', async (t) => {
  const web = await server(t, ({ url }, response) => {
    let pieces = 0
    response.write('a')
    const timer = setInterval(() => {
      pieces += 1
      if (pieces < 5) response.write('a')
      else if (url === '/steady') response.end()
    }, 300)
    response.on('close', () => clearInterval(timer))
  })
  const [steady, stopped] = await Promise.allSettled([
    load(`${web}/steady`, { stallMs: 1_200 }),
    load(`${web}/stopped`, { stallMs: 1_200 }),
  ])
  t.like(steady, { status: 'fulfilled', value: 'aaaaa' })
  t.true(stopped.status === 'rejected' && stopped.reason instanceof WebFileError)
  t.like(stopped, { reason: { failure: { kind: 'too-slow', afterMs: 1_200 } } })
})

test('without a limit between pieces only the whole has one', async (t) => {
  const web = await server(t, (_, response) => {
    response.write('a')
    setTimeout(() => response.end('b'), 1_500)
  })
  t.is(await load(web, { answerMs: 1_000 }), 'ab')
  const error = await t.throwsAsync(load(web, { totalMs: 300 }), { instanceOf: WebFileError })
  t.like(error?.failure, { kind: 'too-slow', afterMs: 300 })
})
