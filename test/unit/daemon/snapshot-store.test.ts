import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { type SnapshotLimits, SnapshotStore } from '../../../firmware/daemon/snapshot-store.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const image = Buffer.from('a picture')

const startStore = async (t: Teardown, limits: Partial<SnapshotLimits> = {}) => {
  const stateDir = await tempDir(t)
  const store = new SnapshotStore(stateDir, limits)
  return {
    store,
    stateDir,
    save: (at = time, bytes: Uint8Array = image) =>
      store.save({ image: bytes, width: 360, height: 640, time: at }),
    names: () => readdir(join(stateDir, 'snapshots')),
  }
}

test('a picture is kept under its time, with what a reader checks it by', async (t) => {
  const { store, save, names } = await startStore(t)
  t.deepEqual(await save(), {
    id: '2026-01-02T03-04-05-678Z',
    time,
    width: 360,
    height: 640,
    bytes: 9,
    sha256: createHash('sha256').update(image).digest('hex'),
    path: '/snapshots/2026-01-02T03-04-05-678Z.jpg',
  })
  t.deepEqual(await names(), ['2026-01-02T03-04-05-678Z.jpg'])
  t.deepEqual(await store.read('2026-01-02T03-04-05-678Z'), image)
})

test('pictures of one millisecond have ids of their own', async (t) => {
  const { store, save } = await startStore(t)
  const ids: string[] = []
  for (let pictures = 0; pictures < 12; pictures += 1) {
    const { id } = await save(time, Buffer.from(String(pictures)))
    ids.push(id)
  }
  t.is(new Set(ids).size, 12)
  for (const [index, id] of ids.entries()) t.is(String(await store.read(id)), String(index))
  t.is((await save(time + 1)).id, '2026-01-02T03-04-05-679Z')
})

test('the oldest go when there are too many', async (t) => {
  const { save, names } = await startStore(t, { mostFiles: 3 })
  for (let second = 0; second < 5; second += 1) await save(time + second * 1000)
  t.deepEqual(await names(), [
    '2026-01-02T03-04-07-678Z.jpg',
    '2026-01-02T03-04-08-678Z.jpg',
    '2026-01-02T03-04-09-678Z.jpg',
  ])
})

test('the oldest of one millisecond are the first of it', async (t) => {
  const { save, names } = await startStore(t, { mostFiles: 3 })
  for (let pictures = 0; pictures < 12; pictures += 1) await save()
  t.deepEqual((await names()).sort(), [
    '2026-01-02T03-04-05-678Z-10.jpg',
    '2026-01-02T03-04-05-678Z-11.jpg',
    '2026-01-02T03-04-05-678Z-9.jpg',
  ])
})

test('the oldest go when they are too large together', async (t) => {
  const { save, names } = await startStore(t, { mostBytes: 25 })
  for (let second = 0; second < 4; second += 1) await save(time + second * 1000)
  t.is((await names()).length, 2)
  await save(time + 4000, Buffer.alloc(20))
  t.deepEqual(await names(), ['2026-01-02T03-04-09-678Z.jpg'])
})

test('a picture above the limit is kept alone', async (t) => {
  const { save, names } = await startStore(t, { mostBytes: 5 })
  await save()
  const { id } = await save(time + 1000)
  t.deepEqual(await names(), [`${id}.jpg`])
})

test('what was just saved stays after the clock went back', async (t) => {
  const { store, save } = await startStore(t, { mostFiles: 2 })
  await save()
  await save(time + 1000)
  const { id } = await save(Date.UTC(1970, 0, 1))
  t.deepEqual(await store.read(id), image)
})

test('a full disk leaves nothing behind, and what was there is still there', async (t) => {
  const { save, names, stateDir } = await startStore(t)
  await save()
  // The next picture lands on a device that is always full.
  await symlink('/dev/full', join(stateDir, 'snapshots', '.2026-01-02T03-04-06-678Z.partial'))
  await t.throwsAsync(save(time + 1000), { code: 'ENOSPC' })
  t.deepEqual(await names(), ['2026-01-02T03-04-05-678Z.jpg'])
  await save(time + 2000)
  t.is((await names()).length, 2)
})

test('a folder that can’t be made is said', async (t) => {
  const { save, stateDir } = await startStore(t)
  await writeFile(join(stateDir, 'snapshots'), 'in the way')
  await t.throwsAsync(save(), { code: 'EEXIST' })
})

test('what a power cut left half written is removed', async (t) => {
  const { save, names, stateDir } = await startStore(t)
  await mkdir(join(stateDir, 'snapshots'))
  await writeFile(join(stateDir, 'snapshots', '.2025-01-02T03-04-05-678Z.partial'), 'half')
  await save()
  t.deepEqual(await names(), ['2026-01-02T03-04-05-678Z.jpg'])
})

test('an id leads nowhere but into the folder', async (t) => {
  const { store, stateDir, save } = await startStore(t)
  await save()
  await writeFile(join(stateDir, 'secret.jpg'), 'secret')
  await writeFile(join(stateDir, 'snapshots', '.hidden.jpg'), 'hidden')
  for (const id of [
    '../secret',
    '..%2fsecret',
    '../snapshots/2026-01-02T03-04-05-678Z',
    '/etc/passwd',
    '.hidden',
    '2026-01-02T03-04-05-678Z\0',
    '2026-01-02T03-04-05-678Z/',
    '',
    'x'.repeat(65),
  ])
    t.is(await store.read(id), undefined, JSON.stringify(id))
  t.is(String(await readFile(join(stateDir, 'secret.jpg'))), 'secret')
})

test('an unknown id is none', async (t) => {
  const { store } = await startStore(t)
  t.is(await store.read('2026-01-02T03-04-05-678Z'), undefined)
})
