import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { LocalRtmpServer, type LocalRtmpServerOptions } from '../../services/rtmp-server/local-rtmp-server.js'
import { aFewAtOnce } from '../support/a-few.js'
import { decodeFrames, probe, toneFrequency } from '../support/judge.js'
import { accepts, freePort, listenOnLoopback } from '../support/ports.js'
import { startFfmpegPublisher } from '../support/publisher.js'
import { waitFor, withDeadline } from '../support/wait-for.js'

const few = aFewAtOnce(3)

const never = new AbortController().signal

const setUp = async (t: ExecutionContext, options: Partial<LocalRtmpServerOptions> = {}) => {
  const exits: unknown[] = []
  const server = new LocalRtmpServer({ rtmpPort: 0, onExit: (cause) => exits.push(cause), ...options })
  t.teardown(() => server.stop())
  const ports = await server.start(never)
  const pid = server.pid!
  const folder = readlinkSync(`/proc/${pid}/cwd`)
  return {
    ...ports,
    server,
    exits,
    pid,
    folder,
    rtmp: (stream = 'camera') => `rtmp://127.0.0.1:${ports.rtmpPort}/live/${stream}`,
    http: (stream = 'camera') => `http://127.0.0.1:${ports.httpPort}/live/${stream}.flv`,
  }
}

/** Resolves with the answer to a GET once its headers have come. */
const ask = async (
  t: ExecutionContext,
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
) => {
  const request = get(url, { headers, method })
  t.teardown(() => request.destroy())
  const [response] = (await withDeadline(once(request, 'response'), { what: url })) as [
    import('node:http').IncomingMessage,
  ]
  response.on('error', () => undefined)
  return response
}

/** Waits until the server has the publisher's stream. */
const published = async (t: ExecutionContext, url: string) => {
  const response = await ask(t, url)
  await waitFor(() => response.read(200), { what: 'media over HTTP' })
  response.destroy()
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)
const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

test(
  'what is published plays over RTMP and HTTP-FLV',
  few(async (t) => {
    const { rtmp, http, pid } = await setUp(t)
    startFfmpegPublisher(t, rtmp(), { toneHz: 700 })
    await published(t, http())
    for (const url of [rtmp(), http()]) {
      t.like(await probe(url), {
        video: { codec: 'h264', width: 320, height: 180 },
        audio: { codec: 'aac', rate: 44_100 },
      })
      const [picture, tone] = await Promise.all([decodeFrames(url, { frames: 10 }), toneFrequency(url, 1)])
      t.like(picture, { isMoving: true, errors: [] })
      t.true(Math.abs(tone.frequencyHz - 700) < 3, `${tone.frequencyHz} Hz`)
    }
    t.true(residentMb(pid) < 110, `${residentMb(pid)} MB`)
  }),
)

test(
  'the same stream is published again at once after its publisher died',
  few(async (t) => {
    const { rtmp, http } = await setUp(t)
    const first = startFfmpegPublisher(t, rtmp())
    await published(t, http())
    await first.stop()
    startFfmpegPublisher(t, rtmp(), { size: '160x90' })
    await waitFor(async () => (await probe(rtmp())).video?.width === 160, {
      what: 'the second',
      timeoutMs: 10_000,
    })
    t.pass()
  }),
)

test(
  'preferred ports are used, and taken ones replaced',
  few(async (t) => {
    const [rtmpPort, httpPort] = [await freePort(), await freePort()]
    const first = await setUp(t, { rtmpPort, httpPort })
    t.like(first, { rtmpPort, httpPort })
    const second = await setUp(t, { rtmpPort, httpPort })
    t.not(second.rtmpPort, rtmpPort)
    t.not(second.httpPort, httpPort)
    t.true((await accepts(second.rtmpPort)) && (await accepts(second.httpPort)))
  }),
)

test(
  'nobody but 127.0.0.1 is served',
  few(async (t) => {
    const { rtmpPort, httpPort } = await setUp(t)
    for (const port of [rtmpPort, httpPort]) {
      const socket = connect(port, '127.0.0.2')
      const [error] = (await withDeadline(once(socket, 'error'), { what: 'a refusal' })) as [
        NodeJS.ErrnoException,
      ]
      t.is(error.code, 'ECONNREFUSED')
    }
  }),
)

test(
  'web pages of others, console, API, HTTP publishing and WebSockets are refused',
  few(async (t) => {
    const { http, httpPort, pid } = await setUp(t)
    const status = async (...request: [string, Record<string, string>?, string?]) =>
      (await ask(t, ...request)).statusCode
    t.is(await status(http(), { origin: 'https://example.org' }), 403)
    t.is(await status(http(), { host: 'rebound.example.org' }), 403)
    t.is(await status(http(), {}, 'POST'), 405)
    t.is(await status(http(), { origin: 'http://localhost:8080' }), 200)
    t.is(await status(`http://127.0.0.1:${httpPort}/admin/`), 404)
    t.is(await status(`http://127.0.0.1:${httpPort}/api/v1/streams`), 404)
    const upgrade = get(`http://127.0.0.1:${httpPort}/%20/x.flv`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    })
    const [error] = (await withDeadline(once(upgrade, 'error'), { what: 'a refusal' })) as [
      NodeJS.ErrnoException,
    ]
    t.is(error.code, 'ECONNRESET')
    t.true(isAlive(pid))
  }),
)

test(
  'a player that stops reading is dropped and the others go on',
  few(async (t) => {
    const { rtmp, http, pid } = await setUp(t)
    startFfmpegPublisher(t, rtmp(), { videoKbps: 80_000, fps: 30, size: '640x360' })
    await published(t, http())
    const stopped = await ask(t, http())
    stopped.pause()
    const reading = await ask(t, http())
    let received = 0
    reading.on('data', (bytes: Buffer) => {
      received += bytes.length
    })
    let isDropped = false
    stopped.socket.on('close', () => {
      isDropped = true
    })
    // what the kernel holds for it comes first, so its end is seen on the server: only one player is left
    await waitFor(() => receivers(pid) === 2, { what: 'publisher and one player', timeoutMs: 15_000 })
    stopped.resume()
    await waitFor(() => isDropped, { what: 'the end of the stopped player' })
    const before = received
    await waitFor(() => received > before + 1_000_000, { what: 'more for the reading player' })
    t.true(residentMb(pid) < 300, `${residentMb(pid)} MB`)
  }),
)

/** Established TCP connections of a process: its socket inodes that /proc/net/tcp lists as established. */
const receivers = (pid: number): number => {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return [] // closed while we looked
      }
    }),
  )
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  return rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[3] === '01' && inodes.has(row[9]!))
    .length
}

test(
  'stop ends the process and removes its folder; it can be started again',
  few(async (t) => {
    const { server, pid, folder, exits, rtmpPort } = await setUp(t)
    t.deepEqual(await server.start(never), { rtmpPort, httpPort: (await server.start(never)).httpPort })
    t.is(server.pid, pid)
    await server.stop()
    await server.stop()
    t.false(isAlive(pid))
    t.false(existsSync(folder))
    t.deepEqual(exits, [])
    const again = await server.start(never)
    t.true(await accepts(again.rtmpPort))
  }),
)

test(
  'a crash is told with its cause, and nothing is left',
  few(async (t) => {
    const { server, pid, folder, exits } = await setUp(t)
    process.kill(pid, 'SIGKILL')
    await waitFor(() => exits.length > 0, { what: 'onExit' })
    t.like(exits[0], { kind: 'rtmp-server-exit', how: 'SIGKILL' })
    t.false(existsSync(folder))
    t.is(server.pid, undefined)
    await server.start(never)
  }),
)

test(
  'it outlives Ctrl-C in the terminal and ends with its parent',
  few(async (t) => {
    const module = new URL('../../services/rtmp-server/local-rtmp-server.js', import.meta.url).href
    const script = `
    const { LocalRtmpServer } = await import(${JSON.stringify(module)})
    const server = new LocalRtmpServer({ rtmpPort: 0, onExit: () => console.log('lost') })
    await server.start(new AbortController().signal)
    console.log(server.pid)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => parent.kill('SIGKILL'))
    const [line] = (await withDeadline(once(parent.stdout, 'data'), {
      what: 'the pid',
      timeoutMs: 10_000,
    })) as [Buffer]
    const pid = Number(line)
    const folder = readlinkSync(`/proc/${pid}/cwd`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(pid, signal)
    await t.throwsAsync(waitFor(() => !isAlive(pid), { what: 'an end', timeoutMs: 200 }))
    parent.kill('SIGKILL')
    await waitFor(() => !isAlive(pid) || isZombie(pid), { what: 'the end of the child' })
    t.false(existsSync(folder))
  }),
)

/** Nobody may wait for an orphan in a container. */
const isZombie = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return true
  }
}

test(
  'start ends when it is aborted, and leaves nothing',
  few(async (t) => {
    const server = new LocalRtmpServer({ rtmpPort: 0, onExit: () => t.fail('not running yet') })
    const controller = new AbortController()
    const starting = server.start(controller.signal)
    const pid = server.pid!
    controller.abort(new Error('no longer wanted'))
    await t.throwsAsync(starting, { message: 'no longer wanted' })
    t.false(isAlive(pid))
  }),
)

test(
  'a taken port is never a reason to fail, whoever has it',
  few(async (t) => {
    const other = createServer()
    t.teardown(() => other.close())
    const rtmpPort = await listenOnLoopback(other)
    t.not((await setUp(t, { rtmpPort })).rtmpPort, rtmpPort)
  }),
)
