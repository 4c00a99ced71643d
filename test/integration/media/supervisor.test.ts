import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { MediaError } from '../../../firmware/media/supervisor.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'
import { healthy, supervise } from './fake-engine.js'

// One after the other: each starts processes, and some of them block or change this one.

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

test.serial('is up when the process says hello, and hands on what it says', async (t) => {
  const { supervisor, heard, messages } = await supervise(t, healthy, { start: false })
  t.false(supervisor.up)
  t.is(supervisor.pid, undefined)
  const up = once(supervisor, 'up')
  supervisor.start()
  supervisor.start()
  t.deepEqual(await withDeadline(up, { what: 'up' }), [['x264enc', 'avenc_aac']])
  t.true(supervisor.up)
  t.true((supervisor.pid ?? 0) > 0)
  await waitFor(() => messages.length >= 3, { what: 'heartbeats' })
  t.deepEqual(
    messages.slice(0, 2).map(({ type }) => type),
    ['hello', 'beat'],
  )
  t.true(supervisor.silentMs < 2_000)
  t.is((await heard('up')).length, 1)
})

test.serial('the process has what it needs in its environment', async (t) => {
  const print = ['UV_THREADPOOL_SIZE', 'LC_ALL', 'LIVE_PUSHER_PREVIEW_SOCKET']
    .map((name) => `console.log('${name}=' + process.env.${name});`)
    .join('')
  const { heard, lines, folder } = await supervise(t, `${print} ${healthy}`)
  await heard('up')
  await waitFor(() => lines.length >= 3, { what: 'three lines' })
  t.deepEqual(lines, [
    'UV_THREADPOOL_SIZE=48',
    'LC_ALL=C',
    `LIVE_PUSHER_PREVIEW_SOCKET=${join(folder, 'preview.sock')}`,
  ])
})

test.serial('lines come whole, from both outputs, without the empty ones', async (t) => {
  const { lines } = await supervise(
    t,
    `process.stdout.write('one li')
    setTimeout(() => { process.stdout.write('ne\\n\\n  \\n'); process.stderr.write('a warning\\n'); ${healthy} }, 50)`,
  )
  await waitFor(() => lines.length >= 2, { what: 'two lines' })
  t.deepEqual([...lines].sort(), ['a warning', 'one line'])
})

test.serial('the stream name is masked in what the process writes and says', async (t) => {
  const { supervisor, heard, lines, messages } = await supervise(
    t,
    `${healthy}
    on('connect', ({ connection, destination }) => {
      console.log('opening ' + destination.url.slice(0, 30)); console.log('key ' + destination.url.slice(-10))
      say({ type: 'output', connection, event: 'lost', cause: { kind: 'rejected', detail: destination.url } })
    })`,
  )
  await heard('up')
  const url = 'rtmp://127.0.0.1:1/live/secret-key'
  supervisor.send({
    type: 'connect',
    connection: 1,
    destination: { url, host: '127.0.0.1', port: 1, tls: false },
    limits: { connectMs: 1, publishMs: 1, stallMs: 1, queueMs: 1 },
  })
  await waitFor(() => lines.length >= 2 && messages.some(({ type }) => type === 'output'), {
    what: 'what the process says',
  })
  t.is(lines[1], 'key ***')
  t.false(JSON.stringify([lines[1], messages]).includes('secret-key'))
})

test.serial('a process that ends is replaced at once', async (t) => {
  const { supervisor, heard, events } = await supervise(
    t,
    `if (starts() === 1) { hello(); setTimeout(() => process.exit(3), 20) } else { ${healthy} }`,
  )
  await heard('up')
  const first = supervisor.pid
  await heard('up', 2)
  t.deepEqual(events, [
    { event: 'up' },
    { event: 'down', cause: { kind: 'media-died', exitCode: 3 } },
    { event: 'up' },
  ])
  t.not(supervisor.pid, first)
})

test.serial('a process that is killed or crashes is replaced, and its signal told', async (t) => {
  const { supervisor, heard, events } = await supervise(t, healthy)
  for (const [index, signal] of (['SIGKILL', 'SIGSEGV'] as const).entries()) {
    await heard('up', index + 1)
    process.kill(supervisor.pid ?? 0, signal)
    await heard('down', index + 1)
    t.deepEqual(events.at(-1), { event: 'down', cause: { kind: 'media-died', signal } })
    t.false(supervisor.up)
  }
  await heard('up', 3)
})

test.serial('a process that hangs is found, killed and replaced', async (t) => {
  const { supervisor, heard, events } = await supervise(
    t,
    `if (starts() === 1) { hello(); beat(); setTimeout(hang, 100) } else { ${healthy} }`,
    { heartbeatTimeoutMs: 300 },
  )
  await heard('up')
  const first = supervisor.pid ?? 0
  await heard('up', 2)
  t.deepEqual(events[1], { event: 'down', cause: { kind: 'media-hung' } })
  t.true(isGone(first))
})

test.serial('a process that is stopped counts as hung', async (t) => {
  const { supervisor, heard, events } = await supervise(t, healthy, { heartbeatTimeoutMs: 300 })
  await heard('up')
  const stopped = performance.now()
  process.kill(supervisor.pid ?? 0, 'SIGSTOP')
  await heard('down')
  t.deepEqual(events.at(-1), { event: 'down', cause: { kind: 'media-hung' } })
  t.true(performance.now() - stopped >= 250)
  await heard('up', 2)
})

test.serial('a process that never says hello is replaced', async (t) => {
  const { heard, events } = await supervise(t, `if (starts() === 1) beat(); else { ${healthy} }`, {
    times: { helloDeadlineMs: 600 },
  })
  await heard('up')
  t.deepEqual(events, [{ event: 'down', cause: { kind: 'media-mute' } }, { event: 'up' }])
})

test.serial('a daemon that was held up does not take the process for hung', async (t) => {
  const { supervisor, heard, messages, events } = await supervise(t, healthy, { heartbeatTimeoutMs: 200 })
  await heard('up')
  const first = supervisor.pid
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  const count = messages.length
  await waitFor(() => messages.length > count + 20, { what: 'more heartbeats' })
  t.is(supervisor.pid, first)
  t.deepEqual(events, [{ event: 'up' }])
})

test.serial('five crashes in a minute are a failure, then the pauses grow', async (t) => {
  const { heard, events } = await supervise(t, `if (starts() < 8) process.exit(1); ${healthy}`, {
    times: { firstRetryMs: 20, longestRetryMs: 50 },
  })
  await heard('up')
  const cause = { kind: 'media-died', exitCode: 1 }
  t.deepEqual(events, [
    ...Array.from({ length: 4 }, () => ({ event: 'down', cause }) as const),
    { event: 'failed', cause: { ...cause, crashes: 5, retryInMs: 20 } },
    { event: 'failed', cause: { ...cause, crashes: 6, retryInMs: 40 } },
    { event: 'failed', cause: { ...cause, crashes: 7, retryInMs: 50 } },
    { event: 'up' },
  ])
})

test.serial('crashes that are long ago do not count', async (t) => {
  const { heard, events } = await supervise(t, `hello(); setTimeout(() => process.exit(1), 60)`, {
    times: { crashWindowMs: 50 },
  })
  await heard('down', 5)
  t.false(events.some(({ event }) => event === 'failed'))
})

test.serial('a process that can’t be started counts as one that died', async (t) => {
  const { execPath } = process
  t.teardown(() => {
    process.execPath = execPath
  })
  process.execPath = '/nowhere/node'
  const { supervisor, heard, lines } = await supervise(t, healthy, { times: { firstRetryMs: 60_000 } })
  await heard('failed')
  t.is((await heard('down')).length, 4)
  t.regex(lines[0] ?? '', /ENOENT/)
  await withDeadline(supervisor.stop(), { what: 'the stop' })
  supervisor.start()
  await withDeadline(supervisor.stop(), { what: 'the stop of one that does not start' })
  t.pass()
})

test.serial('stop asks the process to end, and that is no failure', async (t) => {
  const { supervisor, heard, events, lines } = await supervise(
    t,
    `hello(); beat(); on('shutdown', () => { console.log('bye'); process.exit(0) })`,
  )
  await heard('up')
  const pid = supervisor.pid ?? 0
  await Promise.all([supervisor.stop(), supervisor.stop()])
  t.true(isGone(pid))
  await waitFor(() => lines.length === 1, { what: 'the last word' })
  t.deepEqual(lines, ['bye'])
  t.deepEqual(events, [{ event: 'up' }])
  t.false(supervisor.up)
  await supervisor.stop()
})

test.serial('a process that does not listen is killed', async (t) => {
  const { supervisor, heard } = await supervise(t, `hello(); beat(); process.on('SIGTERM', () => {})`, {
    times: { shutdownDeadlineMs: 100 },
  })
  await heard('up')
  const pid = supervisor.pid ?? 0
  const from = performance.now()
  await supervisor.stop()
  t.true(isGone(pid))
  t.true(performance.now() - from >= 90)
})

test.serial(
  'a stop while the next start is put off ends that as well, and a start begins anew',
  async (t) => {
    const { supervisor, heard, folder } = await supervise(
      t,
      `if (starts() <= 5) process.exit(1); ${healthy}`,
      {
        times: { firstRetryMs: 100 },
      },
    )
    await heard('failed')
    await supervisor.stop()
    const from = performance.now()
    await waitFor(() => performance.now() - from > 200, { what: 'the time of the next start' })
    t.is(await readFile(join(folder, 'starts'), 'utf8'), '.....')
    supervisor.start()
    await heard('up')
  },
)

test.serial('a still is asked for and handed over', async (t) => {
  const { supervisor, heard } = await supervise(
    t,
    `${healthy}; on('snapshot', ({ request, quality }) =>
      say({ type: 'snapshot', request, image: Buffer.from('q' + quality), width: 360, height: 640 }))`,
  )
  await heard('up')
  const stills = await Promise.all([supervisor.snapshot(95), supervisor.snapshot(75)])
  t.deepEqual(
    stills.map(({ image, width, height }) => [String(Buffer.from(image)), width, height]),
    [
      ['q95', 360, 640],
      ['q75', 360, 640],
    ],
  )
})

test.serial('a still that there is not is refused with its reason', async (t) => {
  const { supervisor, heard } = await supervise(
    t,
    `${healthy}; let asked = 0
    on('snapshot', ({ request }) => {
      asked += 1
      if (asked === 1) say({ type: 'snapshot', request, cause: { kind: 'no-picture', detail: 'no frame yet' } })
      if (asked === 2) say({ type: 'snapshot', request })
      if (asked === 4) process.exit(1)
    })`,
    { times: { snapshotDeadlineMs: 200 } },
  )
  const reasonOf = async (): Promise<unknown> =>
    (await t.throwsAsync(supervisor.snapshot(95), { instanceOf: MediaError })).reason
  t.deepEqual(await reasonOf(), { kind: 'media-down' })
  await heard('up')
  t.deepEqual(await reasonOf(), { kind: 'no-picture', detail: 'no frame yet' })
  t.deepEqual(await reasonOf(), { kind: 'no-picture' })
  t.deepEqual(await reasonOf(), { kind: 'timeout', afterMs: 200 })
  t.deepEqual(await reasonOf(), { kind: 'media-down' })
})

test.serial('what is sent while nobody is there is lost without a word', async (t) => {
  const { supervisor, heard } = await supervise(t, healthy, { start: false })
  supervisor.send({ type: 'keyframe' })
  supervisor.start()
  await heard('up')
  process.kill(supervisor.pid ?? 0, 'SIGKILL')
  supervisor.send({ type: 'keyframe' })
  await heard('down')
  supervisor.send({ type: 'keyframe' })
  await heard('up', 2)
  t.true(supervisor.up)
})

test.serial('the preview is what the process serves on its socket', async (t) => {
  const { supervisor, heard } = await supervise(
    t,
    `createServer((socket) => socket.end('FLV')).listen(process.env.LIVE_PUSHER_PREVIEW_SOCKET, () => { ${healthy} })`,
  )
  await t.throwsAsync(once(supervisor.openPreview(), 'connect'), { code: 'ENOENT' })
  await heard('up')
  let text = ''
  for await (const chunk of supervisor.openPreview()) text += String(chunk)
  t.is(text, 'FLV')
})

test.serial('a silent process is looked after until nobody replaces it', async (t) => {
  // A watch that never looks stands for one that hangs.
  const times = { checkMs: 60_000, killMs: 100 }
  const { supervisor, heard } = await supervise(t, 'hello(); obedient()', { heartbeatTimeoutMs: 300, times })
  await heard('up')
  t.false(supervisor.neglected)
  await waitFor(() => supervisor.neglected, { what: 'the neglect' })

  const late = { firstRetryMs: 60_000, longestRetryMs: 60_000, killMs: 0, helloDeadlineMs: 1 }
  const dying = await supervise(t, 'process.exit(1)', { times: late })
  await dying.heard('failed')
  t.false(dying.supervisor.neglected, 'the next start is planned')
})
