import test from 'ava'
import { startBox } from '../../support/box.js'
import { decodeFrames } from '../../support/judge.js'
import { writeFlv } from '../../support/rtmp/flv-file.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { seiMessages } from '../../support/sei.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

const pushing = async (t: Parameters<typeof startBox>[0]) => {
  const ingest = await startRtmpIngest(t)
  const box = await startBox(t, { config: { attributes: { url: ingest.url(), autopush: true } } })
  await box.code(1002)
  const received = (): string[] =>
    (ingest.sessions[0]?.messages ?? [])
      .filter((message) => message.kind === 'video' && message.role === 'frame')
      .flatMap(({ payload }) => seiMessages(payload))
      .filter(({ identifier }) => identifier === 'live-pusher-msg1')
      .map(({ text }) => text)
  return { ingest, box, received }
}

test('a message arrives at the server inside the video, and the video decodes', async (t) => {
  const { ingest, box, received } = await pushing(t)
  const texts = ['goal!', '进球了', 'x'.repeat(1024)]
  for (const msg of texts) t.true((await box.request('sendMessage', { msg })).ok)
  await waitFor(() => received().length === texts.length, { what: 'the messages at the server' })
  t.deepEqual(received(), texts)
  const file = `${await tempDir(t)}/messages.flv`
  await writeFlv(file, ingest.sessions[0]!.messages)
  const { frames, errors } = await decodeFrames(file)
  t.true(frames.length > 0)
  t.deepEqual(errors, [])
})

test('refuses a message that is empty, too long, too many, or while nothing is pushed', async (t) => {
  const { box } = await pushing(t)
  for (const msg of ['', 'x'.repeat(1025), '长'.repeat(342), 7]) {
    const reply = await box.request('sendMessage', { msg })
    t.is(reply.errCode, -2)
    t.is(reply.problems?.[0]?.path, 'msg')
  }
  const replies = await Promise.all(
    Array.from({ length: 31 }, () => box.request('sendMessage', { msg: 'm' })),
  )
  t.is(replies.filter(({ ok }) => ok).length, 30)
  t.is(replies.find(({ ok }) => !ok)?.errCode, -6)
  await box.request('stop')
  t.is((await box.request('sendMessage', { msg: 'late' })).errCode, -1)
})
