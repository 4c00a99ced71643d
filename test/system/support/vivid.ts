/** The two cameras of the virtual machine (the kernel's vivid): unplugged, plugged in, and told what to show. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../../support/wait-for.js'
import { run } from './run.js'

/** Their addresses: what tells them apart, both are called vivid. */
export const vividFront = 'platform:vivid-000'
export const vividBack = 'platform:vivid-001'

const driver = '/sys/bus/platform/drivers/vivid'

/** The node that a camera has now, e.g. `/dev/video0`; undefined while it has none. */
export const nodeOf = async (address: string): Promise<string | undefined> => {
  const names = (await readdir('/sys/class/video4linux').catch(() => [])).filter((name) =>
    /^video/.test(name),
  )
  for (const name of names) {
    const facts = await run('v4l2-ctl', '-d', `/dev/${name}`, '--info').catch(() => '')
    if (facts.includes(`Bus info         : ${address}`)) return `/dev/${name}`
  }
  return undefined
}

/** As if both cables were pulled out: their nodes go. */
export const unplug = async (): Promise<void> => {
  await writeFile(join(driver, 'unbind'), 'vivid.0')
}

/** Plugs both in again, where they are unplugged, and resolves when both have nodes. */
export const plugIn = async (): Promise<void> => {
  const bound = (await readdir(driver)).includes('vivid.0')
  if (!bound) await writeFile(join(driver, 'bind'), 'vivid.0')
  await run('udevadm', 'settle', '--timeout=30')
  await waitFor(async () => (await nodeOf(vividFront)) && (await nodeOf(vividBack)), {
    what: 'the nodes of both cameras',
  })
}

/** Sets a control of a camera, e.g. `saturation` to 0 for a grey picture. */
export const control = async (address: string, name: string, value: number): Promise<void> => {
  const node = await waitFor(() => nodeOf(address), { what: `the node of ${address}` })
  await run('v4l2-ctl', '-d', node, '-c', `${name}=${value}`)
}
