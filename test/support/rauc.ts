/** A system with two slots for the real RAUC, on files, with a boot loader that is a script and a key of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Rauc } from '../../services/update/rauc.js'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'
import { waitFor, withDeadline } from './wait-for.js'

const run = promisify(execFile)

export const compatible = 'live-pusher-box-test'

const bootLoader = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
case $1 in
  get-primary) cat primary ;;
  set-primary) echo "$2" > primary; echo good > "state-$2" ;;
  get-state) cat "state-$2" ;;
  set-state) echo "$3" > "state-$2" ;;
esac
`

const leafExtensions = [
  'basicConstraints=CA:FALSE',
  'keyUsage=digitalSignature',
  'extendedKeyUsage=emailProtection',
].join('\n')

/** A root and a leaf that it signed, as docs/yocto.md makes them. */
const makeKeys = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'leaf.ext'), leafExtensions)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder, timeout: 60_000 })
  const ca = ['-addext', 'keyUsage=keyCertSign,cRLSign']
  await openssl('req', '-x509', ...key, '-subj', '/CN=root', '-keyout', 'root.key', '-out', 'root.pem', ...ca)
  await openssl('req', ...key, '-subj', '/CN=bundles', '-keyout', 'leaf.key', '-out', 'leaf.csr')
  const signing = ['-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-extfile', 'leaf.ext']
  await openssl('x509', '-req', '-in', 'leaf.csr', ...signing, '-out', 'leaf.pem')
}

export interface BundleOptions {
  readonly version: string
  readonly compatible?: string
  /** signed by a key that the system does not know */
  readonly foreign?: boolean
}

export const startRaucSystem = async (t: Teardown) => {
  const folder = await tempDir(t)
  const at = (name: string): string => join(folder, name)
  await makeKeys(at('keys'))
  await writeFile(at('boot-loader'), bootLoader)
  await chmod(at('boot-loader'), 0o755)
  for (const [name, text] of Object.entries({ primary: 'A', 'state-A': 'good', 'state-B': 'bad' }))
    await writeFile(at(name), `${text}\n`)
  for (const slot of ['a.img', 'b.img']) {
    await writeFile(at(slot), '')
    await truncate(at(slot), 1 << 20)
  }
  await mkdir(at('data'))
  const slots = ['A', 'B'].map(
    (name, index) =>
      `[slot.rootfs.${index}]\ndevice=${at(`${name.toLowerCase()}.img`)}\ntype=raw\nbootname=${name}\n`,
  )
  await writeFile(
    at('system.conf'),
    [
      `[system]\ncompatible=${compatible}\nbootloader=custom\nmountprefix=${at('mnt')}\ndata-directory=${at('data')}`,
      // without dm-verity in the kernel only this format can be installed
      'bundle-formats=plain',
      `[keyring]\npath=${at('keys/root.pem')}\n[handlers]\nbootloader-custom-backend=${at('boot-loader')}`,
      ...slots,
    ].join('\n'),
  )

  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.teardown(() => end(bus))
  const [address] = await withDeadline(once(createInterface({ input: bus.stdout }), 'line'), {
    what: 'the address of the bus',
  })
  const env = {
    ...process.env,
    DBUS_SESSION_BUS_ADDRESS: String(address),
    DBUS_STARTER_BUS_TYPE: 'session',
  }
  const rauc = new Rauc({ command: ['rauc', `--conf=${at('system.conf')}`], env, busyMs: 100 })
  let service: ChildProcess | undefined

  /** Starts the system in whatever slot the boot loader has as the next one. */
  const boot = async (): Promise<string> => {
    if (service) await end(service)
    const slot = (await readFile(at('primary'), 'utf8')).trim()
    const args = [`--conf=${at('system.conf')}`, 'service', `--override-boot-slot=${slot}`]
    service = spawn('rauc', args, { env, stdio: 'ignore' })
    await waitFor(async () => (await rauc.status().catch(() => undefined))?.booted === slot, {
      what: 'RAUC',
      timeoutMs: 30_000,
    })
    return slot
  }
  t.teardown(async () => service && (await end(service)))
  await boot()

  let bundles = 0
  /** Writes a signed bundle with random contents and gives both. */
  const bundle = async ({ version, compatible: board = compatible, foreign = false }: BundleOptions) => {
    bundles += 1
    const input = at(`bundle-${bundles}`)
    const image = randomBytes(200_000)
    await mkdir(input)
    await writeFile(join(input, 'rootfs.img'), image)
    await writeFile(
      join(input, 'manifest.raucm'),
      `[update]\ncompatible=${board}\nversion=${version}\n[bundle]\nformat=plain\n[image.rootfs]\nfilename=rootfs.img\n`,
    )
    const keys = at(foreign ? 'foreign' : 'keys')
    if (foreign) await makeKeys(keys)
    const signing = [`--cert=${join(keys, 'leaf.pem')}`, `--key=${join(keys, 'leaf.key')}`]
    const file = at(`${bundles}.raucb`)
    await run('rauc', [...signing, 'bundle', input, file], { timeout: 60_000 })
    return { file, image }
  }

  return {
    folder,
    rauc,
    config: at('system.conf'),
    /** for whoever shall reach this RAUC */
    env: { DBUS_SESSION_BUS_ADDRESS: String(address), DBUS_STARTER_BUS_TYPE: 'session' },
    boot,
    bundle,
    /** the boot loader's next slot and its opinion of both */
    bootState: async () => {
      const read = async (name: string): Promise<string> => (await readFile(at(name), 'utf8')).trim()
      return { primary: await read('primary'), A: await read('state-A'), B: await read('state-B') }
    },
    /** what the firmware does by itself with a slot that has no tries left */
    fallBack: async (slot: string): Promise<void> => writeFile(at('primary'), `${slot}\n`),
    slot: (name: 'a' | 'b'): Promise<Buffer> => readFile(at(`${name}.img`)),
  }
}

export type RaucSystem = Awaited<ReturnType<typeof startRaucSystem>>

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
