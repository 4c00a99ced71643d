/**
 * Files that survive a power cut: after `writeDurably` resolves, the new content is on the disk under its name;
 * before that, the old content is. There is no moment with half a file. One process owns a file.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export type StorageErrorKind =
  /** no space or no inode left, or a quota is used up */
  | 'storage-full'
  /** the file system is mounted read-only, e.g. after it found an error */
  | 'storage-read-only'
  /** the folder may not be written by this user */
  | 'storage-denied'
  /** the folder is not there and can't be made */
  | 'storage-missing'
  /** the medium reports errors */
  | 'storage-broken'
  /** anything else; see the cause */
  | 'storage-failed'

/** An expected failure of storage. `path` is the file that was to be written. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly kind: StorageErrorKind
  readonly path: string

  constructor(kind: StorageErrorKind, path: string, options: { readonly cause: unknown }) {
    super(`${sentences[kind]}: ${path}`, options)
    this.kind = kind
    this.path = path
  }
}

const sentences: Readonly<Record<StorageErrorKind, string>> = {
  'storage-full': 'no space is left to write',
  'storage-read-only': 'the file system is read-only',
  'storage-denied': 'no permission to write',
  'storage-missing': 'the folder is missing',
  'storage-broken': 'the storage medium reports errors',
  'storage-failed': 'could not be written',
}

const kindOfCode: Readonly<Record<string, StorageErrorKind>> = {
  ENOSPC: 'storage-full',
  EDQUOT: 'storage-full',
  EROFS: 'storage-read-only',
  EACCES: 'storage-denied',
  EPERM: 'storage-denied',
  ENOENT: 'storage-missing',
  ENOTDIR: 'storage-missing',
  EIO: 'storage-broken',
}

/** The storage error for what a file operation threw. */
export function storageError(path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  const code = errorCode(cause)
  return new StorageError(kindOfCode[code] ?? 'storage-failed', path, { cause })
}

/** `ENOENT`, … or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

export interface DurableWriteOptions {
  /** permission bits of the file; 0o600 for what holds secrets, 0o644 by default */
  readonly mode?: number
}

// Tells the temporary files of this process, which may be in use, from those that a crash left behind.
const own = `${process.pid}-${randomBytes(6).toString('hex')}`

/**
 * Replaces the content of `path` (the folder is made when it is missing).
 * @throws {StorageError} the old content is untouched then
 */
export async function writeDurably(
  path: string,
  content: string | Uint8Array,
  { mode = 0o644 }: DurableWriteOptions = {},
): Promise<void> {
  const folder = dirname(path)
  const prefix = `.${basename(path)}.`
  const temporary = join(folder, `${prefix}${own}-${randomBytes(6).toString('hex')}.tmp`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 })
    await removeLeftovers(folder, prefix)
    try {
      await writeAndSync(temporary, content, mode)
      await rename(temporary, path)
    } catch (error) {
      await unlink(temporary).catch(() => undefined)
      throw error
    }
    await syncFolder(folder)
  } catch (error) {
    throw storageError(path, error)
  }
}

async function writeAndSync(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(content)
    // The umask took bits from the mode of open(2).
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Without this the rename itself may be lost in a power cut. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    // Some file systems can't fsync a folder; their rename is as durable as it gets.
    if (!['EINVAL', 'ENOTSUP', 'EISDIR'].includes(errorCode(error))) throw error
  } finally {
    await handle?.close()
  }
}

async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  const names = await readdir(folder)
  const leftovers = names.filter(
    (name) => name.startsWith(prefix) && name.endsWith('.tmp') && !name.startsWith(`${prefix}${own}-`),
  )
  for (const name of leftovers) await unlink(join(folder, name)).catch(() => undefined)
}
