import test from 'ava'
import { nameFinder } from '../../../firmware/daemon/session/name-finder.js'
import { startNameServer } from '../../support/name-server.js'
import { waitFor } from '../../support/wait-for.js'

/** What a finder finds, as `net` asks it: all addresses, or one. */
const found = (find: ReturnType<typeof nameFinder>, name: string, all = true): Promise<unknown> =>
  new Promise((resolve, reject) => {
    find(name, { all }, (error, address) => (error ? reject(error) : resolve(address)))
  })

test('a name is found by asking the name server, all of it or one address', async (t) => {
  const server = await startNameServer(t, { address: '127.0.0.9' })
  const find = nameFinder([server.at])
  t.deepEqual(await found(find, 'ingest.invalid'), [{ address: '127.0.0.9', family: 4 }])
  t.is(await found(find, 'ingest.invalid', false), '127.0.0.9')
})

test('a name of the hosts file is found without a name server', async (t) => {
  const server = await startNameServer(t, { address: '127.0.0.9' })
  server.silent = true
  t.regex(String(await found(nameFinder([server.at]), 'localhost', false)), /^(127\.|::1)/)
})

test('a name server that was silent is heard with the next question', async (t) => {
  const server = await startNameServer(t, { address: '127.0.0.9' })
  server.silent = true
  const find = nameFinder([server.at])
  const first = t.throwsAsync(found(find, 'ingest.invalid'))
  await waitFor(() => server.asked === 2, { what: 'the questions that nobody answers' })
  server.silent = false
  t.is(await found(find, 'ingest.invalid', false), '127.0.0.9')
  await first
})

test('a name that nobody knows is an error', async (t) => {
  await t.throwsAsync(found(nameFinder(['127.0.0.1:9']), 'nowhere.invalid'))
})
