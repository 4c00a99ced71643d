import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { type AmfValue, decodeAmf0, encodeAmf0 } from '../../support/rtmp/amf0.js'
import { ChunkReader, encodeMessage, messageType, type RtmpMessage } from '../../support/rtmp/chunks.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { waitFor, withDeadline } from '../../support/wait-for.js'

const handshakeBytes = 1536

/** A client that has shaken hands and keeps what it is told. */
const setUp = async (t: ExecutionContext) => {
  const ingest = await startRtmpIngest(t)
  const socket = connect(ingest.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const own = Buffer.alloc(handshakeBytes, 7)
  socket.write(Buffer.concat([Buffer.from([3]), own]))
  const answer: Buffer[] = []
  const length = () => answer.reduce((sum, part) => sum + part.length, 0)
  while (length() < 1 + 2 * handshakeBytes) {
    const [part] = (await withDeadline(once(socket, 'data'), { what: 'S0 S1 S2' })) as [Buffer]
    answer.push(part)
  }
  const all = Buffer.concat(answer)
  socket.write(all.subarray(1, 1 + handshakeBytes))
  const reader = new ChunkReader()
  const told: RtmpMessage[] = []
  socket.on('data', (bytes) => told.push(...reader.push(bytes)))

  const send = (type: number, payload: Buffer) =>
    socket.write(encodeMessage({ type, timestamp: 0, streamId: 1, chunkStreamId: 3, payload }))
  const commands = () =>
    told.filter(({ type }) => type === messageType.commandAmf0).map(({ payload }) => decodeAmf0(payload))
  return {
    ingest,
    socket,
    own,
    echoed: all.subarray(1 + handshakeBytes),
    send,
    command: (...values: AmfValue[]) => send(messageType.commandAmf0, encodeAmf0(...values)),
    reply: (transaction: number) =>
      waitFor(() => commands().find((command) => command[1] === transaction), {
        what: `reply ${transaction}`,
      }),
    status: () =>
      waitFor(() => commands().find((command) => command[0] === 'onStatus'), { what: 'onStatus' }),
    message: (type: number) =>
      waitFor(() => told.find((each) => each.type === type), { what: `type ${type}` }),
  }
}

test('the handshake echoes and the commands are answered in order', async (t) => {
  const { own, echoed, command, reply, status, message } = await setUp(t)
  t.deepEqual(echoed, own)
  command('connect', 1, { app: 'live', tcUrl: 'rtmp://x/live' })
  const [name, , , info] = await reply(1)
  t.is(name, '_result')
  t.like(info, { code: 'NetConnection.Connect.Success' })
  t.is((await message(messageType.setChunkSize)).payload.readUInt32BE(), 4096)
  command('releaseStream', 2, null, 'garden')
  t.is((await reply(2))[0], '_result')
  command('createStream', 4, null)
  t.deepEqual(await reply(4), ['_result', 4, null, 1])
  command('publish', 5, null, 'garden', 'live')
  t.like((await status())[3], { level: 'status', code: 'NetStream.Publish.Start' })
})

test('bytes are acknowledged by the window that the client sets', async (t) => {
  const { send, message } = await setUp(t)
  send(messageType.windowAckSize, Buffer.from([0, 0, 0x10, 0]))
  send(messageType.commandAmf0, Buffer.concat([encodeAmf0('noise'), encodeAmf0('x'.repeat(5_000))]))
  const acknowledged = (await message(messageType.acknowledgement)).payload.readUInt32BE()
  t.true(acknowledged >= 4096 + 2 * handshakeBytes, `${acknowledged} bytes`)
})

test('a ping is answered', async (t) => {
  const { send, message } = await setUp(t)
  send(messageType.userControl, Buffer.from([0, 6, 1, 2, 3, 4]))
  t.deepEqual((await message(messageType.userControl)).payload, Buffer.from([0, 7, 1, 2, 3, 4]))
})

test('media before publish ends the connection and is kept as an error', async (t) => {
  const { ingest, socket, send } = await setUp(t)
  send(messageType.video, Buffer.from([0x17, 0, 0, 0, 0]))
  await withDeadline(once(socket, 'close'), { what: 'the end of the connection' })
  t.regex(ingest.protocolErrors[0]!.message, /before publish was accepted/)
})
