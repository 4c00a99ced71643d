/** The last good copy of config.yaml, in the state folder. */
import { readFile } from 'node:fs/promises'
import { type StorageErrorKind, storageError, writeDurably } from './durable-write.js'
import { readYaml, type YamlText } from './yaml-text.js'

/** Name of the last good copy in the state folder. */
export const lastGoodName = 'config.last-good.yaml'

export interface ConfigWarning {
  readonly kind: StorageErrorKind
  readonly message: string
}

/** The copy knows whose it is: the copy of another file is not this file's last good state. */
const heading = (file: string): string => `# Last good copy of ${JSON.stringify(file)}; do not edit.\n`

/** Durable when it resolves; a failure of storage does not stop the box. */
export async function keepCopy(
  copy: string,
  file: string,
  bytes: Uint8Array,
): Promise<readonly ConfigWarning[]> {
  const text =
    heading(file) +
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
  try {
    const there = await readFile(copy, 'utf8').catch(() => undefined)
    // The attributes may hold a push address: nobody else may read it.
    if (there !== text) await writeDurably(copy, text, { mode: 0o600 })
    return []
  } catch (error) {
    const failure = storageError(copy, error)
    return [
      { kind: failure.kind, message: `the last good configuration could not be kept: ${failure.message}` },
    ]
  }
}

/** The copy of `file`, or undefined when there is none. */
export async function readCopy(copy: string, file: string): Promise<YamlText | undefined> {
  const text = await readFile(copy, 'utf8').catch(() => undefined)
  const first = heading(file)
  return text?.startsWith(first) ? readYaml(Buffer.from(text.slice(first.length))) : undefined
}
