import test from 'ava'
import { decodeAmf0, encodeAmf0 } from '../../support/rtmp/amf0.js'
import { ChunkReader, encodeMessage, messageType } from '../../support/rtmp/chunks.js'

const message = (payload: Buffer, timestamp = 0, chunkStreamId = 4) => ({
  type: messageType.audio,
  timestamp,
  streamId: 1,
  chunkStreamId,
  payload,
})
const numbered = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index % 251))

test('AMF0 values survive', (t) => {
  const values = ['connect', 1.5, true, false, null, undefined, { a: 'ä', b: { c: [1, 'x'] } }]
  t.deepEqual(decodeAmf0(encodeAmf0(...values)), values)
})

test('AMF0 reads an ECMA array, a long string and a date', (t) => {
  const ecma = Buffer.from('\x08\0\0\0\x01\0\x01w\0\x40\x84\0\0\0\0\0\0\0\0\x09', 'latin1')
  const long = Buffer.from('\x0c\0\0\0\x02hi', 'latin1')
  const date = Buffer.from('\x0b\x40\x59\0\0\0\0\0\0\0\0', 'latin1')
  t.deepEqual(decodeAmf0(Buffer.concat([ecma, long, date])), [{ w: 640 }, 'hi', 100])
})

test('AMF0 that is cut off or unknown is refused', (t) => {
  t.throws(() => decodeAmf0(encodeAmf0('publish').subarray(0, 5)), { message: /cut off/ })
  t.throws(() => decodeAmf0(Buffer.from([4])), { message: /type 4 is unknown/ })
})

for (const [what, timestamp, length] of [
  ['an empty message', 0, 0],
  ['a message of one chunk', 40, 128],
  ['a message of many chunks', 40, 1_000],
  ['an extended timestamp', 0xffffff, 300],
  ['the last timestamp', 0xffffffff, 300],
] as const) {
  test(`${what} comes back, whole or byte by byte`, (t) => {
    const sent = message(numbered(length), timestamp)
    const bytes = encodeMessage(sent)
    t.deepEqual(new ChunkReader().push(bytes), [sent])
    const reader = new ChunkReader()
    t.deepEqual(
      [...bytes].flatMap((byte) => reader.push(Buffer.from([byte]))),
      [sent],
    )
  })
}

test('a new chunk size holds from the next chunk on', (t) => {
  const size = Buffer.from([0, 0, 0x10, 0])
  const control = { ...message(size, 0, 2), type: messageType.setChunkSize }
  const sent = message(numbered(3_000))
  const messages = new ChunkReader().push(Buffer.concat([encodeMessage(control), encodeMessage(sent, 4096)]))
  t.deepEqual(messages.at(-1), sent)
})

test('messages interleaved over chunk streams are told apart', (t) => {
  const [audio, video] = [message(numbered(200), 5, 4), message(numbered(300).reverse(), 9, 6)]
  const [a, v] = [encodeMessage(audio), encodeMessage(video)]
  // header 12 + 128, then 1 + 128 for each following chunk
  const mixed = [
    v.subarray(0, 140),
    a.subarray(0, 140),
    v.subarray(140, 269),
    a.subarray(140),
    v.subarray(269),
  ]
  t.deepEqual(new ChunkReader().push(Buffer.concat(mixed)), [audio, video])
})

test('types 1, 2 and 3 add their delta', (t) => {
  const bytes = Buffer.concat([
    Buffer.from([0x04, 0, 0, 100, 0, 0, 1, 8, 1, 0, 0, 0, 0xaa]), // type 0 at 100
    Buffer.from([0x44, 0, 0, 20, 0, 0, 2, 9, 0xbb, 0xbb]), // type 1: +20, another length and type
    Buffer.from([0x84, 0, 0, 30, 0xcc, 0xcc]), // type 2: +30
    Buffer.from([0xc4, 0xdd, 0xdd]), // type 3: +30 again
  ])
  const messages = new ChunkReader().push(bytes)
  t.deepEqual(
    messages.map(({ timestamp, type, payload }) => [timestamp, type, payload.length]),
    [
      [100, 8, 1],
      [120, 9, 2],
      [150, 9, 2],
      [180, 9, 2],
    ],
  )
})

test('chunk stream ids of two and three bytes', (t) => {
  const header = [0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 7]
  const messages = new ChunkReader().push(Buffer.from([0, 10, ...header, 1, 1, 2, ...header].flat()))
  t.deepEqual(
    messages.map(({ chunkStreamId }) => chunkStreamId),
    [74, 64 + 1 + 512],
  )
})

test('abort forgets the begun message', (t) => {
  const begun = encodeMessage(message(numbered(200))).subarray(0, 140)
  const abort = { ...message(Buffer.from([0, 0, 0, 4]), 0, 2), type: messageType.abort }
  const next = message(numbered(10), 7)
  const messages = new ChunkReader().push(Buffer.concat([begun, encodeMessage(abort), encodeMessage(next)]))
  t.deepEqual(messages.at(-1), next)
})

test('what no client may send is refused', (t) => {
  t.throws(() => new ChunkReader().push(Buffer.from([0xc4, 0])), { message: /starts with a type 3 chunk/ })
  const begun = encodeMessage(message(numbered(200))).subarray(0, 140)
  t.throws(() => new ChunkReader().push(Buffer.concat([begun, encodeMessage(message(numbered(10)))])), {
    message: /inside a message/,
  })
})
