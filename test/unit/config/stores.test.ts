import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { AttributeStore } from '../../../firmware/config/attribute-store.js'
import { StorageError } from '../../../firmware/config/durable-write.js'
import { PushMemory } from '../../../firmware/config/push-memory.js'
import { seal } from '../../../firmware/config/sealed-json.js'
import { tempDir } from '../../support/temp-dir.js'

/** Root may read everything. */
const testAsUser = process.getuid?.() === 0 ? test.skip : test

const setUp = async (t: ExecutionContext) => {
  const stateDir = join(await tempDir(t), 'state')
  const file = join(stateDir, 'attributes.json')
  return {
    stateDir,
    file,
    store: new AttributeStore(stateDir),
    /** as after a restart of the daemon */
    again: () => new AttributeStore(stateDir).load(),
  }
}

test('a box that never stored anything has no attributes and no warning', async (t) => {
  const { again } = await setUp(t)
  t.deepEqual(await again(), { values: {}, warnings: [] })
})

test('attributes are there after a restart, in a file that only the box may read', async (t) => {
  const { store, file, again } = await setUp(t)
  await store.save({ 'max-bitrate': 800, url: 'rtmp://host/app/key', muted: true })
  t.deepEqual(await again(), {
    values: { 'max-bitrate': 800, url: 'rtmp://host/app/key', muted: true },
    warnings: [],
  })
  t.is((await stat(file)).mode & 0o777, 0o600)
  await store.save({})
  t.is((await stat(`${file}.bak`)).mode & 0o777, 0o600)
})

for (const [title, spoil] of [
  ['torn', (file: string) => truncate(file, 40)],
  ['empty', (file: string) => truncate(file, 0)],
  [
    'changed by hand',
    async (file: string) => writeFile(file, (await readFile(file, 'utf8')).replace('800', '900')),
  ],
  ['full of zeros', (file: string) => writeFile(file, new Uint8Array(200))],
  ['followed by rubbish', (file: string) => appendFile(file, '}')],
  ['of a newer version', (file: string) => writeFile(file, seal({}).replace('"version":1', '"version":2'))],
  ['not an object', (file: string) => writeFile(file, seal([1]))],
  ['gone', (file: string) => rm(file)],
] as const) {
  test(`a file that is ${title} gives way to the one before it, with a warning`, async (t) => {
    const { store, file, again } = await setUp(t)
    await store.save({ 'max-bitrate': 700 })
    await store.save({ 'max-bitrate': 800 })
    await spoil(file)
    const loaded = await again()
    t.deepEqual(loaded.values, { 'max-bitrate': 700 })
    t.is(loaded.warnings.length, 1)
    t.like(loaded.warnings[0], { kind: 'torn', file })
  })
}

test('both files spoilt: empty, with a warning', async (t) => {
  const { store, file, again } = await setUp(t)
  await store.save({ 'max-bitrate': 700 })
  await store.save({ 'max-bitrate': 800 })
  await truncate(file, 10)
  await truncate(`${file}.bak`, 10)
  const loaded = await again()
  t.deepEqual(loaded.values, {})
  t.regex(loaded.warnings[0]?.message ?? '', /lost/)
})

test('a file that can not be read is said, not thrown', async (t) => {
  const { file, again } = await setUp(t)
  await mkdir(file, { recursive: true })
  t.like((await again()).warnings[0], { kind: 'unreadable' })
})

test('a torn file does not push the good one before it out', async (t) => {
  const { store, file, again } = await setUp(t)
  await store.save({ 'max-bitrate': 700 })
  await store.save({ 'max-bitrate': 800 })
  await truncate(file, 10)
  await store.save({ 'max-bitrate': 900 })
  await truncate(file, 10)
  t.deepEqual((await again()).values, { 'max-bitrate': 700 })
})

test('a value that this version refuses is dropped and said, the others stay', async (t) => {
  const { stateDir, file, again } = await setUp(t)
  await mkdir(stateDir)
  await writeFile(file, seal({ 'max-bitrate': -1, fps: 20, shine: true }))
  const { values, warnings } = await again()
  t.deepEqual(values, { fps: 20 })
  t.deepEqual(
    warnings.map(({ kind }) => kind),
    ['dropped', 'dropped'],
  )
})

test('saving what is there writes nothing', async (t) => {
  const { store, file } = await setUp(t)
  await store.save({ fps: 20 })
  const before = (await stat(file)).ino
  await store.save({ fps: 20 })
  t.is((await stat(file)).ino, before)
})

test('saves are carried out in order', async (t) => {
  const { store, again } = await setUp(t)
  await Promise.all([5, 10, 15, 20].map((fps) => store.save({ fps })))
  t.deepEqual((await again()).values, { fps: 20 })
})

test('a save that fails throws a storage error, and the next one is carried out', async (t) => {
  const { stateDir, store, again } = await setUp(t)
  await writeFile(stateDir, 'a file in the way')
  await t.throwsAsync(store.save({ fps: 20 }), { instanceOf: StorageError })
  await rm(stateDir)
  await store.save({ fps: 25 })
  t.deepEqual((await again()).values, { fps: 25 })
})

test('remembers whether it was pushing, and paused', async (t) => {
  const stateDir = await tempDir(t)
  const load = () => new PushMemory(stateDir).load()
  t.deepEqual(await load(), { pushing: false, paused: false, since: 0 })
  for (const paused of [true, false]) {
    const state = { pushing: true, paused, since: 1_700_000_000_000 }
    await new PushMemory(stateDir).save(state)
    t.deepEqual(await load(), state)
  }
  const [file] = await readdir(stateDir)
  await writeFile(join(stateDir, file!), seal({ pushing: true, since: 1 }))
  t.deepEqual(await load(), { pushing: true, paused: false, since: 1 }, 'of a version that knew no pause')
})

test('a damaged memory is "not pushing", never the state before', async (t) => {
  const stateDir = await tempDir(t)
  const memory = new PushMemory(stateDir)
  await memory.save({ pushing: true, paused: true, since: 1 })
  await memory.save({ pushing: false, paused: false, since: 2 })
  const [file] = await readdir(stateDir)
  await truncate(join(stateDir, file!), 20)
  t.like(await new PushMemory(stateDir).load(), { pushing: false, warning: { kind: 'torn' } })
  await writeFile(join(stateDir, file!), seal({ pushing: 'yes', since: 1 }))
  t.like(await new PushMemory(stateDir).load(), { pushing: false, warning: { kind: 'torn' } })
})

testAsUser('a store in a folder that may not be read says so', async (t) => {
  const { store, file, again } = await setUp(t)
  await store.save({ fps: 20 })
  await chmod(file, 0)
  t.like((await again()).warnings[0], { kind: 'unreadable' })
})
