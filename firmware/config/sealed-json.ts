/**
 * A JSON file that knows whether it is whole: version, checksum, value. A file that was torn, edited by hand
 * or written by a newer version does not open. Where an older value is better than none, the one before is kept
 * as `.bak`.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { errorCode, writeDurably } from './durable-write.js'

const version = 1

/** Bytes; nothing that is kept this way comes near it. */
const maxBytes = 1_048_576

/** What was lost or doubtful when a file was read. */
export interface StoreWarning {
  readonly kind: 'torn' | 'unreadable' | 'dropped'
  readonly file: string
  readonly message: string
}

export interface Sealed<Value> {
  readonly value: Value
  readonly warning?: StoreWarning
}

type Opened = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string }

const checksum = (json: string): string => createHash('sha256').update(json).digest('hex')

/** The text of a sealed file. */
export const seal = (value: unknown): string => {
  const json = JSON.stringify(value)
  return `${JSON.stringify({ version, sha256: checksum(json), value })}\n`
}

/** Opens the text of a sealed file. Key order counts in the checksum, and JSON keeps it. */
export const unseal = (text: string): Opened => {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return { ok: false, reason: text.trim() === '' ? 'it is empty' : 'it is not JSON' }
  }
  if (typeof file !== 'object' || file === null || !('version' in file) || !('value' in file)) {
    return { ok: false, reason: 'it has another form' }
  }
  if (file.version !== version) return { ok: false, reason: `it has version ${String(file.version)}` }
  if (!('sha256' in file) || file.sha256 !== checksum(JSON.stringify(file.value))) {
    return { ok: false, reason: 'its checksum is wrong' }
  }
  return { ok: true, value: file.value }
}

/** A sealed file on the disk. `read` turns the value into its type, or gives undefined when it isn't one. */
export class SealedFile<Value> {
  readonly path: string
  readonly #read: (value: unknown) => Value | undefined
  readonly #empty: Value
  readonly #mode: number
  readonly #keepsPrevious: boolean
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    path: string,
    options: {
      readonly read: (value: unknown) => Value | undefined
      readonly empty: Value
      /** permission bits; 0o600 for what holds secrets */
      readonly mode: number
      readonly keepsPrevious: boolean
    },
  ) {
    this.path = path
    this.#read = options.read
    this.#empty = options.empty
    this.#mode = options.mode
    this.#keepsPrevious = options.keepsPrevious
  }

  /** Never throws: the file, else the one before it, else empty; a warning says when it isn't the first. */
  async load(): Promise<Sealed<Value>> {
    const main = await this.#open(this.path)
    if (main.ok) return { value: main.value }
    const backup = await this.#open(`${this.path}.bak`)
    // A box that never stored anything has neither.
    if (main.kind === 'absent' && !backup.ok && backup.kind === 'absent') return { value: this.#empty }
    const rest = backup.ok
      ? 'the version before it is used'
      : `${backup.reason} too; everything in it is lost`
    return {
      value: backup.ok ? backup.value : this.#empty,
      warning: {
        kind: main.kind === 'unreadable' ? 'unreadable' : 'torn',
        file: this.path,
        message: `${main.reason}; ${rest}`,
      },
    }
  }

  /**
   * Durable when it resolves. Calls are carried out one after the other.
   * @throws {import('./durable-write.js').StorageError} the old content is still there then
   */
  save(value: Value): Promise<void> {
    const saved = this.#last.then(() => this.#save(value))
    this.#last = saved.catch(() => undefined)
    return saved
  }

  async #save(value: Value): Promise<void> {
    const text = seal(value)
    const before = await readText(this.path).catch(() => undefined)
    if (before === text) return
    // A torn file must not replace the good one before it.
    if (this.#keepsPrevious && before !== undefined && this.#valueOf(before).ok) {
      await writeDurably(`${this.path}.bak`, before, { mode: this.#mode })
    }
    await writeDurably(this.path, text, { mode: this.#mode })
  }

  async #open(path: string): Promise<OpenedFile<Value>> {
    try {
      return this.#valueOf(await readText(path))
    } catch (error) {
      return errorCode(error) === 'ENOENT'
        ? absent
        : {
            ok: false,
            kind: 'unreadable',
            reason: `the file can't be read (${errorCode(error) || 'too large'})`,
          }
    }
  }

  #valueOf(text: string): OpenedFile<Value> {
    const opened = unseal(text)
    if (!opened.ok) return { ok: false, kind: 'torn', reason: `the file is damaged: ${opened.reason}` }
    const value = this.#read(opened.value)
    return value === undefined
      ? { ok: false, kind: 'torn', reason: 'the file is damaged: its value is of another kind' }
      : { ok: true, value }
  }
}

type OpenedFile<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly kind: 'absent' | 'torn' | 'unreadable'; readonly reason: string }

const absent = { ok: false, kind: 'absent', reason: 'the file is missing' } as const

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path)
  if (bytes.length > maxBytes) throw new Error('the file is too large')
  return bytes.toString('utf8')
}
