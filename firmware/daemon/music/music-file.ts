/** Makes a file that the media process can play of what a command names. */
import { readdir, realpath, rm, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { MusicUrl } from '../../pusher/music-url.js'
import type { WebLimits } from '../web-file.js'
import { download, MusicError } from './download.js'

export interface MusicFiles {
  /** the only folder whose files may be named; undefined: none may */
  readonly folder: string | undefined
  /** where downloads are kept while they play */
  readonly runtimeDir: string
  readonly limits?: WebLimits
}

export interface MusicFile {
  readonly path: string
  /** must be called when nobody plays it any more */
  release(): Promise<void>
}

const downloadName = /^music-\d+$/
let downloads = 0

/**
 * @throws MusicError when it can't be had; the reason of `signal` when it was given up
 */
export const musicFile = async (
  url: MusicUrl,
  { folder, runtimeDir, limits }: MusicFiles,
  signal: AbortSignal,
): Promise<MusicFile> => {
  if (url.kind === 'file') return { path: await inFolder(folder, url.name), release: async () => {} }
  downloads += 1
  const path = join(runtimeDir, `music-${downloads}`)
  const release = (): Promise<void> => rm(path, { force: true })
  try {
    await release()
    await download(url.url, path, signal, limits)
    return { path, release }
  } catch (error) {
    await release()
    throw error
  }
}

/** Removes what a box that was killed left behind. */
export const removeDownloads = async (runtimeDir: string): Promise<void> => {
  const names = await readdir(runtimeDir)
  await Promise.all(
    names
      .filter((name) => downloadName.test(name))
      .map((name) => rm(join(runtimeDir, name), { force: true })),
  )
}

/** A link that leads out of the folder is none of its files. */
const inFolder = async (folder: string | undefined, name: string): Promise<string> => {
  if (folder === undefined) throw new MusicError({ kind: 'music-folder-not-set', name })
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))])
    if (path.startsWith(root + sep) && (await stat(path)).isFile()) return path
  } catch (error) {
    throw new MusicError({ kind: 'music-missing', name }, { cause: error })
  }
  throw new MusicError({ kind: 'music-missing', name })
}
