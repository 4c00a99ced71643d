import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import type { RunningBox } from '../../support/box.js'
import { decodeFrames } from '../../support/judge.js'
import { faultsOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { isRunning, treeOf } from './processes.js'
import { fileOf, nextOf, type Pushing, startPushing } from './pushing.js'

const few = aFewAtOnce(2)

/** Kills the media process and waits for the one that takes its place. */
const killMedia = async (box: RunningBox, signal: NodeJS.Signals): Promise<number> => {
  const pid = await box.mediaPid()
  process.kill(pid, signal)
  await waitFor(async () => !(await isRunning(pid)), { what: `process ${pid} to end`, timeoutMs: 5_000 })
  return waitFor(
    async () => {
      const next = await box.mediaPid()
      return next === pid ? undefined : next
    },
    { what: 'the next media process' },
  )
}

/** The codes of the outage are told in their order, with that cause; the same stream is at the server again. */
const isBack = async (
  t: ExecutionContext,
  { box, ingest, session }: Pushing,
  cause: Readonly<Record<string, unknown>>,
  sinceMs: number,
): Promise<void> => {
  const next = await ingest.session(2, { messages: 10 })
  const backMs = next.messages[9]!.arrivedMs - sinceMs
  t.log(`media at the server again after ${Math.round(backMs)} ms`)
  t.true(backMs < 5_000, `${backMs} ms`)
  t.is(next.stream, session.stream)
  await waitFor(() => session.ended, { what: 'the end of the first session' })

  await box.code(1002, { nth: 2 })
  await box.reaches('pushing')
  await Promise.all([1003, 1007, 1008].map((code) => box.code(code, { nth: 2 })))
  const codes = box.codes()
  const outage = codes.slice(codes.findIndex(({ code }) => code === 1102))
  const order = outage.map(({ code }) => code)
  t.deepEqual(order.toSorted(), [1001, 1002, 1003, 1007, 1008, 1102])
  t.is(order[0], 1102)
  t.true(order.indexOf(1001) < order.indexOf(1002), `${order}`)
  t.like(outage[0], { level: 'warning', cause })
  const seqs = codes.map(({ seq }) => seq)
  t.deepEqual(
    seqs,
    seqs.map((_, at) => seqs[0]! + at),
    'no event is lost',
  )
  const states = box.messages<{ state: string }>('state').map(({ state }) => state)
  t.true(states.includes('reconnecting'))

  const part = await nextOf(next, 1_500)
  t.deepEqual(faultsOf(next), [])
  t.like(await decodeFrames(await fileOf(t, next, part)), { isMoving: true, width: 360, errors: [] })
  t.is(box.state()?.session, 2)
}

for (const [signal, cause] of [
  ['SIGKILL', { kind: 'media-died', signal: 'SIGKILL' }],
  ['SIGSEGV', { kind: 'media-died', signal: 'SIGSEGV' }],
  ['SIGSTOP', { kind: 'media-hung' }],
] as const) {
  test(
    `the media process gets ${signal}: 1102 with the cause, and the same stream is back within five seconds`,
    few(async (t) => {
      const pushing = await startPushing(t)
      await pushing.box.code(1008)
      const pid = await pushing.box.mediaPid()
      const sinceMs = performance.now()
      process.kill(pid, signal)
      const { time } = await pushing.box.code(1102)
      t.log(`found after ${Math.round(performance.now() - sinceMs)} ms`)
      t.true(Date.now() - time < 3_000)
      t.true(performance.now() - sinceMs < 3_000, 'found within three seconds')
      await isBack(t, pushing, cause, sinceMs)
      t.false(await isRunning(pid))
    }),
  )
}

test(
  'what was set, paused or muted before a crash is so after it',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, ingest } = pushing
    t.true((await box.set({ muted: true, orientation: 'horizontal' })).ok)
    t.true((await box.request('switchCamera')).ok)
    t.true((await box.request('pause')).ok)
    await box.reaches('paused')
    await killMedia(box, 'SIGKILL')
    const next = await ingest.session(2, { messages: 30 })
    await box.reaches('paused')
    const slate = await decodeFrames(await fileOf(t, next, await nextOf(next, 2_500)))
    t.like(slate, { width: 640, height: 360, isMoving: false })
    const opened = box.codes().filter(({ code }) => code === 1007).length
    t.true((await box.request('resume')).ok)
    await box.code(1007, { nth: opened + 1 })
    t.true((await decodeFrames(await fileOf(t, next, await nextOf(next, 1_500)))).isMoving)
    t.like(box.state(), { state: 'pushing', camera: 'back', muted: true })
  }),
)

test(
  'five crashes in a minute: failed with -1303 and the count, commands are answered, and it comes back later',
  few(async (t) => {
    const pushing = await startPushing(t)
    const { box, ingest } = pushing
    for (let crash = 1; crash <= 4; crash++) await killMedia(box, 'SIGKILL')
    process.kill(await box.mediaPid(), 'SIGKILL')
    const failed = await box.code(-1303)
    t.like(failed, { name: 'PUSH_ERR_VIDEO_ENCODE_FAIL', level: 'error' })
    t.like(failed.cause, { kind: 'media-died', signal: 'SIGKILL', crashes: 5 })
    t.is(typeof failed.cause?.retryInMs, 'number')
    await box.reaches('failed')
    const snapshot = await box.request('snapshot')
    t.like(snapshot, { ok: false, errCode: -9 })
    const health = await fetch(`${box.httpUrl}/healthz`)
    t.is(health.status, 503)
    t.regex(await health.text(), /media process is not up/)

    const sessions = ingest.sessions.length
    await box.reaches('pushing', (failed.cause?.retryInMs as number) + 5_000)
    const next = await ingest.session(sessions + 1, { messages: 50 })
    t.deepEqual(faultsOf(next), [])
    t.true((await box.request('snapshot')).ok)
  }),
)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(
    `${signal} while pushing ends everything within two seconds`,
    few(async (t) => {
      const { box, session } = await startPushing(t)
      const pids = (await treeOf(box.process.pid!)).map(({ pid }) => pid)
      t.true(pids.length >= 2)
      const sinceMs = performance.now()
      if (signal === 'SIGINT') t.is((await box.stop()).code, 0)
      else box.process.kill(signal)
      await waitFor(async () => !(await Promise.all(pids.map(isRunning))).some(Boolean), {
        what: 'every process to end',
        timeoutMs: 2_000,
      })
      t.log(`everything had ended after ${Math.round(performance.now() - sinceMs)} ms`)
      t.true(performance.now() - sinceMs < 2_000)
      await waitFor(() => session.ended, { what: 'the end of the session' })
      t.is(box.process.exitCode, 0)
      await waitFor(() => box.received.findLast(({ topic }) => topic === 'availability'), {
        what: 'the availability',
      })
    }),
  )
}
