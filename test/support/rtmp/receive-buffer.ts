import type { Server, Socket } from 'node:net'
import { setSocketOption } from '../socket-option.js'

const solSocket = 1
const soRcvbuf = 8

/**
 * Sets SO_RCVBUF on a connection, or on a listening server, whose connections inherit it. Without it the kernel takes up to 6 MB on
 * loopback before a client notices that nobody reads, which is half a minute of video.
 */
export const limitReceiveBuffer = (server: Server | Socket, bytes: number): void => {
  const value = Buffer.alloc(4)
  value.writeInt32LE(bytes)
  setSocketOption(server, { level: solSocket, option: soRcvbuf, value, name: 'SO_RCVBUF' })
}
