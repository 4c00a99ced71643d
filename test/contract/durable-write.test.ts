import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { StorageError, writeDurably } from '../../firmware/config/durable-write.js'
import type { Teardown } from '../support/teardown.js'
import { tempDir } from '../support/temp-dir.js'

const run = promisify(execFile)

/** A small file system of its own. */
const smallFileSystem = async (t: Teardown, options: string): Promise<string> => {
  const folder = await tempDir(t)
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  t.teardown(() => run('umount', [folder]))
  return folder
}

/** Whether this user may mount; tests that need it are counted as skipped where not. */
const mayMount = await (async (): Promise<boolean> => {
  const undo: (() => unknown)[] = []
  try {
    await smallFileSystem({ teardown: (step) => undo.unshift(step) }, 'size=64k')
    return true
  } catch {
    return false
  } finally {
    for (const step of undo) await step()
  }
})()
const testOnSmallDisk = mayMount ? test : test.skip
const testAsUser = process.getuid?.() === 0 ? test.skip : test

const failureOf = async (writing: Promise<void>): Promise<unknown> => {
  try {
    await writing
    return undefined
  } catch (error) {
    return error instanceof StorageError ? error.kind : error
  }
}

test('replaces the content and leaves nothing else in the folder', async (t) => {
  const folder = await tempDir(t)
  const file = join(folder, 'a.json')
  await writeDurably(file, 'one')
  await writeDurably(file, new Uint8Array([0x74, 0x77, 0x6f]))
  t.is(await readFile(file, 'utf8'), 'two')
  t.deepEqual(await readdir(folder), ['a.json'])
})

test('makes the folder', async (t) => {
  const file = join(await tempDir(t), 'deep', 'er', 'a')
  await writeDurably(file, 'x')
  t.is(await readFile(file, 'utf8'), 'x')
})

test('gives the file exactly its mode, whatever the umask and the file before', async (t) => {
  const file = join(await tempDir(t), 'secret')
  await writeFile(file, 'old', { mode: 0o644 })
  await writeDurably(file, 'new', { mode: 0o600 })
  t.is((await stat(file)).mode & 0o777, 0o600)
  const open = join(await tempDir(t), 'open')
  await writeDurably(open, 'new')
  t.is((await stat(open)).mode & 0o777, 0o644)
  await writeDurably(open, 'new', { mode: 0o666 })
  t.is((await stat(open)).mode & 0o777, 0o666)
})

test('replaces a link, not what it leads to', async (t) => {
  const folder = await tempDir(t)
  await writeFile(join(folder, 'target'), 'target')
  await symlink('target', join(folder, 'link'))
  await writeDurably(join(folder, 'link'), 'new')
  t.is(await readFile(join(folder, 'target'), 'utf8'), 'target')
  t.is(await readFile(join(folder, 'link'), 'utf8'), 'new')
})

test('removes what a crash left behind, and nothing of other files', async (t) => {
  const folder = await tempDir(t)
  await writeFile(join(folder, '.a.1234-0123456789ab-0123456789ab.tmp'), 'half of')
  await writeFile(join(folder, '.b.1234-0123456789ab-0123456789ab.tmp'), 'half of')
  await writeFile(join(folder, 'a.tmp'), 'mine')
  await writeDurably(join(folder, 'a'), 'x')
  t.deepEqual((await readdir(folder)).sort(), ['.b.1234-0123456789ab-0123456789ab.tmp', 'a', 'a.tmp'])
})

test('many writes at once leave one of them whole', async (t) => {
  const folder = await tempDir(t)
  const file = join(folder, 'a')
  const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
  await Promise.all(contents.map((content) => writeDurably(file, content)))
  t.true(contents.includes(await readFile(file, 'utf8')))
  t.deepEqual(await readdir(folder), ['a'])
})

test('a reader sees the old or the new content, never a part', async (t) => {
  const file = join(await tempDir(t), 'a')
  await writeDurably(file, 'o'.repeat(200_000))
  let done = false
  const writing = (async () => {
    for (let round = 0; round < 20; round++) await writeDurably(file, (round % 2 ? 'o' : 'n').repeat(200_000))
    done = true
  })()
  while (!done) t.regex(await readFile(file, 'utf8'), /^(?:o{200000}|n{200000})$/)
  await writing
})

test('names a folder that is a file', async (t) => {
  const folder = await tempDir(t)
  await writeFile(join(folder, 'f'), '')
  const error = await t.throwsAsync(writeDurably(join(folder, 'f', 'a'), 'x'), { instanceOf: StorageError })
  t.is(error?.path, join(folder, 'f', 'a'))
  t.truthy(error?.cause)
})

test('does not replace a folder', async (t) => {
  const folder = await tempDir(t)
  await mkdir(join(folder, 'a'))
  t.is(await failureOf(writeDurably(join(folder, 'a'), 'x')), 'storage-failed')
  t.deepEqual(await readdir(folder), ['a'])
})

testOnSmallDisk(
  'on a full disk keeps the old content, says storage-full and leaves no part behind',
  async (t) => {
    const folder = await smallFileSystem(t, 'size=64k')
    const file = join(folder, 'a')
    await writeDurably(file, 'old')
    t.is(await failureOf(writeDurably(file, 'x'.repeat(100_000))), 'storage-full')
    t.is(await readFile(file, 'utf8'), 'old')
    t.deepEqual(await readdir(folder), ['a'])
  },
)

testOnSmallDisk('without a free inode says storage-full', async (t) => {
  const folder = await smallFileSystem(t, 'size=64k,nr_inodes=2')
  await writeFile(join(folder, 'a'), '')
  t.is(await failureOf(writeDurably(join(folder, 'b'), 'x')), 'storage-full')
})

testOnSmallDisk('on a read-only file system keeps the old content and says storage-read-only', async (t) => {
  const folder = await smallFileSystem(t, 'size=64k')
  await writeDurably(join(folder, 'a'), 'old')
  await run('mount', ['-o', 'remount,ro', folder])
  t.is(await failureOf(writeDurably(join(folder, 'a'), 'new')), 'storage-read-only')
  t.is(await readFile(join(folder, 'a'), 'utf8'), 'old')
})

testAsUser('in a folder of others says storage-denied', async (t) => {
  const folder = await tempDir(t)
  await chmod(folder, 0o500)
  t.teardown(() => chmod(folder, 0o700))
  t.is(await failureOf(writeDurably(join(folder, 'a'), 'x')), 'storage-denied')
})
