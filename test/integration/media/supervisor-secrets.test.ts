import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import type { FromEngine } from '../../../firmware/media/protocol.js'
import { MediaSupervisor } from '../../../firmware/media/supervisor.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

/** Says what it was told to push to, as GStreamer's log and some servers' refusals do. */
const talkativeEngine = `
process.send({ type: 'hello', elements: [], previewSocket: '' })
process.on('message', (message) => {
  if (message.type === 'shutdown') process.exit()
  const { url } = message.destination
  console.log('location is ' + url)
  console.error('publish for ' + url.split('/live/')[1] + ' on stream 1')
  process.send({
    type: 'output',
    connection: message.connection,
    event: 'lost',
    cause: { kind: 'rejected', detail: url.split('/live/')[1].split('?')[0] + ' is already published' },
  })
})
`

test('neither lines nor causes of the media process carry a stream name or its signature', async (t) => {
  const runtimeDir = await tempDir(t)
  const program = join(runtimeDir, 'engine.mjs')
  await writeFile(program, talkativeEngine)
  const lines: string[] = []
  const causes: (FromEngine & { type: 'output' })['cause'][] = []
  const media = new MediaSupervisor({
    runtimeDir,
    heartbeatTimeoutMs: 30_000,
    onLine: (line) => lines.push(line),
    program,
  })
  media.on('message', (message) => {
    if (message.type === 'output') causes.push(message.cause)
  })
  media.start()
  t.teardown(() => media.stop())
  await waitFor(() => media.up, { what: 'the engine' })
  for (const stream of ['quince?txSecret=medlar', 'garden']) {
    media.send({
      type: 'connect',
      connection: 1,
      destination: { url: `rtmp://127.0.0.1/live/${stream}`, host: '127.0.0.1', port: 1935, tls: false },
      limits: { connectMs: 1, publishMs: 1, stallMs: 1, queueMs: 1 },
    })
  }
  await waitFor(() => causes.length === 2 && lines.length === 4, { what: 'what it says' })
  t.deepEqual(causes, Array(2).fill({ kind: 'rejected', detail: '*** is already published' }))
  t.deepEqual(lines.toSorted(), [
    ...Array(2).fill('location is rtmp://127.0.0.1/live/***'),
    ...Array(2).fill('publish for *** on stream 1'),
  ])
})
