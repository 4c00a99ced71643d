import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import {
  type Socket as Found,
  findSocket,
  parseTcpInfo,
  readSocketOptions,
  readTcpInfo,
  tuneSocket,
} from '../../../firmware/media/engine/rtmp/tcp-info.js'
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
  t.is(info.sendQueueBytes, 0)
  t.true(info.minRttMs > 0 && info.minRttMs <= info.rttMs + 1)
  t.true(info.rttMs > 0 && info.rttMs < 1000)
  t.true(info.rttVarMs >= 0)
  t.true(info.deliveryRate > 0)
})

test('sees what waits for a side that does not read', async (t) => {
  const { port, socket } = await connection(t)
  socket.write(Buffer.alloc(16 * 1024 * 1024))
  const info = await waitFor(
    () => {
      const now = readTcpInfo(found(port))
      return now && now.notSentBytes > 0 ? now : undefined
    },
    { what: 'bytes that are not sent' },
  )
  t.true(info.sendQueueBytes >= info.notSentBytes)
})

test('sets what keeps the backlog out of the kernel', async (t) => {
  const { port } = await connection(t)
  const socket = found(port)
  const before = readSocketOptions(socket)
  const done = tuneSocket(socket, { notSentBytes: 16_384, userTimeoutMs: 6000 })
  t.true(done.notSent)
  t.true(done.userTimeout)
  const after = readSocketOptions(socket)
  t.is(after.notSentBytes, 16_384)
  t.is(after.userTimeoutMs, 6000)
  t.regex(after.congestion ?? '', /^[a-z]/)
  t.is(after.congestion, done.bbr ? 'bbr' : before.congestion)
})

test('with a low mark for what is not sent, the kernel holds little for a side that does not read', async (t) => {
  const held = async (lowMark: boolean): Promise<number> => {
    const { port, socket } = await connection(t)
    if (lowMark) tuneSocket(found(port), { notSentBytes: 16_384, userTimeoutMs: 6000 })
    for (let written = 0; written < 16; written++) socket.write(Buffer.alloc(1024 * 1024))
    let last = -1
    const info = await waitFor(
      () => {
        const now = readTcpInfo(found(port))
        const still = now !== undefined && now.sendQueueBytes > 0 && now.sendQueueBytes === last
        last = now?.sendQueueBytes ?? -1
        return still ? now : undefined
      },
      { what: 'a send queue that grows no more' },
    )
    return info.sendQueueBytes
  }
  t.true((await held(true)) < (await held(false)))
})

test('an older kernel tells less, and nothing is made up', (t) => {
  const whole = Buffer.alloc(192)
  for (let at = 0; at + 4 <= whole.length; at += 4) whole.writeUInt32LE(at * 1000, at)
  t.like(parseTcpInfo(whole), { rttMs: 68, minRttMs: 148, notSentBytes: 144_000 })
  t.like(parseTcpInfo(whole.subarray(0, 104)), {
    rttMs: 68,
    rttVarMs: 72,
    bytesAcked: 0,
    notSentBytes: 0,
    minRttMs: 0,
    deliveryRate: 0,
  })
  whole.writeUInt32LE(0xffff_ffff, 148)
  t.is(parseTcpInfo(whole).minRttMs, 0, 'before the first round trip')
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
