/** A name server that knows one address for every name; it may be silent for a while. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Teardown } from './teardown.js'

export interface NameServer {
  /** `host:port` */
  readonly at: string
  /** how many questions came */
  readonly asked: number
  silent: boolean
}

const headerBytes = 12
const typeA = 1

/** The question's bytes and its type. */
const questionOf = (message: Buffer): { readonly bytes: Buffer; readonly type: number } => {
  let end = headerBytes
  while (message[end] !== 0 && end < message.length) end += 1 + (message[end] ?? 0)
  return { bytes: message.subarray(headerBytes, end + 5), type: message.readUInt16BE(end + 1) }
}

/** One address for an A question, none for any other. */
const answerTo = (message: Buffer, address: string): Buffer => {
  const { bytes, type } = questionOf(message)
  const isA = type === typeA
  const header = Buffer.alloc(headerBytes)
  message.copy(header, 0, 0, 2)
  // an answer, recursion wanted and available
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(isA ? 1 : 0, 6)
  const record = Buffer.alloc(16)
  // the name of the question, type A, class IN, a minute, four bytes
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(typeA, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(60, 6)
  record.writeUInt16BE(4, 10)
  for (const [index, part] of address.split('.').entries()) record[12 + index] = Number(part)
  return Buffer.concat(isA ? [header, bytes, record] : [header, bytes])
}

export const startNameServer = async (
  t: Teardown,
  { host = '127.0.0.1', port = 0, address }: { host?: string; port?: number; address: string },
): Promise<NameServer> => {
  const socket = createSocket('udp4').bind(port, host)
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const state = { at: `${host}:${socket.address().port}`, asked: 0, silent: false }
  socket.on('message', (message, { port: from, address: asker }) => {
    state.asked += 1
    if (!state.silent) socket.send(answerTo(message, address), from, asker)
  })
  return state
}
