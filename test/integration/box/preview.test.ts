import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { startBox } from '../../support/box.js'
import { decodeFrames, probe, toneFrequency } from '../../support/judge.js'
import { readFlv } from '../../support/rtmp/flv-file.js'
import { limitReceiveBuffer } from '../../support/rtmp/receive-buffer.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'
import { nextOf, startPushing } from './pushing.js'

const few = aFewAtOnce(2)

interface Viewer {
  readonly response: IncomingMessage
  readonly parts: readonly Buffer[]
  bytes(): number
}

/** Somebody who watches and keeps all that comes. */
const watch = async (t: Teardown, httpUrl: string): Promise<Viewer> => {
  const request = get(`${httpUrl}/preview.flv`)
  t.teardown(() => request.destroy())
  request.on('error', () => undefined)
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  const [response] = await withDeadline(answered, { what: 'the preview' })
  const parts: Buffer[] = []
  response.on('data', (part: Buffer) => parts.push(part))
  response.on('error', () => undefined)
  return { response, parts, bytes: () => parts.reduce((sum, { length }) => sum + length, 0) }
}

const fileOfViewer = async (t: Teardown, { parts }: Viewer): Promise<string> => {
  const file = join(await tempDir(t), 'preview.flv')
  await writeFile(file, Buffer.concat(parts))
  return file
}

test(
  'the preview is the pushed picture and sound, for each of two viewers from its own beginning',
  few(async (t) => {
    const { box, session, ingest } = await startPushing(t)
    const url = `${box.httpUrl}/preview.flv`
    const first = await watch(t, box.httpUrl)
    t.is(first.response.statusCode, 200)
    t.is(first.response.headers['content-type'], 'video/x-flv')
    const found = await probe(url)
    t.like(found.video, { codec: 'h264', width: 360, height: 640 })
    t.like(found.audio, { codec: 'aac', rate: 48_000 })
    const second = await watch(t, box.httpUrl)
    await nextOf(session, 2_000)

    for (const viewer of [first, second]) {
      const file = await fileOfViewer(t, viewer)
      const messages = await readFlv(file)
      t.deepEqual(faultsOf({ messages }), [])
      t.is(messages.filter(({ kind }) => kind === 'data').length, 1)
      t.true(longestGap(framesOf({ messages }, 'video')).timestampMs <= 67)
      t.like(await decodeFrames(file), { isMoving: true, errors: [] })
      t.true(Math.abs((await toneFrequency(file)).frequencyHz - 440) < 3)
    }
    const before = first.bytes()
    second.response.destroy()
    await waitFor(() => first.bytes() > before + 20_000, { what: 'more for the viewer who stays' })
    t.deepEqual(faultsOf(session), [])
    t.true(longestGap(framesOf(session, 'video')).timestampMs <= 67)
    t.is(ingest.sessions.length, 1, 'the same encode')
  }),
)

/** Viewers that the media process serves: connections of its socket, which itself is one more line there. */
const viewersServed = async (socketPath: string): Promise<number> =>
  (await readFile('/proc/net/unix', 'utf8')).split('\n').filter((line) => line.endsWith(` ${socketPath}`))
    .length - 1

test(
  'a viewer who does not read is dropped; the push and the other viewer have no gap',
  few(async (t) => {
    // a rate at which ten seconds of picture are there soon
    const { box, session } = await startPushing(t, {
      attributes: { 'max-bitrate': 20_000, 'video-width': 960, 'video-height': 540, fps: 30 },
    })
    const served = (): Promise<number> => viewersServed(join(box.stateDir, '../run/preview.sock'))
    const watching = await watch(t, box.httpUrl)
    const { hostname, port } = new URL(box.httpUrl)
    const stalled = connect(Number(port), hostname)
    t.teardown(() => stalled.destroy())
    await withDeadline(once(stalled, 'connect'), { what: 'the connection' })
    limitReceiveBuffer(stalled, 65_536)
    stalled.write(`GET /preview.flv HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
    await waitFor(async () => (await served()) === 2, { what: 'two viewers' })
    const startMs = performance.now()
    await waitFor(async () => (await served()) === 1, { what: 'one to be dropped', timeoutMs: 12_000 })
    t.log(`dropped after ${Math.round(performance.now() - startMs)} ms`)
    const before = watching.bytes()
    await waitFor(() => watching.bytes() > before + 100_000, { what: 'more for the viewer who reads' })

    t.deepEqual(faultsOf(session), [])
    for (const messages of [session.messages, await readFlv(await fileOfViewer(t, watching))])
      t.true(longestGap(framesOf({ messages }, 'video')).timestampMs <= 34)
    t.is(box.state()?.session, 1)
    t.deepEqual(
      box.codes().filter(({ level }) => level !== 'event'),
      [],
    )
    // what was on its way, and then the end
    let last = ''
    stalled.on('data', (part: Buffer) => {
      last = part.toString('latin1').slice(-5)
    })
    stalled.on('error', () => undefined)
    await waitFor(() => last === '0\r\n\r\n' || stalled.destroyed, {
      what: 'the end of the dropped preview',
    })
  }),
)

test(
  'without a picture the preview is refused with the reason; it ends with the push',
  few(async (t) => {
    const idle = await startBox(t)
    await idle.mediaPid()
    const refusal = await waitFor(
      async () => {
        const response = await fetch(`${idle.httpUrl}/preview.flv`, { signal: AbortSignal.timeout(5_000) })
        const { error } = (await response.json()) as { error: { kind: string; message: string } }
        return error.message.includes('being started') ? undefined : { status: response.status, error }
      },
      { what: 'the media process' },
    )
    t.deepEqual(refusal, {
      status: 503,
      error: { kind: 'no-preview', message: 'nothing is shown: start pushing or the preview first' },
    })

    const { box } = await startPushing(t)
    const viewer = await watch(t, box.httpUrl)
    await waitFor(() => viewer.bytes() > 50_000, { what: 'some picture' })
    t.true((await box.request('stop')).ok)
    await waitFor(() => viewer.response.readableEnded, { what: 'the end of the preview', timeoutMs: 3_000 })
    t.true(viewer.response.complete, 'a clean end')
    t.is((await fetch(`${box.httpUrl}/preview.flv`)).status, 503)
  }),
)
