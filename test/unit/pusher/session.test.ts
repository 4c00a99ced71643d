import test from 'ava'
import type { PhaseName } from '../../../firmware/pusher/call-order.js'
import type { BoxStateName, Cause } from '../../../firmware/pusher/events.js'
import { attemptOf, isPaused, phaseOf, stateName } from '../../../firmware/pusher/session.js'
import { closed, Shell, type Situation, situations } from './session-shell.js'

const crashed: Cause = { kind: 'media-died', signal: 'SIGSEGV' }
const each = Object.keys(situations) as Situation[]
/** the situations in which the box pushes or wants to */
const active = each.filter((name) => name !== 'idle' && name !== 'preview')

test('start shows the camera, remembers, connects and says nothing before the server does', (t) => {
  const shell = new Shell()
  t.deepEqual(shell.send({ type: 'start' }), [])
  t.deepEqual(shell.effects, [
    { do: 'remember', pushing: true },
    { do: 'capture', want: 'camera' },
    { do: 'connect' },
  ])
  t.is(shell.session.at, 'connecting')
  t.deepEqual(shell.connected(), [1001])
  t.is(shell.session.at, 'connecting')
  t.deepEqual(shell.published(), [1002])
  t.is(shell.session.at, 'pushing')
  t.true(shell.did.includes('await-stable'))
})

test('start without a media process waits for it, then connects', (t) => {
  const shell = new Shell({}, false)
  shell.send({ type: 'start' })
  t.is(shell.session.at, 'starting')
  t.deepEqual(shell.did, ['remember', 'capture'])
  shell.send({ type: 'media-up' })
  t.is(shell.session.at, 'connecting')
  t.is(shell.live, 1)
})

test('start changes nothing while the box pushes or tries to', (t) => {
  for (const name of active.filter((one) => !one.startsWith('failed'))) {
    const shell = situations[name]()
    const { session } = shell
    shell.send({ type: 'start' })
    t.is(shell.session, session, name)
    t.deepEqual(shell.effects, [], name)
  }
})

test('stop ends everything in every state', (t) => {
  for (const name of each.filter((one) => one !== 'idle')) {
    const shell = situations[name]()
    t.deepEqual(shell.send({ type: 'stop' }), [], name)
    t.deepEqual(shell.session, { at: 'idle' }, name)
    t.deepEqual(
      shell.effects,
      [
        { do: 'stop-waiting' },
        { do: 'disconnect' },
        { do: 'capture', want: 'nothing' },
        { do: 'remember', pushing: false },
      ],
      name,
    )
  }
  const shell = situations.idle()
  shell.send({ type: 'stop' })
  t.deepEqual(shell.effects, [])
})

test('a preview shows the camera and nothing else, until it is stopped or becomes a push', (t) => {
  const shell = new Shell()
  shell.send({ type: 'start-preview' })
  t.deepEqual(shell.effects, [{ do: 'capture', want: 'camera' }])
  shell.send({ type: 'start-preview' })
  t.deepEqual(shell.effects, [])
  shell.send({ type: 'stop-preview' })
  t.deepEqual(shell.effects, [{ do: 'capture', want: 'nothing' }])
  t.is(shell.session.at, 'idle')
  shell.send({ type: 'start-preview' }, { type: 'start' })
  t.is(shell.live, 1)
  t.is(shell.session.at, 'connecting')
})

test('a push is not touched by what belongs to a preview', (t) => {
  for (const name of active)
    for (const type of ['start-preview', 'stop-preview'] as const) {
      const shell = situations[name]()
      const { session } = shell
      shell.send({ type })
      t.is(shell.session, session, `${type} while ${name}`)
      t.deepEqual(shell.effects, [], `${type} while ${name}`)
    }
})

test('start after a failure begins anew: no old connection, no old wait, all retries', (t) => {
  for (const name of each.filter((one) => one.startsWith('failed'))) {
    const shell = situations[name]()
    const old = shell.live
    shell.send({ type: 'start' })
    if (!shell.media) shell.send({ type: 'media-up' })
    t.deepEqual(shell.violations, [], name)
    t.is(shell.session.at, 'connecting', name)
    t.is(shell.wait, undefined, name)
    t.not(shell.live, old, name)
    t.is(attemptOf(shell.session), 0, name)
    for (let retry = 0; retry < 3; retry += 1) {
      t.deepEqual(shell.lost(), [3002, 1102], name)
      shell.send({ type: 'retry' })
    }
    t.deepEqual(shell.lost(), [3002, -1307], name)
  }
})

test('pause shows the slate and limits its time wherever a picture is on its way', (t) => {
  const pausable: readonly Situation[] = [
    'starting',
    'connecting',
    'pushing',
    'reconnecting, waiting',
    'reconnecting, trying',
  ]
  for (const name of each) {
    const shell = situations[name]()
    const { live, wait, want } = shell
    t.deepEqual(shell.send({ type: 'pause' }), [], name)
    const expected = pausable.includes(name) ? ['capture', 'limit-pause'] : []
    t.deepEqual(shell.did, expected, name)
    t.is(shell.want, pausable.includes(name) ? 'slate' : want, name)
    t.deepEqual([shell.live, shell.wait], [live, wait], `${name}: the connection is left alone`)
    shell.send({ type: 'pause' })
    t.deepEqual(shell.effects, [], `${name}, twice`)
  }
})

test('resume shows the camera again wherever pause was possible', (t) => {
  for (const name of each) {
    const shell = situations[name]()
    shell.send({ type: 'pause' })
    const paused = isPaused(shell.session)
    t.deepEqual(shell.send({ type: 'resume' }), [], name)
    t.deepEqual(shell.effects, paused ? [{ do: 'capture', want: 'camera' }] : [], name)
    t.false(isPaused(shell.session), name)
    shell.send({ type: 'resume' })
    t.deepEqual(shell.effects, [], `${name}, twice`)
  }
})

test('a pause asked for while connecting holds when the connection stands, and after a loss', (t) => {
  const shell = situations.connecting()
  shell.send({ type: 'pause' })
  t.deepEqual(shell.push(), [1001, 1002])
  t.is(shell.session.at, 'paused')
  shell.lost(closed)
  t.is(phaseOf(shell.session), 'paused')
  shell.send({ type: 'retry' })
  shell.push()
  t.is(shell.session.at, 'paused')
  t.is(shell.want, 'slate')
})

test('a pause outlives -1307 and the media process', (t) => {
  const shell = situations.paused()
  shell.send({ type: 'media-down', cause: crashed }, { type: 'media-up' })
  for (let failure = 0; failure < 4; failure += 1) {
    shell.lost()
    shell.send({ type: 'retry' })
  }
  t.is(shell.session.at, 'failed')
  shell.push()
  t.is(shell.session.at, 'paused')
})

test('a pause that lasts too long ends the session and says so', (t) => {
  for (const name of ['starting', 'connecting', 'pushing', 'reconnecting, waiting'] as const) {
    const shell = situations[name]()
    shell.send({ type: 'pause' }, { type: 'pause-expired' })
    t.is(shell.session.at, 'idle', name)
    t.deepEqual(shell.did, ['stop-waiting', 'disconnect', 'capture', 'remember', 'notice'], name)
    t.true(shell.effects.some((effect) => effect.do === 'notice' && effect.kind === 'pause-expired'))
  }
})

test('start after -1307 shows the camera, paused or not before', (t) => {
  const shell = situations.paused()
  for (let failure = 0; failure < 4; failure += 1) {
    shell.lost()
    shell.send({ type: 'retry' })
  }
  t.is(shell.session.at, 'failed')
  t.is(shell.want, 'slate')
  shell.send({ type: 'start' })
  t.is(shell.want, 'camera')
  shell.push()
  t.is(shell.session.at, 'pushing')
})

test('the background is a pause that is told with 5000 and has a limit of its own', (t) => {
  const shell = situations.pushing()
  t.deepEqual(shell.send({ type: 'background' }), [5000])
  t.is(shell.session.at, 'paused')
  t.true(shell.effects.some((effect) => effect.do === 'limit-pause' && effect.as === 'background'))
  t.deepEqual(shell.send({ type: 'background' }), [], 'it is there already')
  t.deepEqual(shell.send({ type: 'resume' }), [])
  t.is(shell.want, 'camera')
  t.deepEqual(situations.idle().send({ type: 'background' }), [])
})

test('the end of a pause that is over already is ignored', (t) => {
  for (const name of each.filter((one) => one !== 'paused')) {
    const shell = situations[name]()
    const { session } = shell
    shell.send({ type: 'pause-expired' })
    t.is(shell.session, session, name)
    t.deepEqual(shell.effects, [], name)
  }
})

test('restart is a new connection with all retries wherever the box pushes or wants to', (t) => {
  for (const name of active) {
    const shell = situations[name]()
    const { connections } = shell
    t.deepEqual(shell.send({ type: 'restart' }), [], name)
    t.deepEqual(shell.violations, [], name)
    t.deepEqual(shell.did.slice(0, 2), ['disconnect', 'stop-waiting'], name)
    t.is(shell.session.at, shell.media ? 'connecting' : 'starting', name)
    t.is(shell.live, shell.media ? connections + 1 : undefined, name)
    t.is(attemptOf(shell.session), 0, name)
    t.true(shell.remembered, name)
  }
  for (const name of ['idle', 'preview'] as const) {
    const shell = situations[name]()
    shell.send({ type: 'restart' })
    t.deepEqual(shell.effects, [], name)
  }
})

test('a new address does not end a pause', (t) => {
  const shell = situations.paused()
  shell.send({ type: 'restart' })
  t.is(shell.want, 'slate')
  shell.push()
  t.is(shell.session.at, 'paused')
})

test('retry and stable do nothing where they are late', (t) => {
  const late: Readonly<Record<'retry' | 'stable', readonly Situation[]>> = {
    retry: [
      'idle',
      'preview',
      'starting',
      'connecting',
      'pushing',
      'paused',
      'reconnecting, trying',
      'failed, trying',
    ],
    stable: [
      'idle',
      'preview',
      'starting',
      'connecting',
      'reconnecting, waiting',
      'reconnecting, trying',
      'failed, waiting',
    ],
  }
  for (const type of ['retry', 'stable'] as const)
    for (const name of late[type]) {
      const shell = situations[name]()
      const { session } = shell
      shell.send({ type })
      t.is(shell.session, session, `${type} while ${name}`)
      t.deepEqual(shell.effects, [], `${type} while ${name}`)
    }
})

test('tells its state, the phase for the order of calls, and the attempt', (t) => {
  const told: Readonly<Record<Situation, readonly [BoxStateName, PhaseName, PhaseName, number]>> = {
    idle: ['idle', 'idle', 'idle', 0],
    preview: ['idle', 'preview', 'preview', 0],
    starting: ['starting', 'connecting', 'paused', 0],
    connecting: ['connecting', 'connecting', 'paused', 0],
    pushing: ['pushing', 'pushing', 'paused', 0],
    paused: ['paused', 'paused', 'paused', 0],
    'reconnecting, waiting': ['reconnecting', 'connecting', 'paused', 1],
    'reconnecting, trying': ['reconnecting', 'connecting', 'paused', 1],
    'failed, waiting': ['failed', 'failed', 'failed', 4],
    'failed, trying': ['failed', 'failed', 'failed', 4],
    'failed for good': ['failed', 'failed', 'failed', 4],
    'failed with the media process': ['failed', 'failed', 'failed', 0],
  }
  for (const name of each) {
    const shell = situations[name]()
    const [state, phase, phaseAfterPause, attempt] = told[name]
    t.is(stateName(shell.session), state)
    t.is(phaseOf(shell.session), phase, name)
    t.is(attemptOf(shell.session), attempt, name)
    shell.send({ type: 'pause' })
    t.is(phaseOf(shell.session), phaseAfterPause, `${name}, after pause`)
  }
})
