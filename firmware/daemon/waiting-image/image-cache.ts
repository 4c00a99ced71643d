/**
 * The waiting image on the disk: one, as the PNG that we made of it, under a name that tells what it was made of. It
 * survives a power cut and serves while the network is away. Its name comes from a checksum, never from an address.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../../config/durable-write.js'

export class ImageCache {
  #folder: string

  constructor(stateDir: string) {
    this.#folder = join(stateDir, 'waiting-image')
  }

  /** The file of that key, when it is there. */
  async find(key: string): Promise<string | undefined> {
    const file = this.#fileOf(key)
    try {
      return (await stat(file)).size > 0 ? file : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Keeps `image` and nothing else; gives its file.
   * @throws {import('../../config/durable-write.js').StorageError}
   */
  async keep(key: string, image: Uint8Array): Promise<string> {
    const file = this.#fileOf(key)
    await mkdir(this.#folder, { recursive: true, mode: 0o750 })
    await writeDurably(file, image, { mode: 0o640 })
    await this.#removeAllBut(file)
    return file
  }

  /** Forgets the image of that key: what is on the disk is not what was written. */
  async drop(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true }).catch(() => undefined)
  }

  /** Not worth a failure: what can't be removed is removed the next time. */
  async #removeAllBut(file: string): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    const others = names.map((name) => join(this.#folder, name)).filter((path) => path !== file)
    await Promise.allSettled(others.map((path) => rm(path, { force: true })))
  }

  #fileOf(key: string): string {
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.png`)
  }
}
