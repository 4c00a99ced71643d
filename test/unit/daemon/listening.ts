import { createServer, type Socket } from 'node:net'
import { listenOnLoopback } from '../../support/ports.js'
import type { Teardown } from '../../support/teardown.js'

/**
 * A loopback port that accepts connections and says nothing; `accepted` is called for each.
 * @param port a certain one; by default any that is free
 */
export const listeningPort = async (
  t: Teardown,
  accepted: () => void = () => {},
  port = 0,
): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    accepted()
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return listenOnLoopback(server, port)
}
