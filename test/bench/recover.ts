/** From the moment at which the network is back to the stream: over an emulated uplink, each way in which it can go. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type RunningBox, startBox } from '../support/box.js'
import { type RtmpIngest, startRtmpIngest } from '../support/rtmp/ingest.js'
import type { Teardown } from '../support/teardown.js'
import { noUplinkBecause } from '../support/uplink/namespaces.js'
import { startUplink, type Uplink } from '../support/uplink/uplink.js'
import { waitFor, withDeadline } from '../support/wait-for.js'
import { aim, type Bench, scoped } from './bench.js'
import { pass } from './clock.js'
import { serversAnswerAtOnce } from './no-delay.js'
import { UsageError } from './options.js'
import { delayCells } from './print.js'
import { delays } from './statistics.js'

interface Rig {
  readonly link: Uplink
  readonly ingest: RtmpIngest
  /** answers for the server's name */
  readonly names: ChildProcess
}

interface Outage {
  readonly name: string
  readonly begin: (rig: Rig) => unknown
  readonly end: (rig: Rig) => unknown
}

const outages: readonly Outage[] = [
  {
    name: 'server killed, then there again',
    begin: ({ ingest }) => ingest.stop(),
    end: ({ ingest }) => ingest.restart(),
  },
  {
    name: 'link down, then up',
    begin: ({ link }) => link.setLink(false),
    end: ({ link }) => link.setLink(true),
  },
  {
    name: 'cable pulled, then back',
    begin: ({ link }) => link.setCarrier(false),
    end: ({ link }) => link.setCarrier(true),
  },
  {
    name: 'black hole, then open',
    begin: ({ link }) => link.swallow(true),
    end: ({ link }) => link.swallow(false),
  },
  {
    name: 'name server silent, then heard',
    begin: ({ ingest, names }) => {
      names.kill('SIGSTOP')
      ingest.drop('reset')
    },
    end: ({ names }) => names.kill('SIGCONT'),
  },
]

const serverName = 'ingest.test'
const nameServer = fileURLToPath(new URL('./name-server-process.js', import.meta.url))

/** For everybody in the box's namespace; `ip netns exec` puts that folder's files in the place of those in /etc. */
const startNames = async (t: Teardown, link: Uplink): Promise<ChildProcess> => {
  const { host } = link.farEnd(port)
  const folder = `/etc/netns/${link.names.box}`
  await mkdir(folder, { recursive: true })
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(`${folder}/resolv.conf`, `nameserver ${host}\n`)
  const arguments_ = ['netns', 'exec', link.names.server, process.execPath, nameServer, host, '53', host]
  const child = spawn('ip', arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  await withDeadline(once(child.stdout, 'data'), { what: 'the name server' })
  return child
}

const port = 1935
/** The network comes back at any moment of an attempt (5 s) and the pause before it (3 s). */
const cycleMs = 8_000
const begun = 1002
const lost: ReadonlySet<number> = new Set([3004, 3005])
const limitMs = 1_000
const nonsenseMs = 20_000

interface Recovery {
  /** network back → 1002 */
  readonly begunMs: number
  /** network back → first picture of the new session */
  readonly pictureMs: number
}

/** Attempts that failed count until a session is stable; after a stop each outage is the first. */
const startAnew = async (box: RunningBox): Promise<void> => {
  await box.request('stop')
  const sessions = box.codes().filter(({ code }) => code === begun).length
  await box.request('start')
  await box.code(begun, { nth: sessions + 1 })
}

/** One outage that ends the session, and what came after it. */
const recover = async (box: RunningBox, rig: Rig, outage: Outage): Promise<Recovery> => {
  const before = box.codes().length
  const sessions = rig.ingest.sessions.length
  await outage.begin(rig)
  await waitFor(
    () =>
      box
        .codes()
        .slice(before)
        .some(({ code }) => lost.has(code)),
    { what: `the session to be lost (${outage.name})`, timeoutMs: 20_000 },
  )
  await pass(Math.random() * cycleMs)
  await outage.end(rig)
  const [backAt, backMs] = [Date.now(), performance.now()]
  const event = await waitFor(
    () =>
      box
        .codes()
        .slice(before)
        .find(({ code, time }) => code === begun && time >= backAt),
    { what: `1002 (${outage.name})`, timeoutMs: nonsenseMs },
  )
  const picture = await waitFor(
    () =>
      rig.ingest.sessions
        .slice(sessions)
        .flatMap(({ messages }) => messages.find(({ kind }) => kind === 'video') ?? [])[0],
    { what: `a picture (${outage.name})` },
  )
  return { begunMs: event.time - backAt, pictureMs: picture.arrivedMs - backMs }
}

export const recovering: Bench = {
  name: 'recover',
  summary: 'server killed, link down, cable pulled, black hole, no names: network back → 1002; needs root',
  seconds: { default: 2, help: 'of stream between two outages' },
  rounds: 10,
  sizes: '360x640@15/800',
  run: async ({ seconds, rounds, streams }, { say }) => {
    const because = noUplinkBecause()
    if (because !== undefined) throw new UsageError(`recover ${because}`)
    const stream = streams[0]
    if (!stream) throw new UsageError('--size names no picture')
    const results = outages.map(({ name }) => ({ name, recoveries: [] as Recovery[] }))
    serversAnswerAtOnce()
    await scoped(async (t) => {
      const link = await startUplink(t)
      const ingest = await startRtmpIngest(t, { at: link.farEnd(port), keepPayloads: false })
      const names = await startNames(t, link)
      const { host } = link.farEnd(port)
      const url = ingest.url().replace(host, serverName)
      const box = await startBox(t, {
        uplink: link,
        config: {
          attributes: { url, autopush: true, fps: stream.fps, 'max-bitrate': stream.videoKbps },
        },
      })
      await ingest.session(1, { messages: 10, timeoutMs: nonsenseMs })
      for (let round = 1; round <= rounds; round++)
        for (const [index, outage] of outages.entries()) {
          await startAnew(box)
          await pass(seconds * 1000)
          results[index]?.recoveries.push(await recover(box, { link, ingest, names }, outage))
          say(`${outage.name}, round ${round} of ${rounds}`)
        }
    })
    return {
      results,
      tables: [
        {
          title: 'Network back → stream, ms',
          columns: ['', 'p50', 'p95', 'max', 'samples'],
          rows: results.flatMap(({ name, recoveries }) => [
            [`${name}: 1002 on MQTT`, ...delayCells(delays(recoveries.map(({ begunMs }) => begunMs)))],
            [
              `${name}: first picture at the server`,
              ...delayCells(delays(recoveries.map(({ pictureMs }) => pictureMs))),
            ],
          ]),
          notes: [
            'each outage ends the session and lasts up to 8 s longer; 25 ms each way; the server is known by its name',
          ],
        },
      ],
      aims: results.map(({ name, recoveries }) =>
        aim(`${name}: 1002, p95`, delays(recoveries.map(({ begunMs }) => begunMs)).p95, limitMs, 'ms'),
      ),
      nonsense: results.flatMap(({ name, recoveries }) =>
        recoveries.some(({ begunMs }) => begunMs < 0) ? [`${name}: 1002 before the network was back`] : [],
      ),
    }
  },
}
