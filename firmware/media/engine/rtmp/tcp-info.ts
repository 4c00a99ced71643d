/**
 * The kernel's view of the sink's own socket, and the options that keep the backlog in our queue.
 * rtmp2sink hides its socket, but it is a descriptor of this process: found by the inode that
 * /proc/self/net/tcp gives for the peer's port. Layout: struct tcp_info of linux/tcp.h.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { SocketAddress } from 'node:net'
import { networkInterfaces } from 'node:os'
import { ioctl, libcFunction, setsockopt } from '../../../libc.js'

const getsockopt: (fd: number, level: number, option: number, value: Buffer, length: Buffer) => number =
  libcFunction('int getsockopt(int, int, int, void *, void *)')
const shutdown: (fd: number, how: number) => number = libcFunction('int shutdown(int, int)')

const shutdownBoth = 2
const solTcp = 6
const tcpInfo = 11
const tcpCongestion = 13
const tcpUserTimeout = 18
const tcpNotSentLowat = 25
/** SIOCOUTQ of linux/sockios.h */
const sendQueueSize = 0x5411
const established = '01'
const synSent = '02'

/** What the kernel is too old to tell (bytesAcked: 4.1, notSentBytes and minRttMs: 4.6, deliveryRate: 4.9) is 0. */
export interface TcpInfo {
  readonly rttMs: number
  readonly rttVarMs: number
  /** the shortest of the last minutes, 0 before the first */
  readonly minRttMs: number
  readonly bytesAcked: number
  readonly notSentBytes: number
  readonly unackedPackets: number
  /** bytes per second that the path delivered last */
  readonly deliveryRate: number
  /** what the kernel holds until it is acknowledged: on the way and not sent, bytes */
  readonly sendQueueBytes: number
}

export interface Socket {
  readonly fd: number
  readonly inode: string
  /** our end's address */
  readonly localAddress: string
}

const ownSockets = (): Map<string, number> => {
  const sockets = new Map<string, number>()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1]
      if (inode) sockets.set(inode, Number(name))
    } catch {
      // closed while we looked
    }
  }
  return sockets
}

const table = (file: string): string[][] => {
  try {
    return readFileSync(file, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
  } catch {
    return []
  }
}

const socketRows = (): string[][] => [...table('/proc/self/net/tcp'), ...table('/proc/self/net/tcp6')]

/** Our established connection to that remote port, if there is one now; `not` leaves out known ones. */
export const findSocket = (remotePort: number, not: ReadonlySet<string> = new Set()): Socket | undefined =>
  ownSocketTo(remotePort, established, not)

/** Whether we asked that remote port for a connection and it has said nothing yet. */
export const waitsForAnswer = (remotePort: number): boolean =>
  ownSocketTo(remotePort, synSent, new Set()) !== undefined

const ownSocketTo = (remotePort: number, state: string, not: ReadonlySet<string>): Socket | undefined => {
  const port = remotePort.toString(16).toUpperCase().padStart(4, '0')
  const found = socketRows()
    .filter((row) => row[2]?.endsWith(`:${port}`) && row[3] === state)
    .map((row) => ({ inode: row[9] ?? '', localAddress: addressOf(row[1] ?? '') }))
    .filter(({ inode }) => inode !== '' && inode !== '0' && !not.has(inode))
  if (found.length === 0) return undefined
  const own = ownSockets()
  for (const { inode, localAddress } of found) {
    const fd = own.get(inode)
    if (fd !== undefined) return { fd, inode, localAddress }
  }
  return undefined
}

/** `0100007F:1F90` of the table → `127.0.0.1`: words of 32 bits in the machine's order, always little-endian here. */
const addressOf = (text: string): string => {
  const words = text.split(':')[0]?.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse())
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 255))
  if (isMapped) return bytes.slice(12).join('.')
  const groups = bytes.flatMap((byte, index) =>
    index % 2 === 0 ? [((byte << 8) | (bytes[index + 1] ?? 0)).toString(16)] : [],
  )
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

/** Whether this machine still has the address: what is sent from one that it lost goes nowhere. */
export const ownsAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address))

/** A descriptor number is used again after close: ask before every use. */
const stillOurs = (socket: Socket): boolean => {
  try {
    return readlinkSync(`/proc/self/fd/${socket.fd}`) === `socket:[${socket.inode}]`
  } catch {
    return false
  }
}

export const readTcpInfo = (socket: Socket): TcpInfo | undefined => {
  if (!stillOurs(socket)) return undefined
  const info = Buffer.alloc(256)
  const length = getOption(socket, tcpInfo, info)
  if (length === undefined) return undefined
  return { ...parseTcpInfo(info.subarray(0, length)), sendQueueBytes: readSendQueue(socket) }
}

const noMinRtt = 0xffff_ffff

/** Reads as much of struct tcp_info as the kernel filled in. */
export const parseTcpInfo = (info: Buffer): Omit<TcpInfo, 'sendQueueBytes'> => {
  const u32 = (offset: number): number => (offset + 4 <= info.length ? info.readUInt32LE(offset) : 0)
  const u64 = (offset: number): number =>
    offset + 8 <= info.length ? Number(info.readBigUInt64LE(offset)) : 0
  const minRtt = u32(148)
  return {
    unackedPackets: u32(24),
    rttMs: u32(68) / 1000,
    rttVarMs: u32(72) / 1000,
    bytesAcked: u64(120),
    notSentBytes: u32(144),
    minRttMs: minRtt === noMinRtt ? 0 : minRtt / 1000,
    deliveryRate: u64(160),
  }
}

const readSendQueue = (socket: Socket): number => {
  const bytes = Buffer.alloc(4)
  if (ioctl(socket.fd, sendQueueSize, bytes) === 0) return bytes.readInt32LE()
  // The same figure, as text.
  const row = socketRows().find((columns) => columns[9] === socket.inode)
  return Number.parseInt(row?.[4]?.split(':')[0] ?? '0', 16)
}

/** Length of what was written to `value`; undefined when the kernel refuses. */
const getOption = (socket: Socket, option: number, value: Buffer): number | undefined => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(value.length)
  return getsockopt(socket.fd, solTcp, option, value, length) === 0 ? length.readUInt32LE() : undefined
}

/** The options that {@link tuneSocket} sets, as the kernel has them; undefined where it does not say. */
export const readSocketOptions = (
  socket: Socket,
): {
  notSentBytes: number | undefined
  userTimeoutMs: number | undefined
  congestion: string | undefined
} => {
  const number = (option: number): number | undefined => {
    const value = Buffer.alloc(4)
    return stillOurs(socket) && getOption(socket, option, value) === 4 ? value.readUInt32LE() : undefined
  }
  const name = Buffer.alloc(16)
  const length = stillOurs(socket) ? getOption(socket, tcpCongestion, name) : undefined
  return {
    notSentBytes: number(tcpNotSentLowat),
    userTimeoutMs: number(tcpUserTimeout),
    congestion: length === undefined ? undefined : (name.toString('latin1', 0, length).split('\0')[0] ?? ''),
  }
}

const setNumber = (socket: Socket, option: number, value: number): boolean => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return setsockopt(socket.fd, solTcp, option, bytes, bytes.length) === 0
}

/**
 * Little unsent data in the kernel (the rest stays in our queue, where its age is known), an end to a silent
 * peer, and BBR where the kernel has it. Returns what took effect.
 */
export const tuneSocket = (
  socket: Socket,
  options: { readonly notSentBytes: number; readonly userTimeoutMs: number },
): { notSent: boolean; userTimeout: boolean; bbr: boolean } => {
  if (!stillOurs(socket)) return { notSent: false, userTimeout: false, bbr: false }
  const bbr = Buffer.from('bbr')
  return {
    notSent: setNumber(socket, tcpNotSentLowat, options.notSentBytes),
    userTimeout: setNumber(socket, tcpUserTimeout, options.userTimeoutMs),
    bbr: setsockopt(socket.fd, solTcp, tcpCongestion, bbr, bbr.length) === 0,
  }
}

/** Ends the connection under whoever reads or writes on it: their calls return at once. */
export const endSocket = (socket: Socket): void => {
  if (stillOurs(socket)) shutdown(socket.fd, shutdownBoth)
}
