import test from 'ava'
import {
  type ConnectionCode,
  codeOfLoss,
  defaultPolicy,
  pauseMs,
  probesHelp,
} from '../../../firmware/pusher/reconnect.js'

test('the defaults are the specification’s: three retries, three seconds', (t) => {
  t.deepEqual(defaultPolicy, { attempts: 3, intervalMs: 3000, keepTrying: true })
})

test('a cause has the code of what it broke', (t) => {
  const table: readonly [during: string, kind: string, code: ConnectionCode][] = [
    ['connecting', 'dns', 3001],
    ['connecting', 'refused', 3002],
    ['connecting', 'unreachable', 3002],
    ['connecting', 'connect-timeout', 3002],
    ['connecting', 'timeout', 3002],
    ['connecting', 'tls', 3003],
    ['connecting', 'handshake', 3003],
    ['connecting', 'closed', 3004],
    ['connecting', 'reset', 3004],
    ['connecting', 'rejected', 3004],
    ['connecting', 'output-failed', 3005],
    ['connected', 'handshake', 3003],
    ['connected', 'handshake-timeout', 3003],
    ['connected', 'timeout', 3003],
    ['connected', 'tls', 3003],
    ['connected', 'closed', 3003],
    ['connected', 'reset', 3003],
    ['connected', 'rejected', 3004],
    ['published', 'closed', 3004],
    ['published', 'reset', 3004],
    ['published', 'rejected', 3004],
    ['published', 'handshake', 3004],
    ['published', 'stalled', 3005],
    ['published', 'address-gone', 3005],
    ['published', 'timeout', 3005],
    ['published', 'unreachable', 3005],
    ['published', 'tls', 3005],
    ['published', 'output-failed', 3005],
  ]
  for (const [during, kind, code] of table) t.is(codeOfLoss({ kind, during }), code, `${kind}, ${during}`)
})

test('a cause that nobody knows has the code of a broken link', (t) => {
  for (const kind of ['', 'toString', 'constructor', '__proto__', 'something new'])
    t.is(codeOfLoss({ kind, during: 'connecting' }), 3005, kind)
})

test('an answering port is news after a network’s failure only', (t) => {
  const help = (kind: string, during: string, failures = 1): boolean =>
    probesHelp({ kind, during }, failures, defaultPolicy)
  for (const kind of ['dns', 'refused', 'unreachable', 'connect-timeout', 'timeout']) {
    t.true(help(kind, 'connecting'), kind)
    t.true(help(kind, 'connecting', 100), `${kind}, long since`)
  }
  // That port answered already, or the answer was no.
  for (const kind of ['closed', 'reset', 'handshake', 'tls', 'rejected', 'output-failed', 'toString'])
    t.false(help(kind, 'connecting'), kind)
  for (const kind of ['closed', 'reset', 'timeout', 'handshake-timeout', 'rejected'])
    t.false(help(kind, 'connected'), kind)
})

test('a stream that broke is worth a quick try until the retries are used up', (t) => {
  for (const failures of [1, 2, 3])
    t.true(probesHelp({ kind: 'closed', during: 'published' }, failures, defaultPolicy))
  for (const failures of [4, 5, 100])
    t.false(probesHelp({ kind: 'closed', during: 'published' }, failures, defaultPolicy))
})

test('pauses are the policy’s until -1307, then grow to half a minute', (t) => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => pauseMs(defaultPolicy, failures))
  t.deepEqual(pauses, [3000, 3000, 3000, 6000, 12_000, 24_000, 30_000, 30_000, 30_000])
  const slow = { attempts: 1, intervalMs: 30_000, keepTrying: true }
  t.deepEqual(
    [1, 2, 3].map((failures) => pauseMs(slow, failures)),
    [30_000, 30_000, 30_000],
  )
})
