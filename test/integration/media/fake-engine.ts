/** A {@link MediaSupervisor} with a small program in place of the media process. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaSupervisor, type SupervisorOptions } from '../../../firmware/media/supervisor.js'
import type { Cause } from '../../../firmware/pusher/events.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

/** What such a program is made of. It never outlives the process that started it. */
const words = `
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
const say = (message) => process.send(message)
const hello = () => say({ type: 'hello', elements: ['x264enc', 'avenc_aac'], previewSocket: '' })
const beat = () => setInterval(() => say({ type: 'beat', counters: {} }), 20)
const on = (type, act) => process.on('message', (message) => message.type === type && act(message))
/** blocks the event loop for good, at no cost */
const hang = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
/** how often this program was started, this time included */
const starts = () => {
  appendFileSync(new URL('starts', import.meta.url), '.')
  return readFileSync(new URL('starts', import.meta.url)).length
}
const obedient = () => on('shutdown', () => process.exit(0))
process.on('disconnect', () => process.exit(0))
`

/** A program that does what a media process should. */
export const healthy = 'hello(); beat(); obedient()'

type Event = { readonly event: 'up' } | { readonly event: 'down' | 'failed'; readonly cause: Cause }

export interface Supervised {
  readonly supervisor: MediaSupervisor
  readonly events: Event[]
  readonly messages: { readonly type: string }[]
  readonly lines: string[]
  readonly folder: string
  /** Waits for so many of an event. */
  heard(event: Event['event'], count?: number): Promise<Event[]>
}

/** Starts the program under supervision, unless `start` is false; it ends with the test. */
export const supervise = async (
  t: Teardown,
  program: string,
  {
    start = true,
    heartbeatTimeoutMs = 5_000,
    times = {},
  }: Partial<Pick<SupervisorOptions, 'heartbeatTimeoutMs' | 'times'>> & { readonly start?: boolean } = {},
): Promise<Supervised> => {
  const folder = await tempDir(t)
  const file = join(folder, 'engine.mjs')
  await writeFile(file, `${words}\n${program}\n`)
  const lines: string[] = []
  const events: Event[] = []
  const messages: { readonly type: string }[] = []
  const supervisor = new MediaSupervisor({
    runtimeDir: folder,
    heartbeatTimeoutMs,
    onLine: (line) => lines.push(line),
    program: file,
    times: { checkMs: 20, ...times },
  })
  supervisor.on('up', () => events.push({ event: 'up' }))
  supervisor.on('down', (cause) => events.push({ event: 'down', cause }))
  supervisor.on('failed', (cause) => events.push({ event: 'failed', cause }))
  supervisor.on('message', (message) => messages.push(message))
  t.teardown(() => supervisor.stop())
  if (start) supervisor.start()
  return {
    supervisor,
    events,
    messages,
    lines,
    folder,
    heard: (event, count = 1) =>
      waitFor(
        () => {
          const found = events.filter((each) => each.event === event)
          return found.length >= count && found
        },
        { what: `${event} (${count})`, timeoutMs: 20_000 },
      ),
  }
}
