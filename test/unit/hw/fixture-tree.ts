import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'

/** By path without the leading slash: the content of a file, or where a link leads. */
export type Tree = Readonly<Record<string, string | { readonly link: string }>>

/** A folder that stands for `/`: /sys, /proc, /dev and /run as a machine would have them. */
export const fixtureTree = async (t: Teardown, tree: Tree): Promise<string> => {
  const root = await tempDir(t)
  for (const [path, content] of Object.entries(tree)) {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    if (typeof content === 'string') await writeFile(file, content)
    else await symlink(content.link, file)
  }
  return root
}
