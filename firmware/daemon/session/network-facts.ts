/**
 * What the kernel has to reach others with: links that carry, their addresses, routes. Compared from one look to the
 * next it tells that a network came back; read only while somebody waits for that.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

export interface NetworkSources {
  /** in place of / */
  readonly root?: string
  readonly interfaces?: typeof networkInterfaces
}

const loopback = 'lo'

/** One line for each; the order means nothing. What can't be read is left out. */
export const networkFacts = ({
  root = '/',
  interfaces = networkInterfaces,
}: NetworkSources = {}): ReadonlySet<string> => {
  const net = join(root, 'sys/class/net')
  const links = listed(net)
    .filter((name) => name !== loopback && read(join(net, name, 'carrier')).trim() === '1')
    .map((name) => `link ${name}`)
  const addresses = Object.entries(interfaces()).flatMap(([name, entries = []]) =>
    entries.filter(({ internal }) => !internal).map(({ address }) => `address ${name} ${address}`),
  )
  // proc(5), net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask …
  const routes = rows(join(root, 'proc/net/route'))
    .slice(1)
    .map(([name, to, gateway, , , , , mask]) => `route ${name} ${to} ${mask} ${gateway}`)
  // net/ipv6_route: to, its length, from, its length, next hop, metric, counts, flags, interface
  const routes6 = rows(join(root, 'proc/net/ipv6_route'))
    .filter((row) => row.at(-1) !== loopback)
    .map((row) => `route ${row.at(-1)} ${row[0]} ${row[1]} ${row[4]}`)
  return new Set([...links, ...addresses, ...routes, ...routes6])
}

const listed = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Empty when it can't be read: a link that is down answers with an error. */
const read = (file: string): string => {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

const rows = (file: string): string[][] =>
  read(file)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/))
