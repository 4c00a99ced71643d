import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import test from 'ava'
import { accepts, freePort, listenOnLoopback, refusingPort } from '../../support/ports.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

/** Runs a test's teardown before the test ends. */
const collectTeardown = () => {
  const undos: (() => unknown)[] = []
  return {
    teardown: (undo: () => unknown): void => {
      undos.push(undo)
    },
    run: async (): Promise<void> => {
      for (const undo of undos.reverse()) await undo()
    },
  }
}

test('waitFor resolves with the first value there is', async (t) => {
  let asked = 0
  t.is(await waitFor(() => (++asked < 3 ? undefined : 'there'), { what: 'a value' }), 'there')
  t.is(asked, 3)
})

test('waitFor goes on after an error', async (t) => {
  let asked = 0
  const ask = () => {
    if (++asked < 3) throw new Error('not yet')
    return 0
  }
  t.is(await waitFor(ask, { what: 'no error' }), 0)
})

test('waitFor says what it waited for and the last error', async (t) => {
  const refusal = new Error('no such file')
  const error = await t.throwsAsync(
    waitFor(() => Promise.reject(refusal), { what: 'the file', timeoutMs: 60 }),
  )
  t.is(error.message, 'timed out after 60 ms waiting for the file')
  t.is(error.cause, refusal)
})

test('waitFor ends when the question itself hangs', async (t) => {
  await t.throwsAsync(
    waitFor(() => new Promise<true>(() => undefined), { what: 'an answer', timeoutMs: 60 }),
    {
      message: /waiting for an answer/,
    },
  )
})

test('withDeadline gives the outcome or the time-out', async (t) => {
  t.is(await withDeadline(Promise.resolve(7), { what: 'seven' }), 7)
  await t.throwsAsync(withDeadline(new Promise(() => undefined), { what: 'never', timeoutMs: 20 }), {
    message: 'timed out after 20 ms waiting for never',
  })
})

test('a temporary folder goes with the test', async (t) => {
  const own = collectTeardown()
  const folder = await tempDir(own)
  t.true(existsSync(folder))
  await own.run()
  t.false(existsSync(folder))
})

test('a free port can be listened on', async (t) => {
  const port = await freePort()
  t.false(await accepts(port))
  const server = createServer()
  t.teardown(() => server.close())
  t.is(await listenOnLoopback(server, port), port)
  t.true(await accepts(port))
})

test('a refusing port refuses and nobody else gets it', async (t) => {
  const port = await refusingPort(t)
  const socket = connect(port, '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  t.is(error.code, 'ECONNREFUSED')
  const thief = createServer()
  t.teardown(() => thief.close())
  thief.listen(port, '127.0.0.1')
  const [refusal] = (await once(thief, 'error')) as [NodeJS.ErrnoException]
  t.is(refusal.code, 'EADDRINUSE')
})
