/**
 * Snapshots in a folder, named by time, the oldest removed when there are too many.
 * A picture is complete or not there: written beside, then renamed.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SnapshotInfo } from '../pusher/events.js'

export interface SnapshotLimits {
  readonly mostBytes: number
  readonly mostFiles: number
}

const usualLimits: SnapshotLimits = { mostBytes: 64 * 1024 * 1024, mostFiles: 200 }
const idPattern = /^[A-Za-z0-9-]{1,64}$/

export class SnapshotStore {
  #folder: string
  #limits: SnapshotLimits
  #last = ''
  #cleared: Promise<void> | undefined

  constructor(stateDir: string, limits: Partial<SnapshotLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
    this.#folder = join(stateDir, 'snapshots')
  }

  /** @throws an Error of node:fs, e.g. ENOSPC; nothing of the picture is left then */
  async save(picture: {
    readonly image: Uint8Array
    readonly width: number
    readonly height: number
    readonly time: number
  }): Promise<SnapshotInfo> {
    const { image, width, height, time } = picture
    await mkdir(this.#folder, { recursive: true, mode: 0o750 })
    const id = this.#nextId(time)
    const file = join(this.#folder, `${id}.jpg`)
    const partial = join(this.#folder, `.${id}.partial`)
    try {
      this.#cleared ??= this.#clearPartial()
      await this.#cleared
      await writeFile(partial, image, { mode: 0o640 })
      await rename(partial, file)
      await this.#trim(id)
    } catch (error) {
      await Promise.all([partial, file].map((path) => rm(path, { force: true })))
      throw error
    }
    return {
      id,
      time,
      width,
      height,
      bytes: image.length,
      sha256: createHash('sha256').update(image).digest('hex'),
      path: `/snapshots/${id}.jpg`,
    }
  }

  /** The picture, or undefined when there is none of that id. */
  async read(id: string): Promise<Uint8Array | undefined> {
    if (!idPattern.test(id)) return undefined
    try {
      return await readFile(join(this.#folder, `${id}.jpg`))
    } catch {
      return undefined
    }
  }

  #nextId(time: number): string {
    const base = new Date(time).toISOString().replace(/[:.]/g, '-')
    const id = this.#last.startsWith(base)
      ? `${base}-${Number(this.#last.slice(base.length + 1) || 0) + 1}`
      : base
    this.#last = id
    return id
  }

  /** What a power cut left half written. Not worth a snapshot when it can't be removed. */
  async #clearPartial(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    const partial = names.filter((name) => name.endsWith('.partial'))
    await Promise.allSettled(partial.map((name) => rm(join(this.#folder, name), { force: true })))
  }

  /** The picture just saved stays, also where the clock went back and makes it the oldest. */
  async #trim(saved: string): Promise<void> {
    const { mostBytes, mostFiles } = this.#limits
    const all = (await readdir(this.#folder)).filter((name) => name.endsWith('.jpg'))
    const names = all.filter((name) => name !== `${saved}.jpg`).sort(byAge)
    const sizes = await Promise.all(names.map((name) => sizeOf(join(this.#folder, name))))
    let bytes = sizes.reduce((sum, size) => sum + size, await sizeOf(join(this.#folder, `${saved}.jpg`)))
    let files = all.length
    for (const [index, name] of names.entries()) {
      if (bytes <= mostBytes && files <= mostFiles) return
      await rm(join(this.#folder, name), { force: true })
      bytes -= sizes[index] ?? 0
      files -= 1
    }
  }
}

/** Ids of one millisecond differ in the number at their end: -2 is older than -10, and none is oldest. */
const byAge = (a: string, b: string): number =>
  a.replace('.jpg', '').localeCompare(b.replace('.jpg', ''), 'en', { numeric: true })

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size
  } catch {
    // Somebody removed it.
    return 0
  }
}
