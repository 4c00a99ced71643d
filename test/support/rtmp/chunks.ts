/** The RTMP chunk stream (Adobe "Real Time Messaging Protocol", 2012, section 5.3), for a server's side. */

export const messageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
} as const

export interface RtmpMessage {
  readonly type: number
  /** ms, 32 bits, absolute */
  readonly timestamp: number
  readonly streamId: number
  readonly chunkStreamId: number
  readonly payload: Buffer
}

interface ChunkStream {
  timestamp: number
  delta: number
  length: number
  type: number
  streamId: number
  /** the 24-bit field was full, so that each chunk carries 4 more bytes, type 3 too */
  extended: boolean
  parts: Buffer[]
  received: number
}

const extendedMark = 0xffffff
const headerBytes = [11, 7, 3, 0] as const
const defaultChunkSize = 128
/** Far above any real frame: a length over it means that we lost the thread. */
const maxMessageBytes = 8_000_000

/** Puts chunks together to messages; `push` gives those that the bytes complete. Throws on what no client may send. */
export class ChunkReader {
  #pending: Buffer = Buffer.alloc(0)
  #chunkSize = defaultChunkSize
  readonly #streams = new Map<number, ChunkStream>()

  push(bytes: Buffer): RtmpMessage[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const messages: RtmpMessage[] = []
    for (;;) {
      const used = this.#readChunk(messages)
      if (used === 0) return messages
      this.#pending = this.#pending.subarray(used)
    }
  }

  /** Reads one whole chunk; 0 when it isn't there yet, and then nothing has changed. */
  #readChunk(messages: RtmpMessage[]): number {
    const bytes = this.#pending
    const first = bytes[0]
    if (first === undefined) return 0
    const format = (first >> 6) as 0 | 1 | 2 | 3
    const short = first & 0x3f
    const basicBytes = short === 0 ? 2 : short === 1 ? 3 : 1
    let at = basicBytes + headerBytes[format]
    if (bytes.length < at) return 0
    const id = short === 0 ? 64 + bytes[1]! : short === 1 ? 64 + bytes[1]! + 256 * bytes[2]! : short
    const known = this.#streams.get(id)
    if (!known && format !== 0) throw new Error(`chunk stream ${id} starts with a type ${format} chunk`)
    const stream: ChunkStream = known
      ? { ...known }
      : { timestamp: 0, delta: 0, length: 0, type: 0, streamId: 0, extended: false, parts: [], received: 0 }

    let time = format === 3 ? 0 : bytes.readUIntBE(basicBytes, 3)
    if (format !== 3) stream.extended = time === extendedMark
    if (format <= 1) {
      stream.length = bytes.readUIntBE(basicBytes + 3, 3)
      stream.type = bytes[basicBytes + 6]!
    }
    if (format === 0) stream.streamId = bytes.readUInt32LE(basicBytes + 7)
    if (stream.extended) {
      if (bytes.length < at + 4) return 0
      time = bytes.readUInt32BE(at)
      at += 4
    }
    if (stream.length > maxMessageBytes)
      throw new Error(`message of ${stream.length} bytes on chunk stream ${id}`)

    const startsMessage = stream.received === 0
    if (!startsMessage && format !== 3) throw new Error(`type ${format} chunk inside a message on ${id}`)
    if (startsMessage) {
      // A type 3 chunk repeats the delta; after a type 0 chunk that is its timestamp (5.3.1.2.4).
      if (format === 0) stream.timestamp = 0
      if (format !== 3) stream.delta = time
      stream.timestamp = (stream.timestamp + stream.delta) >>> 0
    }
    const size = Math.min(this.#chunkSize, stream.length - stream.received)
    if (bytes.length < at + size) return 0

    stream.parts.push(Buffer.from(bytes.subarray(at, at + size)))
    stream.received += size
    if (stream.received === stream.length) {
      const message: RtmpMessage = {
        type: stream.type,
        timestamp: stream.timestamp,
        streamId: stream.streamId,
        chunkStreamId: id,
        payload: Buffer.concat(stream.parts),
      }
      stream.parts = []
      stream.received = 0
      messages.push(message)
      this.#obey(message)
    }
    this.#streams.set(id, stream)
    return at + size
  }

  /** The two control messages that change how the following bytes are read. */
  #obey({ type, payload }: RtmpMessage): void {
    if (type === messageType.setChunkSize) {
      const size = payload.readUInt32BE()
      if (size < 1 || size > 0x7fffffff) throw new Error(`chunk size ${size}`)
      this.#chunkSize = size
    }
    if (type === messageType.abort) {
      const stream = this.#streams.get(payload.readUInt32BE())
      if (stream) {
        stream.parts = []
        stream.received = 0
      }
    }
  }
}

/** One message as type 0 and type 3 chunks; chunk stream ids 2 to 63. */
export const encodeMessage = (
  { type, timestamp, streamId, chunkStreamId, payload }: RtmpMessage,
  chunkSize = defaultChunkSize,
): Buffer => {
  const isExtended = timestamp >= extendedMark
  const extension = Buffer.alloc(isExtended ? 4 : 0)
  if (isExtended) extension.writeUInt32BE(timestamp)
  const header = Buffer.alloc(12)
  header[0] = chunkStreamId
  header.writeUIntBE(isExtended ? extendedMark : timestamp, 1, 3)
  header.writeUIntBE(payload.length, 4, 3)
  header[7] = type
  header.writeUInt32LE(streamId, 8)
  const parts: Buffer[] = [header, extension]
  for (let at = 0; at < payload.length; at += chunkSize) {
    if (at > 0) parts.push(Buffer.from([0xc0 | chunkStreamId]), extension)
    parts.push(payload.subarray(at, at + chunkSize))
  }
  return Buffer.concat(parts)
}
