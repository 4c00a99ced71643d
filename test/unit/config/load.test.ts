import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type LoadOptions, lastGoodName, loadConfig } from '../../../firmware/config/load.js'
import { tempDir } from '../../support/temp-dir.js'

/** Root may read everything. */
const testAsUser = process.getuid?.() === 0 ? test.skip : test

const setUp = async (t: ExecutionContext, text?: string) => {
  const folder = await tempDir(t)
  const file = join(folder, 'config.yaml')
  const stateDir = join(folder, 'state')
  if (text !== undefined) await writeFile(file, text)
  return {
    folder,
    file,
    stateDir,
    copy: join(stateDir, lastGoodName),
    load: (options: Partial<LoadOptions> = {}) => loadConfig({ file, stateDir, ...options }),
    write: (changed: string) => writeFile(file, changed),
  }
}

test('runs on defaults without a file', async (t) => {
  const loaded = await loadConfig()
  t.is(loaded.kind, 'ok')
  if (loaded.kind !== 'ok') return
  t.is(loaded.file, undefined)
  t.regex(loaded.config.name, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/)
  t.like(loaded.config, {
    'state-dir': '/var/lib/live-pusher',
    cameras: { front: { kind: 'auto' }, back: { kind: 'auto' } },
    microphone: { kind: 'auto' },
    encoder: 'auto',
    attributes: {},
    'keep-trying': true,
    reconnect: { attempts: 3, 'interval-s': 3 },
    'pause-limit-s': 300,
    'background-limit-s': 180,
    http: { host: '127.0.0.1', port: 8080 },
    'local-rtmp': { enabled: 'when-no-url', port: 1935 },
  })
  t.deepEqual([...loaded.sources], [])
})

test('says where each value came from', async (t) => {
  const { file, load } = await setUp(t, 'name: a\nmqtt:\n  embedded:\n    port: 1884\n')
  const loaded = await load({
    overrides: [{ path: ['cameras', 'front'], value: 'test', option: '--camera' }],
  })
  t.is(loaded.kind, 'ok')
  if (loaded.kind === 'failed') return
  t.deepEqual(loaded.sources.get('mqtt.embedded.port'), { kind: 'file', file, line: 4 })
  t.deepEqual(loaded.sources.get('cameras.front'), { kind: 'option', option: '--camera' })
  t.is(loaded.sources.get('http.port'), undefined)
})

test('puts the command line above the file, and blames the option for its problem', async (t) => {
  const { load } = await setUp(t, 'cameras: { front: none }\nname: a\n')
  const over = (value: string) =>
    load({ overrides: [{ path: ['cameras', 'front'], value, option: '--camera' }] })
  const good = await over('test')
  t.true(good.kind === 'ok' && good.config.cameras.front.kind === 'test')
  const bad = await over('/dev/video0')
  t.is(bad.kind, 'failed')
  if (bad.kind !== 'failed') return
  t.deepEqual(bad.problems, [
    { path: 'cameras.front', message: 'write v4l2:/dev/video0', option: '--camera' },
  ])
})

test('resolves file names against the folder of the file, and options against where they were typed', async (t) => {
  const { folder, load } = await setUp(
    t,
    'cameras: { front: "clip:a.mp4", back: "clip:/srv/b.mp4" }\nmqtt: { url: "mqtts://b", ca-file: ca.pem }\n',
  )
  const loaded = await load({
    overrides: [{ path: ['microphone'], value: 'clip:c.wav', option: '--microphone' }],
  })
  t.is(loaded.kind, 'ok')
  if (loaded.kind === 'failed') return
  t.deepEqual(loaded.config.cameras, {
    front: { kind: 'clip', file: join(folder, 'a.mp4') },
    back: { kind: 'clip', file: '/srv/b.mp4' },
  })
  t.deepEqual(loaded.config.microphone, { kind: 'clip', file: join(process.cwd(), 'c.wav') })
  t.is(loaded.config.mqtt['ca-file'], join(folder, 'ca.pem'))
})

test('keeps the last good copy, readable by nobody else', async (t) => {
  const { copy, load, write } = await setUp(t, 'name: first\n')
  await load()
  t.regex(await readFile(copy, 'utf8'), /name: first/)
  t.is((await stat(copy)).mode & 0o777, 0o600)
  await write('name: second\n')
  await load()
  t.regex(await readFile(copy, 'utf8'), /name: second/)
})

test('does not write the copy again when nothing changed', async (t) => {
  const { copy, load } = await setUp(t, 'name: a\n')
  await load()
  const before = (await stat(copy)).ino
  await load()
  t.is((await stat(copy)).ino, before)
})

for (const [title, spoil] of [
  ['is torn', (file: string) => writeFile(file, 'name: b\ncameras: { front: "te')],
  ['is empty', (file: string) => writeFile(file, '')],
  ['is illegal', (file: string) => writeFile(file, 'nam: b\n')],
  [
    'is a folder',
    async (file: string) => {
      await rm(file)
      await mkdir(file)
    },
  ],
  ['is gone', (file: string) => rm(file)],
] as const) {
  test(`runs with the last good copy and says the problems when the file ${title}`, async (t) => {
    const { copy, file, load } = await setUp(t, 'name: good\n')
    await load()
    await spoil(file)
    const loaded = await load()
    t.is(loaded.kind, 'last-good')
    if (loaded.kind !== 'last-good') return
    t.is(loaded.config.name, 'good')
    t.is(loaded.file, file)
    t.is(loaded.copy, copy)
    t.true(loaded.problems.length > 0)
  })
}

test('finds the copy in the state folder that the illegal file names', async (t) => {
  const { file, stateDir, write } = await setUp(t)
  await write(`state-dir: ${stateDir}\nname: good\n`)
  t.is((await loadConfig({ file })).kind, 'ok')
  await write(`state-dir: ${stateDir}\nname: Bad\n`)
  t.is((await loadConfig({ file })).kind, 'last-good')
})

test('does not take the copy of another file', async (t) => {
  const { folder, load } = await setUp(t, 'name: good\n')
  await load()
  const loaded = await load({ file: join(folder, 'other.yaml') })
  t.is(loaded.kind, 'failed')
})

test('fails with the problems of the file when the copy is spoilt too', async (t) => {
  const { copy, load, write } = await setUp(t, 'name: good\n')
  await load()
  await write('nam: x\n')
  await writeFile(copy, 'rubbish')
  const loaded = await load()
  t.is(loaded.kind, 'failed')
  if (loaded.kind !== 'failed') return
  t.is(loaded.problems[0]?.path, 'nam')
})

test('does not replace the copy by a file that is wrong', async (t) => {
  const { copy, load, write } = await setUp(t, 'name: good\n')
  await load()
  await write('nam: x\n')
  await load()
  t.regex(await readFile(copy, 'utf8'), /name: good/)
})

test('runs on when the copy can not be kept, and says so', async (t) => {
  const { folder, load } = await setUp(t, 'name: good\n')
  const blocked = join(folder, 'blocked')
  await writeFile(blocked, 'a file where a folder should be')
  const loaded = await load({ stateDir: join(blocked, 'state') })
  t.is(loaded.kind, 'ok')
  if (loaded.kind !== 'ok') return
  t.like(loaded.warnings[0], { kind: 'storage-missing' })
})

testAsUser('names the reason when the file may not be read', async (t) => {
  const { file, load } = await setUp(t, 'name: a\n')
  await chmod(file, 0)
  const loaded = await load()
  t.true(loaded.kind === 'failed' && loaded.problems[0]?.message === "can't be read: no permission")
})
