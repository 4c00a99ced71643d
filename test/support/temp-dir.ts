import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from './teardown.js'

/** A new empty folder that goes, with all that is in it, when the test ends. */
export const tempDir = async (t: Teardown): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'live-pusher-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}
