/** The boards that `board` may name: those that have a file in hw/boards/entries, which is what it takes to add one. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../hw/boards/entries')

export const boardIds: readonly string[] = readdirSync(folder)
  .flatMap((name) => /^([a-z0-9-]+)\.js$/.exec(name)?.[1] ?? [])
  .sort()
