import test from 'ava'
import type { Cause } from '../../../firmware/pusher/events.js'
import { attemptOf, type SessionEvent } from '../../../firmware/pusher/session.js'
import { closed, Shell, type Situation, situations } from './session-shell.js'

const crashed: Cause = { kind: 'media-died', signal: 'SIGSEGV' }
const each = Object.keys(situations) as Situation[]
/** the situations in which the box pushes or wants to */
const active = each.filter((name) => name !== 'idle' && name !== 'preview')

test('a first connection that fails is retried three times, each with its cause code before 1102, then -1307', (t) => {
  const shell = situations.connecting()
  for (const attempt of [1, 2, 3]) {
    t.deepEqual(shell.lost(), [3002, 1102])
    t.deepEqual(shell.causes(1102), [{ kind: 'refused', during: 'connecting', attempt, of: 3 }])
    t.is(shell.session.at, 'reconnecting')
    t.is(attemptOf(shell.session), attempt)
    t.deepEqual(shell.wait, { ms: 3000, probe: true })
    shell.send({ type: 'retry' })
  }
  t.deepEqual(shell.lost(), [3002, -1307])
  t.deepEqual(shell.causes(-1307), [{ kind: 'refused', during: 'connecting', attempts: 3 }])
  t.is(shell.session.at, 'failed')
})

test('each failure of an outage is told by its own code', (t) => {
  const shell = situations.pushing()
  t.deepEqual(shell.lost(closed), [3004, 1102])
  shell.send({ type: 'retry' })
  t.deepEqual(shell.lost({ kind: 'dns', during: 'connecting' }), [3001, 1102])
  shell.send({ type: 'retry' })
  t.deepEqual(shell.lost({ kind: 'handshake-timeout', during: 'connected' }), [3003, 1102])
  shell.send({ type: 'retry' })
  t.deepEqual(shell.lost({ kind: 'rejected', during: 'connected' }), [3004, -1307])
})

test('the number of retries is the policy’s', (t) => {
  for (const attempts of [1, 10]) {
    const shell = new Shell({ attempts })
    shell.send({ type: 'start' })
    for (let retry = 0; retry < attempts; retry += 1) {
      t.deepEqual(shell.lost(), [3002, 1102])
      shell.send({ type: 'retry' })
    }
    t.deepEqual(shell.lost(), [3002, -1307])
  }
})

test('keeps trying after -1307 with growing pauses, and tells only a new reason', (t) => {
  const shell = situations['failed, waiting']()
  const pauses = [shell.wait?.ms]
  for (let retry = 0; retry < 5; retry += 1) {
    shell.send({ type: 'retry' })
    t.deepEqual(shell.lost(), [])
    t.is(shell.session.at, 'failed')
    pauses.push(shell.wait?.ms)
  }
  t.deepEqual(pauses, [6000, 12_000, 24_000, 30_000, 30_000, 30_000])
  shell.send({ type: 'retry' })
  t.deepEqual(shell.lost({ kind: 'dns', during: 'connecting' }), [3001])
  shell.send({ type: 'retry' })
  t.deepEqual(shell.lost({ kind: 'dns', during: 'connecting' }), [])
  t.true(shell.remembered)
})

test('a server that takes the stream and ends it at once is not asked at its own pace for ever', (t) => {
  const shell = situations.pushing()
  for (let retry = 0; retry < 3; retry += 1) {
    shell.lost(closed)
    t.true(shell.wait?.probe)
    shell.send({ type: 'retry' })
    shell.push()
  }
  t.deepEqual(shell.lost(closed), [3004, -1307])
  t.deepEqual(shell.wait, { ms: 6000, probe: false })
})

test('a connection after -1307 is told by 1001 and 1002 and counts as a new start', (t) => {
  const shell = situations['failed, trying']()
  t.deepEqual(shell.push(), [1001, 1002])
  t.is(shell.session.at, 'pushing')
  t.is(attemptOf(shell.session), 0)
  t.deepEqual(shell.lost(closed), [3004, 1102])
  t.is(attemptOf(shell.session), 1)
})

test('without keep-trying -1307 is the end until start', (t) => {
  const shell = situations['failed for good']()
  t.deepEqual(shell.did.slice(-2), ['disconnect', 'remember'])
  t.false(shell.remembered)
  t.is(shell.wait, undefined)
  t.is(shell.want, 'camera')
  for (const event of [
    { type: 'retry' },
    { type: 'media-down', cause: crashed },
    { type: 'media-up' },
    { type: 'retry' },
    { type: 'media-failed', cause: crashed },
    { type: 'media-up' },
  ] as const) {
    shell.send(event)
    t.is(shell.live, undefined, event.type)
    t.is(shell.session.at, 'failed', event.type)
  }
  shell.send({ type: 'start' })
  t.true(shell.remembered)
  t.deepEqual(shell.lost(), [3002, 1102])
})

test('1001 and 1002 come again after every reconnection', (t) => {
  const shell = situations.pushing()
  for (let outage = 0; outage < 5; outage += 1) {
    shell.lost(closed)
    shell.send({ type: 'retry' })
    t.deepEqual(shell.push(), [1001, 1002])
    shell.send({ type: 'stable' })
  }
})

test('failed attempts are forgotten once a connection has held, not before', (t) => {
  const flapping = situations.pushing()
  const steady = situations.pushing()
  for (let outage = 1; outage <= 3; outage += 1) {
    t.deepEqual(flapping.lost(closed), [3004, 1102])
    t.deepEqual(steady.lost(closed), [3004, 1102])
    t.is(attemptOf(flapping.session), outage)
    t.is(attemptOf(steady.session), 1)
    for (const shell of [flapping, steady]) {
      shell.send({ type: 'retry' })
      shell.push()
    }
    steady.send({ type: 'stable' })
  }
  t.deepEqual(flapping.lost(closed), [3004, -1307])
  t.deepEqual(steady.lost(closed), [3004, 1102])
})

test('a lost media process gives 1102 once, and no failed attempt', (t) => {
  for (const name of active.filter((one) => one !== 'starting' && !one.startsWith('failed'))) {
    const shell = situations[name]()
    const failures = 'failures' in shell.session ? shell.session.failures : 0
    t.deepEqual(shell.send({ type: 'media-down', cause: crashed }), [1102], name)
    t.deepEqual(shell.causes(1102), [crashed], name)
    t.is(shell.session.at, 'reconnecting', name)
    t.is(shell.wait, undefined, `${name}: nothing can be tried without it`)
    t.is(attemptOf(shell.session), failures, name)
    shell.send({ type: 'media-up' })
    t.deepEqual(shell.push(), [1001, 1002], name)
    t.is(shell.want, name === 'paused' ? 'slate' : 'camera', name)
  }
})

test('a media process lost where nothing is connected is no news of the session', (t) => {
  for (const name of ['idle', 'preview', 'starting'] as const) {
    const shell = situations[name]()
    t.deepEqual(shell.send({ type: 'media-down', cause: crashed }), [], name)
    t.is(shell.session.at, name)
  }
})

test('a media process lost after -1307 is tried with again as soon as it is back, without a word', (t) => {
  for (const name of ['failed, waiting', 'failed, trying'] as const) {
    const shell = situations[name]()
    t.deepEqual(shell.send({ type: 'media-down', cause: crashed }, { type: 'retry' }), [], name)
    t.is(shell.live, undefined, name)
    shell.send({ type: 'media-up' })
    t.deepEqual(shell.push(), [1001, 1002], name)
  }
})

test('retry without a media process waits for it', (t) => {
  const shell = situations['reconnecting, waiting']()
  shell.send({ type: 'media-down', cause: crashed }, { type: 'retry' })
  t.is(shell.live, undefined)
  shell.send({ type: 'media-up' })
  t.is(shell.live, 2)
})

test('a media process that crashes again and again gives -1303; when it is back the box connects', (t) => {
  for (const name of active.filter((one) => one !== 'failed for good')) {
    const shell = situations[name]()
    const cause = { ...crashed, crashes: 5, retryInMs: 5000 }
    t.deepEqual(shell.send({ type: 'media-failed', cause }), [-1303], name)
    t.deepEqual(shell.causes(-1303), [cause], name)
    t.is(shell.session.at, 'failed', name)
    t.is(shell.wait, undefined, name)
    shell.send({ type: 'media-up' })
    t.deepEqual(shell.push(), [1001, 1002], name)
    t.is(shell.session.at, name === 'paused' ? 'paused' : 'pushing', name)
  }
  for (const name of ['idle', 'preview'] as const)
    t.deepEqual(situations[name]().send({ type: 'media-failed', cause: crashed }), [], name)
})

test('a network that is gone too when the media process is back gets its retries and its -1307', (t) => {
  for (const keepTrying of [true, false]) {
    const shell = new Shell({ keepTrying })
    shell.send({ type: 'start' }, { type: 'media-failed', cause: crashed }, { type: 'media-up' })
    for (let retry = 0; retry < 3; retry += 1) {
      t.deepEqual(shell.lost(), [3002, 1102])
      t.is(shell.session.at, 'reconnecting')
      shell.send({ type: 'retry' })
    }
    t.deepEqual(shell.lost(), [3002, -1307])
    t.is(shell.wait !== undefined, keepTrying)
    t.is(shell.remembered, keepTrying)
  }
})

test('what an old connection says is ignored in every state', (t) => {
  for (const name of each) {
    const shell = situations[name]()
    const { session, live } = shell
    const old = Array.from({ length: shell.connections + 2 }, (_, number) => number)
    for (const connection of old.filter((number) => number !== live)) {
      const late: readonly SessionEvent[] = [
        { type: 'connected', connection },
        { type: 'published', connection },
        { type: 'lost', connection, cause: closed },
      ]
      for (const event of late) {
        t.deepEqual(shell.send(event), [], `${name}: ${event.type}`)
        t.is(shell.session, session, `${name}: ${event.type}`)
        t.deepEqual(shell.effects, [], `${name}: ${event.type}`)
      }
    }
  }
})
