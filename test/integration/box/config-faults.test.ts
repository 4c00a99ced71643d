/** Configuration and state that are torn, wrong or can't be written: what is said, and that the box runs if it can. */

import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { NoticeEvent } from '../../../firmware/pusher/events.js'
import { aFewAtOnce } from '../../support/a-few.js'
import { type BoxOptions, type RunningBox, startBox } from '../../support/box.js'
import { configText, spawnBox } from '../../support/box-process.js'
import { startMosquitto } from '../../support/mqtt.js'
import { listenOnLoopback } from '../../support/ports.js'
import { type RtmpIngest, startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { canMount, type SmallDisk, startSmallDisk } from '../../support/small-disk.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'
import { receivedUntil } from './pushing.js'

const few = aFewAtOnce(3)

/** Starts boxes one after the other with one configuration file and one state folder, watched from their first word. */
const restartable = async (
  t: Teardown,
  config: Readonly<Record<string, unknown>> = {},
): Promise<{ file: string; stateDir: string; start: (args?: readonly string[]) => Promise<RunningBox> }> => {
  const broker = await startMosquitto()
  t.teardown(() => broker.stop())
  const folder = await tempDir(t)
  const [file, stateDir] = [join(folder, 'config.yaml'), join(folder, 'state')]
  await writeFile(file, configText(folder, stateDir, { config: { mqtt: { url: broker.url }, ...config } }))
  const options: BoxOptions = { configFile: file, stateDir, brokerUrl: broker.url, watchFirst: true }
  return { file, stateDir, start: (args = []) => startBox(t, { ...options, args }) }
}

const notice = (box: RunningBox, kind: string): Promise<NoticeEvent> =>
  waitFor(() => box.messages<NoticeEvent>('event/notice').find((each) => each.kind === kind), {
    what: `the notice ${kind}`,
  })

/** What the box itself said its attributes are, not what the broker kept of the one before. */
const toldAttributes = async (box: RunningBox): Promise<Record<string, unknown>> => {
  const told = await waitFor(
    () => box.received.find(({ topic, retain }) => topic === 'attributes' && !retain),
    {
      what: 'the attributes',
    },
  )
  return JSON.parse(told.payload.toString()) as Record<string, unknown>
}

const tear = async (file: string): Promise<void> => {
  const { length } = await readFile(file)
  await truncate(file, Math.floor(length / 2))
}

test(
  'a torn config.yaml: the last good one is used, which is said on standard error and as a notice',
  few(async (t) => {
    const { file, start } = await restartable(t, { attributes: { 'max-bitrate': 900 } })
    const first = await start()
    await first.stop()
    const whole = await readFile(file, 'utf8')
    await writeFile(file, `${whole.slice(0, whole.indexOf('microphone'))}microphone: "tes`)

    const box = await start()
    t.is((await toldAttributes(box))['max-bitrate'], 900)
    t.regex(box.errors(), /RUNNING WITH THE LAST GOOD CONFIGURATION/)
    const line = whole.slice(0, whole.indexOf('microphone')).split('\n').length
    t.true(box.errors().includes(`${file}:${line}: `), box.errors())
    const { message, cause } = await notice(box, 'config-last-good')
    t.true(message.includes(file))
    t.is(cause?.kind, 'config')
    t.true((await box.set({ 'max-bitrate': 950 })).ok)
  }),
)

test(
  'a config.yaml that is gone: the last good one, when the state folder is known without it',
  few(async (t) => {
    const { file, stateDir, start } = await restartable(t, { attributes: { 'max-bitrate': 900 } })
    const first = await start()
    await first.stop()
    await rm(file)
    const box = await start(['--state-dir', stateDir])
    t.is((await toldAttributes(box))['max-bitrate'], 900)
    t.true(box.errors().includes(`${file}: can't be read: there is no such file`), box.errors())
    t.regex(box.errors(), /RUNNING WITH THE LAST GOOD CONFIGURATION/)
    await notice(box, 'config-last-good')
  }),
)

test(
  'a wrong config.yaml without a last good one: exit code 78, and every problem with its line and path',
  few(async (t) => {
    const folder = await tempDir(t)
    const configFile = join(folder, 'config.yaml')
    const lines = [
      ['name: küche', 'name must consist of a-z, 0-9 and dashes'],
      [`state-dir: ${folder}/state`],
      ['camera:', 'camera is not a key; did you mean cameras?'],
      ['  front: test'],
      ['microphone: alsa:"; reboot"', 'microphone the ALSA device may contain'],
      ['http:'],
      ['  port: 99999', 'http.port must be at most 65535'],
      ['reconnect: {attempts: 0}', 'reconnect.attempts must be at least 1'],
      ['attributes:'],
      ['  url: http://example.org/', 'attributes.url must start with rtmp://'],
      ['  max-bitrate: fast', 'attributes.max-bitrate must be a whole number'],
    ] as const
    await writeFile(configFile, lines.map(([text]) => `${text}\n`).join(''))
    const box = await spawnBox(t, { configFile })
    t.is(await withDeadline(box.exited, { what: 'the box to end' }), 78)
    for (const [index, [, problem]] of lines.entries())
      if (problem !== undefined)
        t.true(box.errors().includes(`${configFile}:${index + 1}: ${problem}`), problem)
    t.is(box.errors().trim().split('\n').length, 7, box.errors())
    t.deepEqual(await readdir(folder), ['config.yaml'], 'nothing was made')
  }),
)

test(
  'torn attributes: the version before them is used and a notice says so; with none left, the defaults',
  few(async (t) => {
    const { stateDir, start } = await restartable(t)
    const first = await start()
    t.true((await first.set({ 'max-bitrate': 700 })).ok)
    t.true((await first.set({ 'max-bitrate': 800 })).ok)
    await first.stop()

    const file = join(stateDir, 'attributes.json')
    await tear(file)
    const second = await start()
    t.is((await toldAttributes(second))['max-bitrate'], 700)
    t.regex((await notice(second, 'storage-torn')).message, /version before it is used/)
    await second.stop()

    await tear(`${file}.bak`)
    const third = await start()
    t.is((await toldAttributes(third))['max-bitrate'], 1000)
    t.regex((await notice(third, 'storage-torn')).message, /everything in it is lost/)
    t.true((await third.set({ 'max-bitrate': 600 })).ok)
  }),
)

const pushingOnDisk = async (
  t: Teardown,
): Promise<{ disk: SmallDisk; box: RunningBox; ingest: RtmpIngest }> => {
  const [disk, ingest] = [await startSmallDisk(t, 512), await startRtmpIngest(t)]
  const box = await startBox(t, {
    stateDir: join(disk.path, 'state'),
    config: { attributes: { url: ingest.url() } },
  })
  t.teardown(() => box.stop())
  await box.request('start')
  await box.code(1008)
  await ingest.session(1, { messages: 20 })
  return { disk, box, ingest }
}

/** Nothing is changed that can't be kept, a snapshot says why there is none, and the stream does not notice. */
const refusesToStore = async (
  t: ExecutionContext,
  { box, ingest }: { box: RunningBox; ingest: RtmpIngest },
  why: RegExp,
): Promise<void> => {
  const before = box.attributes()
  const { length } = box.codes()
  const set = await box.set({ 'max-bitrate': 555 })
  t.like(set, { ok: false, errCode: -10 })
  t.regex(set.errMsg ?? '', why)
  const snapshot = await box.request('snapshot')
  t.like(snapshot, { ok: false, errCode: -10 })
  t.deepEqual(box.messages('snapshot'), [])
  t.deepEqual(box.attributes(), before)
  await receivedUntil(ingest.sessions[0]!, performance.now() + 500)
  t.is(box.codes().length, length)
  t.is(ingest.connections().accepted, 1)
  t.deepEqual(faultsOf(ingest.sessions[0]!), [])
  t.true(longestGap(framesOf(ingest.sessions[0]!, 'video')).timestampMs <= 70)
}

const testOnDisk = canMount() ? test : test.skip

testOnDisk(
  'a full disk: changes are refused with -10, the stream goes on; with room again they are taken',
  few(async (t) => {
    const started = await pushingOnDisk(t)
    started.disk.fill()
    await refusesToStore(t, started, /no space is left/)
    started.disk.free()
    t.true((await started.box.set({ 'max-bitrate': 555 })).ok)
    t.is(started.box.attributes()?.['max-bitrate'], 555)
    t.true((await started.box.request('snapshot')).ok)
  }),
)

testOnDisk(
  'a disk that became read-only: the same; stop and start are obeyed, with a notice that it is not remembered',
  few(async (t) => {
    const started = await pushingOnDisk(t)
    started.disk.readOnly()
    await refusesToStore(t, started, /read-only/)
    const { box, ingest } = started
    t.true((await box.request('stop')).ok)
    await box.reaches('idle')
    t.regex((await notice(box, 'storage-failed')).message, /read-only/)
    t.true((await box.request('start')).ok)
    await ingest.session(2, { messages: 10 })
    started.disk.writable()
    t.true((await box.set({ 'max-bitrate': 555 })).ok)
  }),
)

testOnDisk(
  'a read-only disk from the start: the box runs and pushes',
  few(async (t) => {
    const [disk, ingest] = [await startSmallDisk(t, 64), await startRtmpIngest(t)]
    disk.readOnly()
    const box = await startBox(t, {
      stateDir: disk.path,
      config: { attributes: { url: ingest.url(), autopush: true } },
    })
    await ingest.session(1, { messages: 20 })
    t.regex(box.errors(), /last good configuration could not be kept.*read-only/)
    t.like(await box.set({ fps: 10 }), { ok: false, errCode: -10 })
    t.like(box.state(), { state: 'pushing' })
  }),
)

for (const [key, config] of [
  ['http', (port: number) => ({ http: { port } })],
  ['mqtt', (port: number) => ({ mqtt: { embedded: { port } } })],
] as const)
  test(
    `a configured ${key} port in use: says which, and ends with 69`,
    few(async (t) => {
      const server = createServer()
      t.teardown(() => server.close())
      const port = await listenOnLoopback(server)
      const box = await spawnBox(t, { config: config(port) })
      t.is(await withDeadline(box.exited, { what: 'the box to end' }), 69)
      t.regex(box.output(), new RegExp(`127\\.0\\.0\\.1:${port} can't be used`))
      t.true(server.listening)
    }),
  )
