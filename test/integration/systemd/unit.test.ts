import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { tempDir } from '../../support/temp-dir.js'
import { withDeadline } from '../../support/wait-for.js'

const folder = 'services/systemd'

const analyze = async (...args: readonly string[]): Promise<{ code: number; text: string }> => {
  const tool = spawn('systemd-analyze', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [tool.stdout, tool.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk
    })
  }
  const [code] = await withDeadline(once(tool, 'close'), { what: 'systemd-analyze', timeoutMs: 20_000 })
  return { code: Number(code), text }
}

test('the unit is one that systemd accepts, and keeps its promises', async (t) => {
  const unit = await readFile(join(folder, 'live-pusher.service'), 'utf8')
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'WatchdogSec=10',
    'Restart=always',
    'RestartSec=1',
    'StartLimitIntervalSec=0',
    'OOMPolicy=continue',
    'LimitCORE=0',
    'StateDirectory=live-pusher',
    'RuntimeDirectory=live-pusher',
    'ExecStart=/usr/bin/live-pusher run --config /etc/live-pusher/config.yaml',
    'User=live-pusher',
  ]) {
    t.true(unit.split('\n').includes(line), line)
  }
  const file = join(await tempDir(t), 'live-pusher.service')
  await writeFile(
    file,
    unit
      .replaceAll('/usr/bin/live-pusher', '/bin/true')
      .replace(/^User=.*\nGroup=.*$/m, '')
      .replace(/^Documentation=.*$/m, ''),
  )
  const { code, text } = await analyze('verify', file)
  t.deepEqual(
    text.split('\n').filter((line) => line.includes('live-pusher')),
    [],
  )
  t.is(code, 0, text)
})

test('the sandbox leaves an exposure of at most 2.0, and every point of it is explained', async (t) => {
  const file = join(await tempDir(t), 'live-pusher.service')
  await copyFile(join(folder, 'live-pusher.service'), file)
  const judged = await analyze('security', '--offline=true', '--threshold=20', '--no-pager', file)
  t.is(judged.code, 0, judged.text)
  t.regex(judged.text, /Overall exposure level for live-pusher\.service: [01]\.\d/)

  const { text } = await analyze('security', '--offline=true', '--json=short', '--no-pager', file)
  const points = JSON.parse(text) as { name: string; exposure: string | null }[]
  const left = points
    .filter(({ exposure }) => Number(exposure ?? 0) > 0)
    .map(({ name }) => name.replace(/=.*$/, ''))
  t.true(left.length > 5 && left.length < 20, `${left}`)
  const explained = await readFile('docs/security.md', 'utf8')
  for (const name of left) t.true(explained.includes(`\`${name}\``), `docs/security.md is silent on ${name}`)
})

test('every file of the folder that is installed exists, and goes to one place', async (t) => {
  const list = (await readFile(join(folder, 'install.list'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/))
  t.true(list.length >= 8)
  for (const [name = '', destination = '', mode = '', ...more] of list) {
    await access(join(folder, name))
    t.regex(destination, /^\/(?:usr\/lib|etc)\/[\w./-]+$/)
    t.regex(mode, /^06[04][04]$/)
    t.deepEqual(more, [])
  }
  t.is(new Set(list.map(([, destination]) => destination)).size, list.length)
})
