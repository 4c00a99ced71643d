import { execFile, spawn } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { configText } from '../../support/box-process.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

const run = async (program: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, [...args], { timeout: 90_000, maxBuffer: 2 ** 24 })
  return stdout
}

test('the Debian package has what production needs and nothing else, and its program runs from where it lies', async (t) => {
  const folder = await tempDir(t)
  const file = (await run('scripts/package', '--fast', '--node', process.execPath, '--out', folder)).trim()
  const field = (name: string) => run('dpkg-deb', '--field', file, name)
  t.is((await field('Package')).trim(), 'live-pusher-box')
  t.is((await field('Architecture')).trim(), (await run('dpkg', '--print-architecture')).trim())
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  t.is((await field('Version')).trim(), version)
  t.regex(await field('Depends'), /gstreamer1\.0-plugins-ugly.*gstreamer1\.0-gl/)

  const list = (await run('dpkg-deb', '--contents', file)).trim().split('\n')
  const entries = list.map((line) => {
    const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/)
    return { mode, owner, path: path.slice(1) }
  })
  t.deepEqual(
    entries.filter(({ owner }) => owner !== 'root/root'),
    [],
  )
  const paths = new Set(entries.map(({ path }) => path))
  const installed = (await readFile('services/systemd/install.list', 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/)[1] ?? '')
  for (const path of [
    '/usr/bin/live-pusher',
    '/usr/lib/live-pusher/build/phone-app/index.html',
    ...installed,
  ])
    t.true(paths.has(path), path)
  for (const folder of ['typescript', 'ava', 'vite', '@types', '@biomejs', 'playwright-core'])
    t.false(paths.has(`/usr/lib/live-pusher/node_modules/${folder}/`), folder)
  t.deepEqual(
    [...paths].filter((path) => /\.(?:ts|map|cc|gyp)$|\/build\/(?:test|scripts)\//.test(path)),
    [],
  )
  // the push address lies in it
  t.is(entries.find(({ path }) => path === '/etc/live-pusher/config.yaml')?.mode, '-rw-r-----')

  const tree = join(folder, 'tree')
  await run('dpkg-deb', '--raw-extract', file, tree)
  t.is((await readFile(join(tree, 'DEBIAN/conffiles'), 'utf8')).trim(), '/etc/live-pusher/config.yaml')
  for (const script of ['postinst', 'prerm', 'postrm'])
    t.is((await stat(join(tree, 'DEBIAN', script))).mode & 0o111, 0o111)
  const command = join(tree, 'usr/bin/live-pusher')
  t.regex(await run(command, 'version'), new RegExp(version))
  t.regex(await run(command, 'check-config', join(tree, 'etc/live-pusher/config.yaml')), /ok/)

  // Everything that a box loads is there: a push with its own RTMP server, and the phone app.
  const config = join(folder, 'config.yaml')
  await writeFile(
    config,
    configText(folder, join(folder, 'state'), { config: { 'local-rtmp': { enabled: true, port: 0 } } }),
  )
  const box = spawn(command, ['run', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => box.kill('SIGKILL'))
  let output = ''
  box.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const page = await waitFor(
    () => /\s1002\s+PUSH_EVT/.test(output) && /phone app\s+(http\S+)/.exec(output)?.[1],
    {
      what: 'the push',
      timeoutMs: 60_000,
    },
  )
  t.regex(await (await fetch(page)).text(), /<script type="module"/)
})
