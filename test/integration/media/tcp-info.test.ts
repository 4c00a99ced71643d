import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import {
  type Socket as Found,
  findSocket,
  readTcpInfo,
  tuneSocket,
} from '../../../firmware/media/engine/tcp-info.js'
import { waitFor } from '../../support/wait-for.js'

interface Peer {
  readonly port: number
  /** ours */
  readonly socket: Socket
  /** the server's end of it */
  readonly remote: Socket
}

/** A connection of this process to a server on a free port of its own. */
const connection = async (t: ExecutionContext): Promise<Peer> => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const socket = connect(port, '127.0.0.1')
  const [remote] = await accepted
  if (socket.connecting) await once(socket, 'connect')
  t.teardown(() => {
    socket.destroy()
    remote.destroy()
    server.close()
  })
  return { port, socket, remote }
}

const found = (port: number): Found => {
  const socket = findSocket(port)
  if (!socket) throw new Error(`no connection to port ${port}`)
  return socket
}

test('finds our connection by the port of the other side', async (t) => {
  const { port } = await connection(t)
  const socket = found(port)
  t.true(socket.fd > 2)
  t.is(findSocket(port, new Set([socket.inode])), undefined)
})

test('finds nothing where nobody is connected', async (t) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  t.is(findSocket((server.address() as AddressInfo).port), undefined)
})

test('knows what the other side has confirmed', async (t) => {
  const { port, socket, remote } = await connection(t)
  const before = readTcpInfo(found(port))
  remote.resume()
  socket.write(Buffer.alloc(100_000))
  const info = await waitFor(
    () => {
      const now = readTcpInfo(found(port))
      return now && now.bytesAcked - (before?.bytesAcked ?? 0) >= 100_000 ? now : undefined
    },
    { what: 'the acknowledgement of 100,000 bytes' },
  )
  t.is(info.notSentBytes, 0)
  t.true(info.rttMs > 0 && info.rttMs < 1000)
  t.true(info.rttVarMs >= 0)
  t.true(info.deliveryRate > 0)
})

test('sees what waits for a side that does not read', async (t) => {
  const { port, socket } = await connection(t)
  socket.write(Buffer.alloc(16 * 1024 * 1024))
  const waiting = await waitFor(() => readTcpInfo(found(port))?.notSentBytes, {
    what: 'bytes that are not sent',
  })
  t.true(waiting > 0)
})

test('sets what keeps the backlog out of the kernel', async (t) => {
  const { port } = await connection(t)
  const done = tuneSocket(found(port), { notSentBytes: 16_384, userTimeoutMs: 6000 })
  t.true(done.notSent)
  t.true(done.userTimeout)
})

test('a closed connection is left alone, even when its number is used again', async (t) => {
  const { port, socket } = await connection(t)
  const old = found(port)
  socket.destroy()
  await once(socket, 'close')
  const next = await connection(t)
  t.is(readTcpInfo(old), undefined)
  t.deepEqual(tuneSocket(old, { notSentBytes: 1, userTimeoutMs: 1 }), {
    notSent: false,
    userTimeout: false,
    bbr: false,
  })
  t.not(readTcpInfo(found(next.port)), undefined)
})
