/** Updates with the real RAUC, on slots that are files. */
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { BoxState, BoxStateName, UpdateReport } from '../../../firmware/pusher/events.js'
import type { UpdateState } from '../../../services/update/machine.js'
import { UpdateError } from '../../../services/update/update-error.js'
import { Updates } from '../../../services/update/updates.js'
import { type RaucSystem, startRaucSystem } from '../../support/rauc.js'
import { waitFor } from '../../support/wait-for.js'

/** A box that updates itself on a system, and goes on after each start of it. */
const updatingBox = (t: ExecutionContext, system: RaucSystem) => {
  let stored: UpdateState | undefined
  let state: BoxStateName = 'idle'
  let heard: ((state: BoxState) => void)[] = []
  const methods: string[] = []
  const reports: UpdateReport[] = []
  const seen = { frames: 0, broker: true }
  let reboots = 0
  let updates: Updates | undefined
  t.teardown(() => updates?.stop())
  return {
    methods,
    seen,
    get reboots() {
      return reboots
    },
    get updates(): Updates {
      if (!updates) throw new Error('not started')
      return updates
    },
    turns: (to: BoxStateName): void => {
      state = to
      for (const listener of heard) listener({ state } as BoxState)
    },
    start: async (version: string, proveMs = 60_000): Promise<void> => {
      await updates?.stop()
      heard = []
      updates = new Updates({
        rauc: system.rauc,
        box: {
          state: () => ({ state }) as BoxState,
          on: (_name, listener) => {
            heard.push(listener as (state: BoxState) => void)
            return () => {}
          },
          submit: async ({ method }) => {
            methods.push(method)
            return { ok: true, method, result: {} }
          },
        },
        version,
        folder: join(system.folder, 'update'),
        store: {
          load: async () => stored,
          save: async (value) => {
            stored = value
          },
        },
        health: () => seen,
        reboot: async () => {
          reboots += 1
        },
        publish: (report) => reports.push(report),
        notice: (kind) => t.log(kind),
        allowOlder: false,
        proveMs,
        lookMs: 50,
      })
      t.true(await updates.start())
    },
    reaches: (name: UpdateReport['state']): Promise<UpdateReport> =>
      waitFor(() => (reports.at(-1)?.state === name ? reports.at(-1) : undefined), {
        what: `${name} (${reports.map((report) => report.state).join(' ')})`,
        timeoutMs: 60_000,
      }),
    reports,
  }
}

/** The address at which a file is. */
const offer = async (t: ExecutionContext, file: string): Promise<string> => {
  const server = createServer(async (_, response) => response.end(await readFile(file)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/box.raucb`
}

test('an update is installed, proven and committed; one whose box does not work goes back', async (t) => {
  const system = await startRaucSystem(t)
  const box = updatingBox(t, system)
  await box.start('1.0.0')
  const before = await system.slot('a')

  const good = await system.bundle({ version: '1.1.0' })
  const asked = await box.updates.submit({ url: await offer(t, good.file) })
  t.like(asked, { ok: true, result: { state: 'downloading' } })
  await box.reaches('rebooting')
  await waitFor(() => box.reboots === 1, { what: 'a restart' })
  t.deepEqual((await system.slot('b')).subarray(0, good.image.length), good.image)
  t.deepEqual(await system.slot('a'), before)
  t.is((await readFile(join(system.folder, 'update/unproven'), 'utf8')).trim(), 'A')
  const percents = box.reports.flatMap(({ state, percent = 0 }) => (state === 'installing' ? [percent] : []))
  t.true(percents.length > 3 && Math.max(...percents) === 100, percents.join())

  t.is(await system.boot(), 'B')
  await box.start('1.1.0')
  t.like(await box.reaches('proving'), { version: '1.1.0' })
  box.seen.frames = 30
  await box.reaches('committed')
  t.deepEqual(box.methods, ['startPreview', 'stopPreview'])
  t.like(await system.bootState(), { primary: 'B', B: 'good' })
  await t.throwsAsync(readFile(join(system.folder, 'update/unproven')), { code: 'ENOENT' })

  const broken = await system.bundle({ version: '1.2.0' })
  box.seen.frames = 0
  t.true((await box.updates.submit({ url: await offer(t, broken.file) })).ok)
  await waitFor(() => box.reboots === 2, { what: 'a restart', timeoutMs: 60_000 })
  t.is(await system.boot(), 'A')
  await box.start('1.2.0', 300)
  await box.reaches('rebooting')
  await waitFor(() => box.reboots === 3, { what: 'a restart' })
  t.is((await system.bootState()).A, 'bad')
  await system.fallBack('B')
  t.is(await system.boot(), 'B')
  await box.start('1.1.0')
  t.like(await box.reaches('rolled-back'), {
    version: '1.2.0',
    cause: { kind: 'not-proven', missing: 'frames' },
  })
})

test('damaged, foreign, for another board, older: refused with the reason, and nothing is touched', async (t) => {
  const system = await startRaucSystem(t)
  const box = updatingBox(t, system)
  await box.start('1.0.0')
  const before = [await system.slot('b'), await system.bootState()]

  const changed = await system.bundle({ version: '1.1.0' })
  const bytes = await readFile(changed.file)
  bytes[5000] = (bytes[5000] ?? 0) ^ 0xff
  await writeFile(changed.file, bytes)
  const short = await system.bundle({ version: '1.1.0' })
  await truncate(short.file, 100_000)
  const foreign = await system.bundle({ version: '1.1.0', foreign: true })
  const other = await system.bundle({ version: '1.1.0', compatible: 'live-pusher-box-other' })
  const older = await system.bundle({ version: '0.9.0' })
  for (const [kind, { file }] of Object.entries({
    signature: changed,
    damaged: short,
    'wrong-board': other,
    'too-old': older,
  })) {
    t.true((await box.updates.submit({ url: await offer(t, file) })).ok)
    t.is((await box.reaches('failed')).cause?.kind, kind)
  }
  const error = await t.throwsAsync(system.rauc.inspect(foreign.file), { instanceOf: UpdateError })
  t.is(error?.why.kind, 'signature')
  // asked directly, RAUC refuses it as well
  const direct = await t.throwsAsync(
    system.rauc.install(other.file, () => {}),
    { instanceOf: UpdateError },
  )
  t.is(direct?.why.kind, 'wrong-board')
  t.deepEqual([await system.slot('b'), await system.bootState()], before)
  t.is(box.reboots, 0)
})

test('while the box pushes it refuses, or waits when it is told to; bad options name their field', async (t) => {
  const system = await startRaucSystem(t)
  const box = updatingBox(t, system)
  await box.start('1.0.0')
  const url = await offer(t, (await system.bundle({ version: '1.1.0' })).file)

  box.turns('reconnecting')
  t.like(await box.updates.submit({ url }), { ok: false, errCode: -1 })
  t.like(await box.updates.submit({ url, when: 'stream-ends' }), {
    ok: true,
    result: { state: 'waiting', before: 'download' },
  })
  t.like(await box.updates.submit({ url }), { ok: false, errCode: -1 })
  t.like(await box.updates.submit({ cancel: true }), { ok: true, result: { state: 'idle' } })
  t.true((await box.updates.submit({ url, when: 'stream-ends' })).ok)
  box.turns('idle')
  await waitFor(() => box.reboots === 1, { what: 'a restart', timeoutMs: 60_000 })

  for (const [path, options] of [
    ['url', { url: 'ftp://example.org/x' }],
    ['url', { url: 'https://user:word@example.org/x' }],
    ['url', {}],
    ['sha256', { url, sha256: 'abc' }],
    ['when', { url, when: 'tomorrow' }],
    ['file', { url, file: '/etc/passwd' }],
    ['', 'text'],
  ] as const) {
    const reply = await box.updates.submit(options)
    t.false(reply.ok)
    t.is(reply.ok ? '' : reply.problems?.[0]?.path, path, JSON.stringify(options))
  }
})
