import type { Server, Socket } from 'node:net'
import { setsockopt } from '../../firmware/libc.js'

/**
 * Sets an option that Node.js has no call for, by its numbers in the kernel's headers.
 * @throws Error where the kernel refuses
 */
export const setSocketOption = (
  socket: Server | Socket,
  { level, option, value, name }: { level: number; option: number; value: Buffer; name: string },
): void => {
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
  if (setsockopt(fd, level, option, value, value.length) !== 0) throw new Error(`${name} was refused`)
}
