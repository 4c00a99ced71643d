import { spawnSync } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tempDir } from '../../support/temp-dir.js'

/** Runs the guard with tools that write down how they were called. */
const guard = async (t: ExecutionContext, cmdline: string, raucSays = '{}') => {
  const folder = await tempDir(t)
  const at = (name: string): string => join(folder, name)
  for (const tool of ['rauc', 'systemctl']) {
    await writeFile(at(tool), `#!/bin/sh\necho ${tool} "$@" >> ${at('calls')}\necho '${raucSays}'\n`)
    await chmod(at(tool), 0o755)
  }
  await writeFile(at('calls'), '')
  await writeFile(at('unproven'), 'A\n')
  await writeFile(at('cmdline'), cmdline)
  const { status } = spawnSync('services/update/system/slot-guard', [at('unproven'), at('cmdline')], {
    env: { PATH: `${folder}:${process.env.PATH}` },
    timeout: 20_000,
  })
  return { status, calls: (await readFile(at('calls'), 'utf8')).trim().split('\n') }
}

test('a slot that nobody proved is given up', async (t) => {
  t.deepEqual(await guard(t, 'console=tty1 root=/dev/mmcblk0p3 rauc.slot=B ro\n'), {
    status: 0,
    calls: ['rauc status mark-bad booted', 'systemctl --no-block reboot'],
  })
  const asked = await guard(t, 'root=/dev/nvme0n1p1\n', '{"compatible":"x","booted":"B"}')
  t.deepEqual(asked.calls.slice(1), ['rauc status mark-bad booted', 'systemctl --no-block reboot'])
})

test('the slot from before the update is left alone, and so is one that is not known', async (t) => {
  t.deepEqual(await guard(t, 'rauc.slot=A quiet\n'), { status: 0, calls: [''] })
  const unknown = await guard(t, 'quiet\n')
  t.deepEqual(unknown, { status: 1, calls: ['rauc status --output-format=json'] })
})
