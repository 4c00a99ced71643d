import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { projectRoot } from '../../../scripts/project-root.js'
import { tempDir } from '../../support/temp-dir.js'

const run = promisify(execFile)

test('the packed program is the same each time, runs by itself, and has the parts of the .deb', async (t) => {
  const folder = await tempDir(t)
  const [first, second] = [join(folder, 'first.tar.gz'), join(folder, 'second.tar.gz')]
  for (const file of [first, second]) await run('scripts/yocto/program', [file], { timeout: 60_000 })
  t.true((await readFile(first)).equals(await readFile(second)))

  await run('tar', ['--extract', `--file=${first}`, `--directory=${folder}`], { timeout: 60_000 })
  await symlink(join(projectRoot(), 'node_modules'), join(folder, 'lib/node_modules'))
  const { stdout } = await run(process.execPath, [join(folder, 'lib/build/firmware/main.js'), 'version'], {
    timeout: 60_000,
  })
  t.regex(stdout, /^live-pusher \d+\.\d+\.\d+ /)

  const { stdout: listed } = await run('tar', ['--list', `--file=${first}`], { timeout: 60_000 })
  const parts = /for part in ([a-z -]+); do\n.*"build\/\$part"/.exec(
    await readFile('scripts/package', 'utf8'),
  )
  t.truthy(parts)
  for (const part of parts?.[1]?.split(' ') ?? []) t.true(listed.includes(`lib/build/${part}/`), part)
  t.true(listed.includes('lib/services/http/preview-page/index.html'))
  t.notRegex(listed, /\.map$|lib\/build\/(?:test|scripts)\//m)
})
