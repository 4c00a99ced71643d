/** A server that is gone or can't be found, and comes back: the attempts, their codes, and the stream afterwards. */
import test from 'ava'
import type { BoxState } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { holds } from '../../support/holds.js'
import { decodeFrames } from '../../support/judge.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { startNginxRtmp } from '../../support/rtmp/nginx.js'
import { faultsOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { causesOf, connectionCodes, pushingTo } from './faulty-server.js'

const few = aFewAtOnce(3)

test(
  'refused: 3002, 1102, once -1307; the stream is there within a second of the server',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    await ingest.stop()
    const box = await pushingTo(t, ingest.url())
    await box.code(-1307)
    t.deepEqual(connectionCodes(box), [3002, 1102, 3002, -1307])
    t.like(causesOf(box, 3002)[0], { kind: 'refused', during: 'connecting' })
    t.like(causesOf(box, 1102)[0], { kind: 'refused', attempt: 1, of: 1 })
    t.like(causesOf(box, -1307)[0], { kind: 'refused', attempts: 1 })
    t.is((await box.reaches('failed')).code, -1307)
    const states = box.messages<BoxState>('state').map(({ state, attempt }) => `${state} ${attempt}`)
    t.deepEqual([...new Set(states)].slice(-3), ['connecting 0', 'reconnecting 1', 'failed 2'])

    const listeningAt = Date.now()
    await ingest.restart()
    const began = await box.code(1002)
    t.true(began.time - listeningAt < 1_500, `${began.time - listeningAt} ms`)
    t.deepEqual(connectionCodes(box), [3002, 1102, 3002, -1307, 1001, 1002])
    t.is((await box.reaches('pushing')).attempt, 0)
    const session = await ingest.session(1, { messages: 50 })
    t.deepEqual(faultsOf(session), [])
  }),
)

test(
  'a name that does not resolve: 3001',
  few(async (t) => {
    const box = await pushingTo(t, 'rtmp://no-such-host.invalid/live/camera')
    const failed = await box.code(3001)
    t.is(failed.cause?.kind, 'dns')
    await box.code(1102)
    t.deepEqual(connectionCodes(box), [3001, 1102])
  }),
)

test(
  'nginx killed and started again while pushing: the stream is back within two seconds, keyframe first',
  few(async (t) => {
    const nginx = await startNginxRtmp(t)
    const box = await pushingTo(t, nginx.url())
    await box.code(1002)
    await nginx.kill()
    t.like((await box.code(3004)).cause, { during: 'published' })
    await box.code(1102)
    await nginx.restart()
    const listeningAt = Date.now()
    const began = await box.code(1002, { nth: 2 })
    t.true(began.time - listeningAt < 2_000, `${began.time - listeningAt} ms`)
    t.is((await box.reaches('pushing')).session, 2)
    await waitFor(async () => ((await nginx.stat())[0]?.bytesIn ?? 0) > 200_000, {
      what: 'some of the stream',
    })
    await box.request('stop')
    const file = (await nginx.recordings()).at(-1)
    t.like(await decodeFrames(file!, { frames: 10 }), { width: 360, height: 640, errors: [], isMoving: true })
  }),
)

test(
  'stop during an outage ends the attempts at once',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    await ingest.stop()
    const box = await pushingTo(t, ingest.url())
    await box.code(1102)
    t.true((await box.request('stop')).ok)
    await ingest.restart()
    // a probe would come within half a second
    await holds(() => ingest.connections().accepted === 0, { what: 'no connection', forMs: 1_500 })
    t.deepEqual(connectionCodes(box), [3002, 1102])
    t.like(box.state(), { state: 'idle', attempt: 0 })

    t.true((await box.request('start')).ok)
    await box.code(1002)
    t.deepEqual(connectionCodes(box), [3002, 1102, 1001, 1002])
  }),
)

test(
  'keep-trying false: nothing more after -1307; a new start begins anew',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    await ingest.stop()
    const box = await pushingTo(t, ingest.url(), { 'keep-trying': false })
    await box.code(-1307)
    await ingest.restart()
    await holds(() => ingest.connections().accepted === 0, { what: 'no connection', forMs: 1_500 })
    t.is(box.state()?.state, 'failed')
    await ingest.stop()

    t.true((await box.request('start')).ok)
    await box.code(1102, { nth: 2 })
    t.like(box.state(), { state: 'reconnecting', attempt: 1 })
    t.deepEqual(connectionCodes(box), [3002, 1102, 3002, -1307, 3002, 1102])
    await ingest.restart()
    await box.code(1002)
    t.is((await box.reaches('pushing')).attempt, 0)
  }),
)
