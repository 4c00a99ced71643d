/**
 * Two network namespaces with a link between them. Their names carry the pid of their owner, so that those of an
 * owner who is gone can be told and removed.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { libcFunction } from '../../../firmware/libc.js'

const prefix = 'live-pusher-test-'
const folder = '/run/netns'
export const device = 'uplink0'

export interface Names {
  readonly box: string
  readonly server: string
}

export interface Addresses {
  readonly box: string
  readonly server: string
}

/** Runs `ip` with these arguments. @throws Error with what it said */
export const ip = (...args: readonly string[]): string => {
  const { status, stdout, stderr, error } = spawnSync('ip', args, { encoding: 'utf8', timeout: 10_000 })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
  return stdout
}

/** Why there can be no emulated link here, as words for a title; undefined when there can. */
export const noUplinkBecause = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch {
    return 'needs /dev/net/tun'
  }
  const mayMakeOne = spawnSync('unshare', ['--net', '--mount', 'true'], { timeout: 10_000 }).status === 0
  return mayMakeOne ? undefined : 'needs network namespaces'
}

/** The devices, which that process has open, go into their own namespaces. */
export const makeNamespaces = (owner: number, addresses: Addresses): Names => {
  removeOrphans()
  const names = { box: `${prefix}${owner}-box`, server: `${prefix}${owner}-server` }
  for (const end of ['box', 'server'] as const) {
    const name = names[end]
    ip('netns', 'add', name)
    ip('link', 'set', `lpu${owner}${end[0]}`, 'netns', name, 'name', device)
    ip('-n', name, 'addr', 'add', `${addresses[end]}/24`, 'dev', device)
    for (const each of ['lo', device]) ip('-n', name, 'link', 'set', each, 'up')
  }
  return names
}

export const removeNamespaces = (names: Names): void => {
  for (const name of Object.values(names)) spawnSync('ip', ['netns', 'del', name], { timeout: 10_000 })
}

/** Those of owners that are gone. */
export const removeOrphans = (): void => {
  for (const name of namespaces()) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner !== undefined && !isAlive(Number(owner))) spawnSync('ip', ['netns', 'del', name])
  }
}

/** Names of all that exist. */
export const namespaces = (): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const setns: (fd: number, type: number) => number = libcFunction('int setns(int, int)')
const socket: (family: number, type: number, protocol: number) => number =
  libcFunction('int socket(int, int, int)')
const connect: (fd: number, address: Buffer, length: number) => number = libcFunction(
  'int connect(int, void *, uint32_t)',
)
const cloneNewNet = 0x4000_0000
const afInet = 2
const sockStream = 1
const sockCloseOnExec = 0o2_000_000

/**
 * Runs at once, with this thread in the namespace: a socket that is made in it stays there. Threads of libuv do not
 * come along, so nothing that waits may be in it.
 */
export const inNamespace = <Value>(name: string, act: () => Value): Value => {
  const [home, there] = [openSync('/proc/thread-self/ns/net', 'r'), openSync(`${folder}/${name}`, 'r')]
  try {
    enter(there)
    try {
      return act()
    } finally {
      enter(home)
    }
  } finally {
    for (const fd of [home, there]) closeSync(fd)
  }
}

const enter = (namespace: number): void => {
  if (setns(namespace, cloneNewNet) !== 0) throw new Error('a network namespace can not be entered')
}

/**
 * Connects from within the namespace. Blocks until the connection stands, so it is for the namespace's own loopback,
 * where that is at once, and for a link that is known to carry.
 */
export const connectInside = (name: string, port: number, address = '127.0.0.1'): Socket => {
  const fd = inNamespace(name, () => {
    const made = socket(afInet, sockStream | sockCloseOnExec, 0)
    const where = Buffer.alloc(16)
    where.writeUInt16LE(afInet, 0)
    where.writeUInt16BE(port, 2)
    where.set(address.split('.').map(Number), 4)
    if (connect(made, where, where.length) === 0) return made
    closeSync(made)
    throw new Error(`${name}: ${address}:${port} refuses`)
  })
  return new Socket({ fd })
}
