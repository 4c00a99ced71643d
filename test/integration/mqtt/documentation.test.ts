import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { boxOnBroker } from '../../support/mqtt.js'
import { tempDir } from '../../support/temp-dir.js'

/** The lines of the shell examples. */
const examples = async (): Promise<string[]> => {
  const text = await readFile('docs/mqtt.md', 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trim().split('\n'))
}

test('every command line of the documentation works as it stands', async (t) => {
  const { box, url, topics } = await boxOnBroker(t, 'embedded', { name: 'tripod' })
  box.emit('snapshot', {
    id: 'a',
    time: 1,
    width: 2,
    height: 2,
    bytes: 3,
    sha256: '0',
    path: '/snapshots/a.jpg',
  })
  // the clients read their defaults here, and the host name is the name of the box
  const folder = await tempDir(t)
  for (const tool of ['mosquitto_pub', 'mosquitto_sub', 'mosquitto_rr']) {
    await writeFile(join(folder, tool), `-p ${new URL(url).port}\n-h 127.0.0.1\n`)
  }
  await writeFile(join(folder, 'hostname'), '#!/bin/sh\necho tripod\n')
  await chmod(join(folder, 'hostname'), 0o755)
  const run = async (line: string): Promise<string> => {
    const endless = line.startsWith('mosquitto_sub') && !line.includes(' -C ')
    const { stdout } = await promisify(execFile)('sh', ['-c', endless ? `${line} -C 3 -W 5` : line], {
      env: { ...process.env, XDG_CONFIG_HOME: folder, PATH: `${folder}:${process.env.PATH}` },
      timeout: 15_000,
    })
    return stdout
  }
  const lines = await examples()
  t.true(lines.length >= 8)
  for (const line of lines) {
    const output = await run(line)
    if (line.startsWith('mosquitto_rr')) t.like(JSON.parse(output), { ok: true }, line)
    if (line.startsWith('mosquitto_sub'))
      t.true(output.includes(line.includes(' -v ') ? topics.base : 'a.jpg'), line)
  }
  t.deepEqual(
    box.submitted.map(({ method }) => method),
    ['setAttributes', 'start', 'stop', 'start', 'setAttributes', 'snapshot', 'stop'],
  )
})
