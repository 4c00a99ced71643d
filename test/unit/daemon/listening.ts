import { createServer, type Socket } from 'node:net'
import type { Teardown } from '../../support/teardown.js'

/** A port of this machine that accepts connections and says nothing; `accepted` is called for each. */
export const listeningPort = async (t: Teardown, accepted: () => void = () => {}): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    accepted()
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
