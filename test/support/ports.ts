import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Teardown } from './teardown.js'
import { withDeadline } from './wait-for.js'

export const loopback = '127.0.0.1'

/** Below Linux's range for outgoing connections, so that none of them takes a port while its server restarts. */
const firstPort = 12_000
const lastPort = 32_000
const attempts = 50

const tryToListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const trial = createServer()
    trial.once('error', () => resolve(false))
    trial.listen(port, loopback, () => trial.close(() => resolve(true)))
  })

/** A loopback port where nobody listens now: for servers that can't be told to listen on port 0. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort))
    if (await tryToListen(port)) return port
  }
  throw new Error(`no free port found between ${firstPort} and ${lastPort}`)
}

/** Listens on loopback, by default on a port that the kernel chooses. */
export const listenOnLoopback = async (server: Server, port = 0): Promise<number> => {
  server.listen(port, loopback)
  await withDeadline(once(server, 'listening'), { what: `a server to listen on port ${port}` })
  return (server.address() as AddressInfo).port
}

/** True when a TCP connection to the loopback port is accepted. */
export const accepts = async (port: number): Promise<boolean> => {
  const socket = connect(port, loopback)
  try {
    await withDeadline(once(socket, 'connect'), { what: `port ${port} to accept`, timeoutMs: 1_000 })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/**
 * A port that refuses every connection until the test ends. It is the local port of an open connection:
 * taken, so that nobody else can get it, but not listening.
 */
export const refusingPort = async (t: Teardown): Promise<number> => {
  const server = createServer()
  const port = await listenOnLoopback(server)
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect(port, loopback)
  await withDeadline(once(client, 'connect'), { what: 'the holding connection' })
  const [holder] = await accepted
  t.teardown(() => {
    client.destroy()
    holder.destroy()
    server.close()
  })
  return (client.address() as AddressInfo).port
}
