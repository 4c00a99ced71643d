/** TUN devices: a network interface whose packets a process reads and writes (linux/if_tun.h). */
import { closeSync, constants, openSync } from 'node:fs'
import { ioctl, libcFunction } from '../../../firmware/libc.js'

type Transfer = (fd: number, bytes: Buffer, length: number) => number
const read: Transfer = libcFunction('long read(int, void *, unsigned long)')
const write: Transfer = libcFunction('long write(int, void *, unsigned long)')
const ppoll: (fds: Buffer, count: number, timeout: Buffer, mask: null) => number = libcFunction(
  'int ppoll(void *, unsigned long, void *, void *)',
)

const tunSetIff = 0x4004_54ca
const tunSetCarrier = 0x4004_54e2
const iffTun = 0x0001
const iffNoPacketInfo = 0x1000
const interfaceRequestBytes = 40
const nameBytes = 16
const largestPacket = 2_048
const pollIn = 0x001
const pollError = 0x008

export interface Tun {
  readonly fd: number
  /** the next packet, or undefined when none waits */
  read(): Buffer | undefined
  /** a packet that the other side can't take is lost, as on a wire without a plug */
  write(packet: Buffer): void
  /** false: as if the cable were pulled */
  setCarrier(on: boolean): void
}

/** Makes a device; it goes with its descriptor. @throws Error without the right to */
export const openTun = (name: string): Tun => {
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK)
  const request = Buffer.alloc(interfaceRequestBytes)
  request.write(name, 0, nameBytes - 1, 'latin1')
  request.writeUInt16LE(iffTun | iffNoPacketInfo, nameBytes)
  if (ioctl(fd, tunSetIff, request) !== 0) {
    closeSync(fd)
    throw new Error(`the kernel makes no TUN device ${name}`)
  }
  const bytes = Buffer.alloc(largestPacket)
  return {
    fd,
    read: () => {
      const length = read(fd, bytes, bytes.length)
      return length > 0 ? Buffer.from(bytes.subarray(0, length)) : undefined
    },
    write: (packet) => void write(fd, packet, packet.length),
    setCarrier: (on) => {
      const value = Buffer.alloc(4)
      value.writeUInt32LE(on ? 1 : 0)
      if (ioctl(fd, tunSetCarrier, value) !== 0) throw new Error('TUNSETCARRIER was refused')
    },
  }
}

/** Blocks until a descriptor can be read or the time (ms) is over; gives those that can. @throws Error for a device that is gone */
export const waitReadable = (fds: readonly number[], timeoutMs: number): ReadonlySet<number> => {
  const list = Buffer.alloc(fds.length * 8)
  fds.forEach((fd, index) => {
    list.writeInt32LE(fd, index * 8)
    list.writeInt16LE(pollIn, index * 8 + 4)
  })
  const nanoseconds = Math.round(Math.max(0, timeoutMs) * 1e6)
  const timeout = Buffer.alloc(16)
  timeout.writeBigInt64LE(BigInt(Math.floor(nanoseconds / 1e9)), 0)
  timeout.writeBigInt64LE(BigInt(nanoseconds % 1e9), 8)
  ppoll(list, fds.length, timeout, null)
  const happened = fds.map((_, index) => list.readInt16LE(index * 8 + 6))
  if (happened.some((events) => events & pollError)) throw new Error('a device is gone')
  // A side that hung up can be read as well: it reads as the end.
  return new Set(fds.filter((_, index) => happened[index] !== 0))
}
