import test from 'ava'
import type { Cause } from '../../../firmware/pusher/events.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'
import { settled, usualElements } from './capture-rig.js'
import { listeningPort } from './listening.js'
import { phases, rejected, startBoxRig } from './live-pusher-rig.js'

const closed: Cause = { kind: 'closed', during: 'published' }

test('pushes once the connection stands', async (t) => {
  const rig = await startBoxRig(t)
  await rig.submit('start')
  rig.media.output('connected')
  t.is(rig.box.state().state, 'connecting')
  rig.media.output('published')
  t.is(rig.box.state().state, 'pushing')
  t.deepEqual(rig.codes(), [1001, 1002])
})

test('what an ended connection says is not heard', async (t) => {
  const rig = await phases.pushing(t)
  await rig.submit('stop')
  await rig.submit('start')
  rig.media.emit('message', { type: 'output', connection: 1, event: 'lost', cause: closed })
  t.is(rig.box.state().state, 'connecting')
  rig.media.output('published')
  t.is(rig.box.state().state, 'pushing')
})

test('a loss without a reason is told all the same', async (t) => {
  const rig = await phases.pushing(t)
  rig.media.output('lost')
  t.like(rig.events.statechange.at(-2), { code: 3005, cause: { kind: 'output-failed' } })
})

test('waits between attempts, and tries at once when the server’s port answers', async (t) => {
  const port = await listeningPort(t)
  const rig = await startBoxRig(t, {
    configured: { url: `rtmp://127.0.0.1:${port}/live/key` },
    policy: { intervalMs: 60_000 },
    times: { probeMs: 10 },
  })
  await rig.push()
  rig.media.output('lost', closed)
  await waitFor(() => rig.media.of('connect').length === 2, { what: 'the next attempt' })
  t.is(rig.box.state().state, 'reconnecting')
})

test('an attempt that hears nothing is told that the server answers others', async (t) => {
  const port = await listeningPort(t)
  const start = () =>
    startBoxRig(t, {
      configured: { url: `rtmp://127.0.0.1:${port}/live/key` },
      times: { probeMs: 10, patienceMs: 200 },
    })
  const again = async () => {
    const rig = await start()
    await rig.push()
    rig.media.output('lost', closed)
    await waitFor(() => rig.media.of('connect').length === 2, { what: 'the next attempt' })
    return rig
  }
  const standing = await again()
  standing.media.output('connected')
  const hanging = await again()
  await waitFor(() => hanging.media.of('answers').length === 1, { what: 'the word of the answer' })
  t.deepEqual(hanging.media.of('answers'), [{ type: 'answers', connection: 2 }])
  t.is(hanging.media.of('connect').length, 2)
  t.is(standing.media.of('answers').length, 0)
})

test('a stop while waiting ends the wait', async (t) => {
  const rig = await startBoxRig(t, { policy: { intervalMs: 30 } })
  await rig.push()
  rig.media.output('lost', rejected)
  await rig.submit('stop')
  // Another box of the same kind shows that the time of the first would have come.
  const other = await startBoxRig(t, { policy: { intervalMs: 30 } })
  await other.push()
  other.media.output('lost', rejected)
  await waitFor(() => other.media.of('connect').length === 2, { what: 'the next attempt of another box' })
  t.is(rig.media.of('connect').length, 1)
})

test('a connection that held counts its failures anew', async (t) => {
  const rig = await startBoxRig(t, { policy: { attempts: 1, intervalMs: 1 }, times: { stableMs: 20 } })
  await rig.push()
  for (let loss = 1; loss <= 3; loss += 1) {
    rig.media.output('lost', rejected)
    t.is(rig.box.state().attempt, 1)
    await waitFor(() => rig.media.of('connect').length === 1 + loss, { what: 'the next attempt' })
    rig.media.output('published')
    await waitFor(() => rig.box.state().state === 'pushing', { what: 'pushing' })
    const from = performance.now()
    await waitFor(() => performance.now() - from > 60, { what: 'the connection to have held' })
  }
  t.false(rig.codes().includes(-1307))
})

test('one that did not hold goes on counting', async (t) => {
  const rig = await startBoxRig(t, { policy: { attempts: 1, intervalMs: 1 } })
  await rig.push()
  rig.media.output('lost', rejected)
  await waitFor(() => rig.media.of('connect').length === 2, { what: 'the next attempt' })
  rig.media.output('published')
  rig.media.output('lost', rejected)
  t.true(rig.codes().includes(-1307))
  t.is(rig.box.state().state, 'failed')
})

test('without keep-trying the box gives up and remembers that', async (t) => {
  const rig = await startBoxRig(t, { policy: { attempts: 0, keepTrying: false } })
  await rig.submit('start')
  rig.media.output('lost', rejected)
  await settled()
  t.is(rig.box.state().state, 'failed')
  t.deepEqual(rig.memory.saved, [true, false])
})

test('a pause has its limit, and its end is said', async (t) => {
  const rig = await startBoxRig(t, { pauseLimitMs: 20 })
  await rig.push()
  await rig.submit('pause')
  await waitFor(() => rig.box.state().state === 'idle', { what: 'the end of the pause' })
  t.like(rig.events.notice, [{ kind: 'pause-expired' }])
  t.is(rig.media.of('disconnect').length, 1)
  await waitFor(() => rig.memory.saved.length === 3, { what: 'the memory' })
  t.deepEqual(rig.memory.saved, [true, 'paused', false])
})

test('a pause is remembered: the box goes on paused, with a limit, until resume', async (t) => {
  const rig = await startBoxRig(t, { pauseLimitMs: 200 })
  await rig.box.goOn(true)
  rig.media.output('connected')
  rig.media.output('published')
  t.is(rig.box.state().state, 'paused')
  await settled()
  t.deepEqual(
    rig.media.of('run').map(({ spec }) => spec.source),
    ['slate', 'mic'],
    'the camera was never opened',
  )
  await waitFor(() => rig.box.state().state === 'idle', { what: 'the end of the pause' })

  const other = await startBoxRig(t)
  await other.push()
  await other.submit('pause')
  await other.submit('resume')
  t.deepEqual(other.memory.saved, [true, 'paused', true])
})

test('the background has a shorter limit, and 5000', async (t) => {
  const rig = await startBoxRig(t, { backgroundLimitMs: 20 })
  await rig.push()
  await rig.submit('enterBackground')
  t.is(rig.codes().at(-1), 5000)
  await waitFor(() => rig.box.state().state === 'idle', { what: 'the end of the background' })
  t.like(rig.events.notice, [{ kind: 'pause-expired' }])

  await rig.push()
  await rig.submit('enterBackground')
  t.is(rig.box.state().state, 'paused')
  await rig.submit('exitBackground')
  t.is(rig.box.state().state, 'pushing')
})

test('a pause that ended in time has no limit', async (t) => {
  const rig = await startBoxRig(t, { pauseLimitMs: 500 })
  await rig.push()
  await rig.submit('pause')
  await rig.submit('resume')
  // Another box of the same kind shows that the time of the first would have come.
  const other = await startBoxRig(t, { pauseLimitMs: 500 })
  await other.push()
  await other.submit('pause')
  await waitFor(() => other.box.state().state === 'idle', { what: 'the end of another pause' })
  t.is(rig.box.state().state, 'pushing')
})

test('start before the media process is up waits for it', async (t) => {
  const rig = await startBoxRig(t, { mediaDown: true })
  t.like(await rig.submit('start'), { ok: true })
  t.is(rig.box.state().state, 'starting')
  t.deepEqual([rig.media.of('connect'), rig.media.of('run')], [[], []])
  rig.media.start()
  await settled()
  t.is(rig.box.state().state, 'connecting')
  t.deepEqual([rig.media.of('connect').length, rig.media.of('run').length], [1, 2])
})

test('the same stream is back after the media process died', async (t) => {
  const rig = await phases.pushing(t)
  const cause = { kind: 'media-died', signal: 'SIGSEGV' }
  rig.media.die(cause)
  t.is(rig.box.state().state, 'reconnecting')
  t.like(rig.events.statechange.at(-1), { code: 1102, cause })
  rig.media.sent.splice(0)
  rig.media.start()
  await settled()
  t.like(rig.media.of('connect'), [{ connection: 2 }])
  t.deepEqual(
    rig.media.of('run').map(({ spec }) => spec.source),
    ['camera', 'mic'],
  )
  rig.media.output('connected')
  rig.media.output('published')
  t.is(rig.box.state().state, 'pushing')
  t.deepEqual(rig.codes(), [1001, 1002, 1102, 1001, 1002])
})

test('a paused box is paused after the media process died', async (t) => {
  const rig = await phases.paused(t)
  rig.media.die()
  rig.media.sent.splice(0)
  rig.media.start()
  await settled()
  t.is(rig.media.of('run')[0]?.spec.source, 'slate')
  rig.media.output('published')
  t.is(rig.box.state().state, 'paused')
})

test('a media process that dies too often is a failure that is told, and over when it is up', async (t) => {
  const rig = await phases.pushing(t)
  const cause = { kind: 'media-died', crashes: 5, retryInMs: 5_000 }
  rig.media.die(cause, 'failed')
  t.is(rig.box.state().state, 'failed')
  t.like(rig.events.statechange.at(-1), { code: -1303, cause })
  rig.media.start()
  await settled()
  rig.media.output('published')
  t.is(rig.box.state().state, 'pushing')
})

test('a media process that dies while nothing is on is nobody’s business', async (t) => {
  const rig = await startBoxRig(t)
  rig.media.die()
  rig.media.start()
  await settled()
  t.deepEqual([rig.events.statechange, rig.media.of('connect'), rig.media.of('run')], [[], [], []])
})

test('a memory that can’t be written is said and stops nothing', async (t) => {
  const rig = await startBoxRig(t)
  rig.memory.failure = new Error('EROFS')
  await rig.push()
  t.is(rig.box.state().state, 'pushing')
  t.like(rig.events.notice, [{ kind: 'storage-failed' }])
})

test('starting twice listens once', async (t) => {
  const rig = await startBoxRig(t)
  rig.box.start()
  await rig.push()
  t.deepEqual(rig.codes(), [1001, 1002])
})

test('after the stop nothing is told or asked for any more', async (t) => {
  const rig = await phases.pushing(t)
  rig.box.stop()
  rig.media.sent.splice(0)
  const told = rig.codes().length
  rig.media.output('lost', rejected)
  rig.media.fail('video', { part: 'source', kind: 'device-lost' })
  rig.media.die()
  rig.media.start()
  await settled()
  t.deepEqual(rig.media.sent, [])
  t.is(rig.codes().length, told)
})

test('a box without any encoder does not claim to push', async (t) => {
  const rig = await startBoxRig(t, { elements: usualElements.filter((name) => !/264/.test(name)) })
  await withDeadline(rig.submit('start'), { what: 'the reply' })
  t.is(rig.box.state().state, 'failed')
  t.deepEqual(rig.codes(), [-1303])
  t.regex(String(rig.events.statechange[0]?.cause?.install), /x264enc/)
  t.deepEqual(rig.box.complaints(), [])
})
