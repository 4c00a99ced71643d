import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { configReference, configReferencePath } from '../firmware/config/reference.js'
import { effectsReference } from './effects-reference.js'
import { livePusherReference } from './live-pusher-reference.js'
import { miniProgramProperties, miniProgramPropertiesPath } from './mini-program-properties.js'
import { projectRoot } from './project-root.js'
import { gstreamerPackages, gstreamerPackagesPath } from './yocto/gstreamer.js'
import { npmPackages, npmPackagesPath } from './yocto/npm.js'
import { recipeVersion, recipeVersionPath } from './yocto/recipe-version.js'

/**
 * Writes the files that derive from tables in the source. `--check` writes nothing, names each file that is not what
 * it would be written as, and exits with 1 when there is one.
 */

interface Output {
  /** from the project's root */
  readonly path: string
  text(): string
}

/** Every generated file. */
const outputs: readonly Output[] = [
  { path: 'docs/live-pusher.md', text: livePusherReference },
  { path: 'docs/effects.md', text: effectsReference },
  { path: configReferencePath, text: configReference },
  { path: miniProgramPropertiesPath, text: miniProgramProperties },
  { path: gstreamerPackagesPath, text: gstreamerPackages },
  { path: npmPackagesPath, text: npmPackages },
  { path: recipeVersionPath, text: recipeVersion },
]

const args = process.argv.slice(2)
const check = args.includes('--check')
const unknown = args.find((argument) => argument !== '--check')
if (unknown === undefined) process.exitCode = await run(check)
else {
  console.error(`unknown argument ${unknown}; the only one is --check`)
  process.exitCode = 2
}

async function run(onlyCheck: boolean): Promise<number> {
  const root = projectRoot()
  let stale = 0
  for (const output of outputs) {
    const file = join(root, output.path)
    const text = output.text()
    if (existsSync(file) && (await readFile(file, 'utf8')) === text) continue
    if (onlyCheck) {
      console.error(`${output.path} is stale: run "npm run generate" and commit it`)
      stale += 1
    } else {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      console.log(`wrote ${output.path}`)
    }
  }
  return stale > 0 ? 1 : 0
}
