import type { Socket } from 'node:net'
import koffi from 'koffi'

const solTcp = 6
const tcpCongestion = 13

const setsockopt = koffi.load('libc.so.6').func('int setsockopt(int, int, int, void *, uint32_t)') as (
  fd: number,
  level: number,
  option: number,
  value: Buffer,
  length: number,
) => number

/** @throws Error where the kernel has no such congestion control */
export const setCongestionControl = (socket: Socket, name: 'cubic' | 'reno' | 'bbr'): void => {
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
  const value = Buffer.from(name)
  if (setsockopt(fd, solTcp, tcpCongestion, value, value.length) !== 0) throw new Error(`${name} was refused`)
}
