import test from 'ava'
import { decodeFrames, probe, toneFrequency } from '../../support/judge.js'
import { accepts } from '../../support/ports.js'
import { startFfmpegPublisher } from '../../support/publisher.js'
import { readFlv } from '../../support/rtmp/flv-file.js'
import { startNginxRtmp } from '../../support/rtmp/nginx.js'
import { framesOf } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'

const publishing = (server: Awaited<ReturnType<typeof startNginxRtmp>>, stream = 'camera') =>
  waitFor(
    async () => (await server.stat()).find(({ name, isPublishing }) => name === stream && isPublishing),
    {
      what: `nginx to have ${stream}`,
    },
  )

test('what is published can be played and is recorded', async (t) => {
  const server = await startNginxRtmp(t)
  const publisher = startFfmpegPublisher(t, server.url('garden'), { seconds: 5, toneHz: 600 })
  await publishing(server, 'garden')
  const [described, picture, tone] = await Promise.all([
    probe(server.url('garden')),
    decodeFrames(server.url('garden'), { frames: 10 }),
    toneFrequency(server.url('garden'), 1),
  ])
  t.like(described, {
    video: { codec: 'h264', width: 320, height: 180 },
    audio: { codec: 'aac', rate: 44_100 },
  })
  t.like(picture, { isMoving: true, errors: [] })
  t.true(Math.abs(tone.frequencyHz - 600) < 2, `${tone.frequencyHz} Hz`)

  t.is((await publisher.ended).code, 0)
  const files = await server.recordings()
  t.is(files.length, 1)
  t.is(framesOf({ messages: await readFlv(files[0]!) }, 'video').length, 75)
  t.like(server.publishes, [{ stream: 'garden', isAllowed: true }])
})

test('a publisher is refused, and let in when allowed again', async (t) => {
  const server = await startNginxRtmp(t)
  server.allowPublish(false)
  t.not((await startFfmpegPublisher(t, server.url()).ended).code, 0)
  server.allowPublish(true)
  startFfmpegPublisher(t, server.url())
  await publishing(server)
  t.like(server.publishes, [{ isAllowed: false }, { isAllowed: true }])
})

test('a dropped publisher loses its connection', async (t) => {
  const server = await startNginxRtmp(t)
  t.false(await server.dropPublisher())
  const publisher = startFfmpegPublisher(t, server.url())
  await waitFor(async () => (await publishing(server)).bytesIn > 0, { what: 'bytes' })
  t.true(await server.dropPublisher())
  t.not((await publisher.ended).code, 0)
})

test('killed and restarted, it serves the same port again', async (t) => {
  const server = await startNginxRtmp(t)
  const publisher = startFfmpegPublisher(t, server.url())
  await publishing(server)
  await server.kill()
  t.false(await accepts(server.port))
  t.not((await publisher.ended).code, 0)
  await server.restart()
  startFfmpegPublisher(t, server.url())
  await publishing(server)
  await server.stop()
  t.false(await accepts(server.port))
  t.is((await server.recordings()).length, 2)
})
