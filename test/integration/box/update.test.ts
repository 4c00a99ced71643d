import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import type { UpdateReport } from '../../../firmware/pusher/events.js'
import { startBox } from '../../support/box.js'
import { startRaucSystem } from '../../support/rauc.js'
import { waitFor } from '../../support/wait-for.js'

test('a box updates its system over MQTT, starts from the new slot, shows that it works and says so', async (t) => {
  const system = await startRaucSystem(t)
  const { file } = await system.bundle({ version: '9.9.9' })
  const server = createServer((_, response) => createReadStream(file).pipe(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/box.raucb?key=secret`

  const runtimeDir = join(system.folder, 'run')
  const options = {
    env: system.env,
    config: { updates: { 'rauc-config': system.config }, 'runtime-dir': runtimeDir },
  }
  const box = await startBox(t, options)
  const reports = (of: typeof box) => of.messages<UpdateReport>('update')
  const path = (of: typeof box) => [...new Set(reports(of).map(({ state }) => state))]
  t.true((await box.request('update', { url })).ok)
  await waitFor(() => reports(box).at(-1)?.state === 'rebooting', {
    what: `the restart (${path(box)})`,
    timeoutMs: 60_000,
  })
  t.deepEqual(path(box).slice(-4), ['downloading', 'checking', 'installing', 'rebooting'])
  await waitFor(
    () =>
      access(join(runtimeDir, 'reboot'))
        .then(() => true)
        .catch(() => false),
    {
      what: 'the wish for a restart',
    },
  )
  const told = box.received.filter(({ topic }) => !topic.includes('command/'))
  t.notRegex(told.map(({ payload }) => payload.toString('latin1')).join(), /key=secret/)
  await box.stop()

  t.is(await system.boot(), 'B')
  const after = await startBox(t, { ...options, stateDir: box.stateDir })
  await waitFor(() => reports(after).at(-1)?.state === 'committed', {
    what: `the proof (${path(after)})`,
    timeoutMs: 60_000,
  })
  t.is(after.state()?.state, 'idle')
  t.like(await system.bootState(), { primary: 'B', B: 'good' })
})

test('a box on a system without slots says that it has none', async (t) => {
  const box = await startBox(t, { config: { updates: { enabled: 'off' } } })
  t.like(await box.request('update', { url: 'http://127.0.0.1/x' }), { ok: false, errCode: -4 })
})
