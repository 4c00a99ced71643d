/** What a server can do to a box that pushes: the code with its cause, what goes on, and what is as before afterwards. */
import test from 'ava'
import type { NetStatus } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { holds } from '../../support/holds.js'
import { startFfmpegPublisher } from '../../support/publisher.js'
import {
  startClosing,
  startGarbage,
  startNotReading,
  startRejectingPublish,
  startResetting,
  startSilent,
  startSlow,
  startWrongTls,
} from '../../support/rtmp/broken-servers.js'
import { startNginxRtmp } from '../../support/rtmp/nginx.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { causesOf, connectionCodes, msBetween, pushingTo } from './faulty-server.js'
import { kbpsOf, receivedUntil } from './pushing.js'

const few = aFewAtOnce(3)

test(
  'silent: 3003 at the deadline, the next attempt after the whole interval',
  few(async (t) => {
    const server = await startSilent(t)
    const box = await pushingTo(t, server.url())
    const connected = await box.code(1001)
    const failed = await box.code(3003)
    t.true(msBetween(connected, failed) < 6_500, `${msBetween(connected, failed)} ms`)
    t.like(failed.cause, { during: 'connected' })
    t.regex(failed.cause?.kind ?? '', /^(handshake-timeout|timeout)$/)
    const again = await box.code(1001, { nth: 2 })
    t.true(msBetween(failed, again) > 2_900, `${msBetween(failed, again)} ms`)
    t.deepEqual(connectionCodes(box), [1001, 3003, 1102, 1001])
    t.is(server.connections(), 2)
    t.like(box.state(), { state: 'reconnecting', attempt: 1 })
    t.true((await box.request('snapshot')).ok, 'the camera runs on')
  }),
)

test(
  'garbage at the handshake: 3003 at the deadline',
  few(async (t) => {
    const server = await startGarbage(t)
    const box = await pushingTo(t, server.url())
    const connected = await box.code(1001)
    const failed = await box.code(3003)
    t.true(msBetween(connected, failed) < 6_500, `${msBetween(connected, failed)} ms`)
    t.like(failed.cause, { during: 'connected' })
    await box.code(1102)
    t.deepEqual(connectionCodes(box), [1001, 3003, 1102])
    t.is(server.connections(), 1)
  }),
)

test(
  'rejects publish: 3004 with the reason, and the server is not hammered',
  few(async (t) => {
    const server = await startRejectingPublish(t)
    const box = await pushingTo(t, server.url())
    const lost = await box.code(-1307)
    t.deepEqual(connectionCodes(box), [1001, 3004, 1102, 1001, 3004, -1307])
    for (const cause of [...causesOf(box, 3004), ...causesOf(box, -1307)]) t.is(cause?.kind, 'rejected')
    t.true(msBetween(await box.code(1102), lost) > 2_900)
    // the next attempt is due after twice the interval
    await holds(() => server.connections().accepted === 2, { what: 'two connections', forMs: 2_000 })
    t.is(server.refusals.length, 2)
    t.deepEqual(server.protocolErrors, [])
  }),
)

test(
  'nginx refuses the stream, then lets it in: 3004, and back by itself',
  few(async (t) => {
    const nginx = await startNginxRtmp(t)
    nginx.allowPublish(false)
    const box = await pushingTo(t, nginx.url(), { reconnect: { attempts: 2, 'interval-s': 3 } })
    await box.code(1102)
    t.deepEqual(connectionCodes(box), [1001, 3004, 1102])
    nginx.allowPublish(true)
    await box.code(1002)
    t.deepEqual(connectionCodes(box), [1001, 3004, 1102, 1001, 1002])
    t.deepEqual(
      nginx.publishes.map(({ isAllowed }) => isAllowed),
      [false, true],
    )
  }),
)

test(
  'an address that another publisher uses: 3004, and the stream once that has gone',
  few(async (t) => {
    const nginx = await startNginxRtmp(t)
    const other = startFfmpegPublisher(t, nginx.url())
    await waitFor(async () => (await nginx.stat())[0]?.isPublishing, { what: 'the other to publish' })
    const box = await pushingTo(t, nginx.url(), { reconnect: { attempts: 3, 'interval-s': 3 } })
    t.like((await box.code(3004)).cause, { kind: 'rejected' })
    await other.stop()
    await box.code(1002)
    t.is((await box.reaches('pushing')).session, 1)
  }),
)

for (const [title, start, kind] of [
  ['closes', startClosing, 'closed'],
  ['resets', startResetting, 'reset'],
] as const)
  test(
    `${title} after a while: 3004, and a new session with all that belongs to its start`,
    few(async (t) => {
      const server = await start(t, 100_000)
      const box = await pushingTo(t, server.url())
      const failed = await box.code(3004)
      t.like(failed.cause, { kind, during: 'published' })
      const session = await server.session(2, { messages: 40 })
      t.deepEqual(connectionCodes(box).slice(0, 5), [1001, 1002, 3004, 1102, 1001])
      t.like(causesOf(box, 1102)[0], { kind, attempt: 1, of: 1 })
      t.deepEqual(faultsOf(session), [])
      t.true(msBetween(failed, await box.code(1002, { nth: 2 })) < 1_500)
      t.is(box.codes().filter(({ code }) => code === 1003).length, 1, 'the camera was not opened again')
    }),
  )

test(
  'stops reading: 3005 within twelve seconds, and a new session',
  few(async (t) => {
    const server = await startNotReading(t, 100_000)
    const box = await pushingTo(t, server.url())
    const session = await server.session(1)
    await waitFor(() => session.bytes >= 100_000, { what: 'the server to stop reading' })
    const stoppedAt = Date.now()
    const failed = await box.code(3005, { timeoutMs: 12_000 })
    t.true(failed.time - stoppedAt < 12_000)
    t.like(failed.cause, { during: 'published' })
    t.regex(failed.cause?.kind ?? '', /^(stalled|timeout)$/)
    t.deepEqual(faultsOf(await server.session(2, { messages: 40 })), [])
    t.deepEqual(connectionCodes(box), [1001, 1002, 3005, 1102, 1001, 1002])
  }),
)

test(
  'slow: the rate goes down to what is read, sound stays whole, the queue stays short',
  few(async (t) => {
    const server = await startSlow(t, 1_500)
    const box = await pushingTo(t, server.url(), {
      attributes: { url: server.url(), 'max-bitrate': 3_000 },
    })
    const session = await server.session(1, { messages: 10 })
    const start = session.startedMs
    await receivedUntil(session, start + 8_000)
    t.deepEqual(connectionCodes(box), [1001, 1002])
    t.is((await box.code(1006)).cause?.kind, 'uplink-slow')
    t.is(session.ended, undefined)
    t.deepEqual(faultsOf(session), [])
    const [audio, video] = [framesOf(session, 'audio'), framesOf(session, 'video')]
    t.true(longestGap(audio).timestampMs < 50, `sound: ${longestGap(audio).timestampMs} ms`)
    const [early, later] = [
      kbpsOf(session.messages.slice(0, 60), 'video'),
      kbpsOf(session.messages.slice(-120), 'video'),
    ]
    t.true(later < 1_500 && later < early, `${later} after ${early} kbit/s`)
    t.true(video.filter(({ keyframe }) => keyframe).length >= 6)
    // the receiver's own buffers hold about a second
    const late = Math.max(...audio.map(({ arrivedMs, timestamp }) => arrivedMs - start - timestamp))
    t.true(late < 2_000, `sound is ${Math.round(late)} ms late at most`)
    const waiting = box.messages<{ info: NetStatus }>('event/netstatus').map(({ info }) => info.videoCache)
    t.true(waiting.length >= 3 && Math.max(...waiting) <= 10, `${waiting} pictures wait`)

    server.setReadKbps(undefined)
    const freeAt = performance.now()
    await receivedUntil(session, freeAt + 2_500)
    const after = framesOf(session, 'video').filter(({ arrivedMs }) => arrivedMs > freeAt + 1_500)
    t.true(longestGap(after).timestampMs < 100, 'every picture again')
    t.is(server.sessions.length, 1)
  }),
)

test(
  'a certificate that nobody signed: 3003 with the cause tls, never 1001',
  few(async (t) => {
    const server = await startWrongTls(t)
    const box = await pushingTo(t, server.url())
    const failed = await box.code(3003)
    t.is(failed.cause?.kind, 'tls')
    await box.code(1102)
    t.deepEqual(connectionCodes(box), [3003, 1102])
    t.is(server.sessions.length, 0)
  }),
)

test(
  'rtmps to a server that never answers: 3003 with the cause tls, never 1001',
  few(async (t) => {
    const server = await startSilent(t)
    const box = await pushingTo(t, server.url().replace('rtmp:', 'rtmps:'))
    const failed = await box.code(3003)
    t.is(failed.cause?.kind, 'tls')
    t.deepEqual(connectionCodes(box).slice(0, 1), [3003])
  }),
)
