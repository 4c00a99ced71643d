import test from 'ava'
import { CommandQueue, type QueueLimits } from '../../../firmware/daemon/command-queue.js'
import type { CommandReply } from '../../../firmware/pusher/events.js'
import { waitFor } from '../../support/wait-for.js'
import { settled } from './capture-rig.js'

const done = (method: string): CommandReply => ({ ok: true, method, result: {} })

const startQueue = (limits: Partial<QueueLimits> = {}) => {
  const failures: { method: string; error: unknown }[] = []
  const queue = new CommandQueue((method, error) => failures.push({ method, error }), limits)
  return { queue, failures }
}

/** A promise and what ends it. */
const held = () => {
  let release = (): void => {}
  const until = new Promise<void>((resolve) => {
    release = resolve
  })
  return { until, release: () => release() }
}

test('commands run one after the other, in the order they came', async (t) => {
  const { queue } = startQueue()
  const log: string[] = []
  const first = held()
  const command = (name: string, until?: Promise<void>) => async () => {
    log.push(`${name} begins`)
    await until
    log.push(`${name} ends`)
    return done(name)
  }
  const replies = [queue.run('a', command('a', first.until)), queue.run('b', command('b'))]
  await settled()
  t.deepEqual(log, ['a begins'])
  first.release()
  t.deepEqual(await Promise.all(replies), [done('a'), done('b')])
  t.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends'])
})

test('a command that throws is refused, told, and the next one runs', async (t) => {
  const { queue, failures } = startQueue()
  const error = new TypeError('x is undefined')
  const reply = await queue.run('start', async () => {
    throw error
  })
  t.deepEqual(reply, {
    ok: false,
    method: 'start',
    errCode: -12,
    errMsg: 'operateLivePusher:fail a fault of the box itself',
  })
  await settled()
  t.deepEqual(failures, [{ method: 'start', error }])
  t.deepEqual(await queue.run('stop', async () => done('stop')), done('stop'))
})

test('a command that throws before it waits is refused like any other', async (t) => {
  const { queue } = startQueue()
  const reply = await queue.run('start', () => {
    throw new Error('no')
  })
  t.like(reply, { ok: false, errCode: -12 })
})

test('a command that takes too long is answered, and ends before the next one begins', async (t) => {
  const { queue } = startQueue({ replyMs: 20 })
  const slow = held()
  let ended = false
  const reply = await queue.run('snapshot', async () => {
    await slow.until
    ended = true
    return done('snapshot')
  })
  t.like(reply, { ok: false, method: 'snapshot', errCode: -5 })
  t.false(ended)
  const next = queue.run('stop', async () => done(ended ? 'after' : 'before'))
  slow.release()
  t.deepEqual(await next, done('after'))
})

test('a command that was answered as late while it waited is not carried out', async (t) => {
  const { queue } = startQueue({ replyMs: 20 })
  const slow = held()
  let switched = false
  const first = queue.run('snapshot', async () => {
    await slow.until
    return done('snapshot')
  })
  const second = queue.run('switchCamera', async () => {
    switched = true
    return done('switchCamera')
  })
  t.like(await first, { errCode: -5 })
  t.like(await second, { ok: false, method: 'switchCamera', errCode: -5 })
  slow.release()
  t.deepEqual(await queue.run('stop', async () => done('stop')), done('stop'))
  t.false(switched)
})

test('the line has an end, and room again when it moves', async (t) => {
  const { queue } = startQueue({ longestLine: 2 })
  const slow = held()
  const first = queue.run('a', async () => {
    await slow.until
    return done('a')
  })
  const second = queue.run('b', async () => done('b'))
  t.like(await queue.run('c', async () => done('c')), { ok: false, method: 'c', errCode: -6 })
  slow.release()
  await Promise.all([first, second])
  await settled()
  t.deepEqual(await queue.run('d', async () => done('d')), done('d'))
})

test('tells how long the command at the head has been running', async (t) => {
  const { queue } = startQueue()
  t.is(queue.stuckMs, 0)
  const slow = held()
  const reply = queue.run('a', async () => {
    await slow.until
    return done('a')
  })
  await waitFor(() => queue.stuckMs > 10, { what: 'some milliseconds' })
  slow.release()
  await reply
  t.is(queue.stuckMs, 0)
})
