import test from 'ava'
import { answers, Outage, type OutageTimes } from '../../../firmware/daemon/session/outage.js'
import { freePort, refusingPort } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'
import { listeningPort } from './listening.js'

const startOutage = (t: Teardown, times: Partial<OutageTimes> = {}, facts?: () => ReadonlySet<string>) => {
  const state = { over: 0, answered: 0 }
  const count = (event: keyof typeof state) => (): void => {
    state[event] += 1
  }
  const outage = new Outage({ over: count('over'), answered: count('answered') }, times, facts)
  t.teardown(() => outage.stop())
  return { outage, state }
}

/** As long as a wait of so many milliseconds that began now takes to end. */
const aWaitOf = async (t: Teardown, ms: number): Promise<void> => {
  const { outage, state } = startOutage(t)
  outage.wait(ms, undefined)
  await waitFor(() => state.over === 1, { what: `a wait of ${ms} ms` })
}

test('a wait is over after its time, once', async (t) => {
  const { outage, state } = startOutage(t)
  outage.wait(10, undefined)
  t.is(state.over, 0)
  await waitFor(() => state.over === 1, { what: 'the end of the wait' })
  await aWaitOf(t, 30)
  t.is(state.over, 1)
})

test('a wait is over as soon as the server’s port answers, once', async (t) => {
  let asked = 0
  const port = await listeningPort(t, () => {
    asked += 1
  })
  const { outage, state } = startOutage(t, { probeMs: 10 })
  outage.wait(60_000, { host: '127.0.0.1', port })
  await waitFor(() => state.over === 1, { what: 'the answer' })
  await aWaitOf(t, 50)
  t.is(state.over, 1)
  t.is(asked, 1)
})

test('a server that is away is asked again and again', async (t) => {
  const port = await freePort()
  const { outage, state } = startOutage(t, { probeMs: 10 })
  outage.wait(60_000, { host: '127.0.0.1', port })
  await aWaitOf(t, 50)
  t.is(state.over, 0)
  await listeningPort(t, () => {}, port)
  await waitFor(() => state.over === 1, { what: 'the answer' })
})

test('without a server nobody is asked', async (t) => {
  let asked = 0
  await listeningPort(t, () => {
    asked += 1
  })
  const { outage } = startOutage(t, { probeMs: 1 })
  outage.wait(60_000, undefined)
  await aWaitOf(t, 30)
  t.is(asked, 0)
})

test('a long outage asks rarely', async (t) => {
  let asked = 0
  const port = await listeningPort(t, () => {
    asked += 1
  })
  const server = { host: '127.0.0.1', port }
  const { outage, state } = startOutage(t, { probeMs: 10, slowProbeMs: 60_000, slowAfterMs: 20 })
  outage.wait(30, undefined)
  await waitFor(() => state.over === 1, { what: 'the first wait' })
  outage.wait(60_000, server)
  await aWaitOf(t, 50)
  t.is(asked, 0)
  // Another outage begins with quick questions.
  outage.stop()
  outage.wait(60_000, server)
  await waitFor(() => state.over === 2, { what: 'the answer' })
  t.is(asked, 1)
})

test('a pause ends the wait and not the outage', async (t) => {
  let asked = 0
  const port = await listeningPort(t, () => {
    asked += 1
  })
  const { outage, state } = startOutage(t, { probeMs: 10, slowProbeMs: 60_000, slowAfterMs: 20 })
  outage.wait(10, undefined)
  outage.pause()
  await aWaitOf(t, 40)
  t.is(state.over, 0)
  outage.wait(60_000, { host: '127.0.0.1', port })
  await aWaitOf(t, 50)
  t.is(asked, 0)
})

test('a new wait takes the place of the last', async (t) => {
  const { outage, state } = startOutage(t)
  outage.wait(10, undefined)
  outage.wait(60_000, undefined)
  await aWaitOf(t, 40)
  t.is(state.over, 0)
})

test('a stop ends everything, a question under way as well', async (t) => {
  const { outage, state } = startOutage(t, { probeMs: 1 })
  const accepted = new Promise<void>((resolve) => {
    void listeningPort(t, resolve).then((port) => outage.wait(60_000, { host: '127.0.0.1', port }))
  })
  outage.wait(10, undefined)
  await withDeadline(accepted, { what: 'the question' })
  outage.stop()
  const over = state.over
  await aWaitOf(t, 30)
  t.is(state.over, over)
})

test('a link that comes up is reason to ask at once, one that goes is none', async (t) => {
  let asked = 0
  const port = await listeningPort(t, () => {
    asked += 1
  })
  const facts = new Set(['link eth0', 'link wlan0'])
  const { outage, state } = startOutage(t, { probeMs: 60_000, lookMs: 5 }, () => new Set(facts))
  outage.wait(60_000, { host: '127.0.0.1', port })
  facts.delete('link eth0')
  await aWaitOf(t, 40)
  t.is(asked, 0)
  facts.add('link eth0')
  await waitFor(() => state.over === 1, { what: 'the answer' })
  facts.add('link wwan0')
  await aWaitOf(t, 40)
  t.is(asked, 1)
})

test('an attempt that hangs is told once that the server answers', async (t) => {
  let asked = 0
  const port = await listeningPort(t, () => {
    asked += 1
  })
  const server = { host: '127.0.0.1', port }
  const { outage, state } = startOutage(t, { probeMs: 5, patienceMs: 60 })
  outage.watch(server)
  await aWaitOf(t, 120)
  t.is(asked, 0, 'the first attempt is no outage')
  outage.wait(60_000, undefined)
  outage.watch(server)
  await aWaitOf(t, 20)
  t.is(asked, 0)
  await waitFor(() => state.answered === 1, { what: 'the answer' })
  await aWaitOf(t, 40)
  t.deepEqual({ asked, ...state }, { asked: 1, over: 0, answered: 1 })
  outage.watch(server)
  outage.pause()
  await aWaitOf(t, 100)
  t.is(asked, 1)
})

test('a name that does not resolve is no answer', async (t) => {
  const never = new AbortController().signal
  t.false(await answers({ host: 'nowhere.invalid', port: 1935 }, never))
  t.false(await answers({ host: '127.0.0.1', port: await refusingPort(t) }, never))
  t.true(await answers({ host: '127.0.0.1', port: await listeningPort(t) }, never))
  t.false(await answers({ host: '127.0.0.1', port: await listeningPort(t) }, AbortSignal.abort()))
})
