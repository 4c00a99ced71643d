import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import test from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { startFfmpegPublisher } from '../../support/publisher.js'
import {
  startClosing,
  startGarbage,
  startNotReading,
  startRefusing,
  startRejectingPublish,
  startResetting,
  startSilent,
  startSlow,
  startWrongTls,
} from '../../support/rtmp/broken-servers.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

const few = aFewAtOnce(3)

const clientHello = Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)])

test(
  'refusing: ffmpeg gets no connection',
  few(async (t) => {
    const { code, stderr } = await startFfmpegPublisher(t, (await startRefusing(t)).url()).ended
    t.not(code, 0)
    t.regex(stderr, /Connection refused/)
  }),
)

test(
  'silent: accepts and answers nothing',
  few(async (t) => {
    const server = await startSilent(t)
    const publisher = startFfmpegPublisher(t, server.url())
    await waitFor(() => server.connections() === 1, { what: 'ffmpeg to connect' })
    const socket = connect(server.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(clientHello)
    await t.throwsAsync(withDeadline(once(socket, 'data'), { what: 'an answer', timeoutMs: 200 }))
    await t.throwsAsync(withDeadline(publisher.ended, { what: 'ffmpeg to give up', timeoutMs: 200 }))
  }),
)

test(
  'garbage: answers the handshake with what is none',
  few(async (t) => {
    const server = await startGarbage(t)
    const socket = connect(server.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(clientHello)
    const [answer] = (await withDeadline(once(socket, 'data'), { what: 'an answer' })) as [Buffer]
    t.false(answer.subarray(1, 100).equals(Buffer.alloc(99)))
    t.false(socket.readableEnded)
  }),
)

test(
  'rejecting: ffmpeg is refused at publish',
  few(async (t) => {
    const server = await startRejectingPublish(t)
    const { code, stderr } = await startFfmpegPublisher(t, server.url('garden')).ended
    t.not(code, 0)
    t.regex(stderr, /Publishing is refused/)
    t.is(server.sessions.length, 0)
    t.like(server.refusals[0], { app: 'live', stream: 'garden' })
  }),
)

test(
  'closing: the session ends after the bytes',
  few(async (t) => {
    const server = await startClosing(t, 20_000)
    t.not((await startFfmpegPublisher(t, server.url()).ended).code, 0)
    const { bytes } = server.sessions[0]!
    t.true(bytes >= 20_000 && bytes < 120_000, `${bytes} bytes`)
  }),
)

test(
  'resetting: ffmpeg sees a reset',
  few(async (t) => {
    const server = await startResetting(t, 20_000)
    const { code, stderr } = await startFfmpegPublisher(t, server.url()).ended
    t.not(code, 0)
    t.regex(stderr, /Connection reset|Broken pipe/)
  }),
)

test(
  'not reading: the connection stands and nothing more is read',
  few(async (t) => {
    const server = await startNotReading(t, 20_000)
    startFfmpegPublisher(t, server.url(), { videoKbps: 8_000, size: '1280x720' })
    const session = await server.session(1)
    await waitFor(() => session.bytes >= 20_000, { what: 'the first bytes' })
    const { bytes } = session
    await t.throwsAsync(waitFor(() => session.bytes > bytes, { what: 'more bytes', timeoutMs: 300 }))
    t.is(session.ended, undefined)
    t.is(server.connections().open, 1)
  }),
)

test(
  'slow: reads at its rate until told otherwise',
  few(async (t) => {
    const server = await startSlow(t, 1_600)
    startFfmpegPublisher(t, server.url(), { videoKbps: 8_000, fps: 30 })
    const session = await server.session(1, { messages: 5 })
    const [start, startBytes] = [performance.now(), session.bytes]
    await waitFor(() => session.bytes > startBytes + 400_000, { what: '400 kB' })
    const kbps = ((session.bytes - startBytes) * 8) / (performance.now() - start)
    t.true(kbps > 1_300 && kbps < 2_000, `${kbps} kbit/s`)
    server.setReadKbps(undefined)
    const fastStart = session.bytes
    await waitFor(() => session.bytes > fastStart + 1_000_000, { what: 'a megabyte', timeoutMs: 2_500 })
  }),
)

test(
  'wrong TLS: the certificate is one that nobody signed, behind it is a real server',
  few(async (t) => {
    const server = await startWrongTls(t)
    const checking = connectTls({ port: server.port, host: '127.0.0.1' })
    const [error] = (await withDeadline(once(checking, 'error'), { what: 'a refusal' })) as [
      NodeJS.ErrnoException,
    ]
    t.is(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    t.is(server.sessions.length, 0)
    // ffmpeg doesn't check certificates unless it is told to
    startFfmpegPublisher(t, server.url())
    t.is((await server.session(1, { messages: 5 })).ended, undefined)
  }),
)
