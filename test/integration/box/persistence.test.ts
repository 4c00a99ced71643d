import test from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { type BoxOptions, startBox } from '../../support/box.js'
import { holds } from '../../support/holds.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { isRunning } from './processes.js'

const few = aFewAtOnce(2)

test(
  'a box that is killed while it pushes leaves nothing running, and pushes again by itself after the next start',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const box = await startBox(t)
    t.true((await box.set({ url: ingest.url('garden'), fps: 20 })).ok)
    t.true((await box.request('start')).ok)
    await box.reaches('pushing')
    const pid = await box.mediaPid()
    const sinceMs = performance.now()
    box.process.kill('SIGKILL')
    await waitFor(async () => !(await isRunning(pid)), {
      what: 'the media process to end',
      timeoutMs: 2_000,
    })
    t.log(`the media process had ended after ${Math.round(performance.now() - sinceMs)} ms`)
    await waitFor(() => ingest.sessions[0]?.ended, { what: 'the end of the session' })

    const again = await startBox(t, { stateDir: box.stateDir })
    await again.reaches('pushing')
    const next = await ingest.session(2, { messages: 50 })
    t.is(next.stream, 'garden')
    t.deepEqual(faultsOf(next), [])
    t.like(next.messages[0], { values: [{ framerate: 20 }] })
  }),
)

test(
  'a box that is ended with Ctrl-C while it pushes pushes again after the next start',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const options: BoxOptions = { config: { attributes: { url: ingest.url() } } }
    const box = await startBox(t, options)
    t.true((await box.request('start')).ok)
    await box.reaches('pushing')
    t.is((await box.stop()).code, 0)
    await waitFor(() => ingest.sessions[0]?.ended, { what: 'the end of the session' })

    const again = await startBox(t, { ...options, stateDir: box.stateDir })
    await again.reaches('pushing')
    t.deepEqual(faultsOf(await ingest.session(2, { messages: 30 })), [])
  }),
)

test(
  'after a stop command the next start stays idle, also when the box was killed',
  few(async (t) => {
    const ingest = await startRtmpIngest(t)
    const options: BoxOptions = { config: { attributes: { url: ingest.url() } } }
    const box = await startBox(t, options)
    t.true((await box.request('start')).ok)
    await box.reaches('pushing')
    t.true((await box.request('stop')).ok)
    await box.reaches('idle')
    box.process.kill('SIGKILL')

    const again = await startBox(t, { ...options, stateDir: box.stateDir })
    await again.mediaPid()
    await holds(() => again.state()?.state === 'idle' && ingest.sessions.length === 1, {
      what: 'the box stays idle',
      forMs: 1_500,
    })
    t.is(ingest.connections().accepted, 1)
    t.deepEqual(again.codes(), [])
    t.true((await again.request('start')).ok, 'until somebody starts it')
    await ingest.session(2, { messages: 10 })
  }),
)
