import type { Server, Socket } from 'node:net'
import koffi from 'koffi'

const solSocket = 1
const soRcvbuf = 8

const setsockopt = koffi.load('libc.so.6').func('int setsockopt(int, int, int, void *, uint32_t)') as (
  fd: number,
  level: number,
  option: number,
  value: Buffer,
  length: number,
) => number

/**
 * Sets SO_RCVBUF on a connection, or on a listening server, whose connections inherit it. Without it the kernel takes up to 6 MB on
 * loopback before a client notices that nobody reads, which is half a minute of video.
 */
export const limitReceiveBuffer = (server: Server | Socket, bytes: number): void => {
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  const value = Buffer.alloc(4)
  value.writeInt32LE(bytes)
  if (setsockopt(fd, solSocket, soRcvbuf, value, value.length) !== 0) {
    throw new Error('SO_RCVBUF was refused')
  }
}
