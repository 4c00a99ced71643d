import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'

/** A file system of its own that a test can fill up or make read-only. */
export interface SmallDisk {
  readonly path: string
  fill(): void
  free(): void
  readOnly(): void
  writable(): void
}

const mount = (...args: string[]): void => {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8', timeout: 10_000 })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}

/** Whether this process may mount: as root, and in a container that allows it. */
export const canMount = (): boolean =>
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { timeout: 10_000 }).status === 0

/** Mounts a tmpfs of so many KiB that goes with the test. Needs {@link canMount}. */
export const startSmallDisk = async (t: Teardown, sizeKb: number): Promise<SmallDisk> => {
  const path = await tempDir(t)
  mount('-t', 'tmpfs', '-o', `size=${sizeKb}k,mode=0700`, 'live-pusher-test', path)
  t.teardown(() => {
    spawnSync('umount', ['--lazy', path], { timeout: 10_000 })
  })
  const filler = join(path, 'filler')
  return {
    path,
    fill: () => {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(1_024), { flag: 'a' })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    free: () => rmSync(filler),
    readOnly: () => mount('-o', 'remount,ro', path),
    writable: () => mount('-o', 'remount,rw', path),
  }
}
