import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { type AmfObject, type AmfValue, decodeAmf0, encodeAmf0 } from './amf0.js'
import { ChunkReader, encodeMessage, messageType, type RtmpMessage } from './chunks.js'

const handshakeBytes = 1536
const windowBytes = 2_500_000
const sentChunkSize = 4096
const publishedStreamId = 1
const streamBegin = 0
const pingRequest = 6
const pingResponse = 7

export interface PublishRequest {
  readonly app: string
  readonly stream: string
  readonly tcUrl: string
}

/** What a server made of this may decide, and what it hears. */
export interface ServerSideListener {
  /** Answers the publish command; false refuses it as a real server does (NetStream.Publish.BadName). */
  readonly onPublish: (request: PublishRequest) => boolean
  /** Audio, video and data messages after an accepted publish. */
  readonly onMedia: (message: RtmpMessage) => void
  /** FCUnpublish, deleteStream or closeStream, whichever comes first. */
  readonly onUnpublish: () => void
  /** The client sent what no RTMP client may send; the connection is closed after this. */
  readonly onProtocolError: (error: Error) => void
}

/**
 * The server's side of one RTMP publisher's connection: simple handshake, connect, releaseStream, FCPublish,
 * createStream, publish, acknowledgements, pings. Whoever owns the socket feeds `receive`.
 */
export class RtmpServerSide {
  readonly #socket: Socket
  readonly #listener: ServerSideListener
  readonly #reader = new ChunkReader()
  #handshake: Buffer | 'done' = Buffer.alloc(0)
  #hasAnswered = false
  #received = 0
  #acknowledged = 0
  #ackEvery = windowBytes
  #connect: AmfObject = {}
  #isPublishing = false

  constructor(socket: Socket, listener: ServerSideListener) {
    this.#socket = socket
    this.#listener = listener
  }

  receive(bytes: Buffer): void {
    try {
      this.#received += bytes.length
      const rest = this.#handshake === 'done' ? bytes : this.#shakeHands(bytes)
      for (const message of this.#reader.push(rest)) this.#handle(message)
      this.#acknowledge()
    } catch (error) {
      this.#listener.onProtocolError(error as Error)
      this.#socket.destroy()
    }
  }

  /** C0 C1 C2 in, S0 S1 S2 out; gives what comes after them. A version of zeros in S1 says "no digests". */
  #shakeHands(bytes: Buffer): Buffer {
    const seen = Buffer.concat([this.#handshake as Buffer, bytes])
    this.#handshake = seen
    if (!this.#hasAnswered && seen.length > handshakeBytes) {
      if (seen[0] !== 3) throw new Error(`RTMP version ${seen[0]}`)
      const own = Buffer.concat([Buffer.alloc(8), randomBytes(handshakeBytes - 8)])
      this.#socket.write(Buffer.concat([Buffer.from([3]), own, seen.subarray(1, 1 + handshakeBytes)]))
      this.#hasAnswered = true
    }
    const all = 1 + 2 * handshakeBytes
    if (seen.length < all) return Buffer.alloc(0)
    this.#handshake = 'done'
    return seen.subarray(all)
  }

  #acknowledge(): void {
    if (this.#received - this.#acknowledged < this.#ackEvery) return
    this.#acknowledged = this.#received
    this.#sendNumber(messageType.acknowledgement, this.#received >>> 0)
  }

  #handle(message: RtmpMessage): void {
    const { type, payload } = message
    switch (type) {
      case messageType.windowAckSize:
        this.#ackEvery = payload.readUInt32BE()
        break
      case messageType.userControl:
        if (payload.readUInt16BE() === pingRequest)
          this.#sendUserControl(pingResponse, payload.readUInt32BE(2))
        break
      case messageType.commandAmf0:
        this.#obey(decodeAmf0(payload), message.streamId)
        break
      case messageType.commandAmf3:
        this.#obey(decodeAmf0(payload.subarray(1)), message.streamId)
        break
      case messageType.audio:
      case messageType.video:
      case messageType.dataAmf0:
        if (!this.#isPublishing) throw new Error(`message of type ${type} before publish was accepted`)
        this.#listener.onMedia(message)
        break
      default:
    }
  }

  #obey([name, transaction, object, ...rest]: AmfValue[], streamId: number): void {
    switch (name) {
      case 'connect':
        this.#connect = (object ?? {}) as AmfObject
        this.#acceptConnection(transaction)
        break
      case 'releaseStream':
      case '_checkbw':
        this.#sendCommand(0, '_result', transaction, null, undefined)
        break
      case 'FCPublish':
        this.#sendCommand(0, 'onFCPublish', 0, null, {
          code: 'NetStream.Publish.Start',
          description: String(rest[0]),
        })
        break
      case 'createStream':
        this.#sendCommand(0, '_result', transaction, null, publishedStreamId)
        break
      case 'publish':
        this.#answerPublish(String(rest[0]), streamId)
        break
      case 'FCUnpublish':
      case 'deleteStream':
      case 'closeStream':
        if (this.#isPublishing) this.#listener.onUnpublish()
        this.#isPublishing = false
        break
      default:
    }
  }

  #acceptConnection(transaction: AmfValue): void {
    this.#sendNumber(messageType.windowAckSize, windowBytes)
    const bandwidth = Buffer.alloc(5)
    bandwidth.writeUInt32BE(windowBytes)
    bandwidth[4] = 2
    this.#send(messageType.setPeerBandwidth, 0, bandwidth)
    this.#sendNumber(messageType.setChunkSize, sentChunkSize)
    this.#sendCommand(
      0,
      '_result',
      transaction,
      { fmsVer: 'FMS/3,0,1,123', capabilities: 31 },
      {
        level: 'status',
        code: 'NetConnection.Connect.Success',
        description: 'Connection succeeded.',
        objectEncoding: 0,
      },
    )
  }

  #answerPublish(stream: string, streamId: number): void {
    const { app, tcUrl } = this.#connect
    this.#isPublishing = this.#listener.onPublish({ app: String(app), stream, tcUrl: String(tcUrl) })
    if (this.#isPublishing) {
      this.#sendUserControl(streamBegin, streamId)
      this.#sendStatus(streamId, 'status', 'NetStream.Publish.Start', 'Publishing.')
    } else {
      this.#sendStatus(streamId, 'error', 'NetStream.Publish.BadName', 'Publishing is refused.')
    }
  }

  #sendStatus(streamId: number, level: string, code: string, description: string): void {
    this.#sendCommand(streamId, 'onStatus', 0, null, { level, code, description })
  }

  #sendCommand(streamId: number, ...values: AmfValue[]): void {
    this.#send(messageType.commandAmf0, streamId, encodeAmf0(...values), 3)
  }

  #sendUserControl(event: number, value: number): void {
    const payload = Buffer.alloc(6)
    payload.writeUInt16BE(event)
    payload.writeUInt32BE(value, 2)
    this.#send(messageType.userControl, 0, payload)
  }

  #sendNumber(type: number, value: number): void {
    const payload = Buffer.alloc(4)
    payload.writeUInt32BE(value)
    this.#send(type, 0, payload)
  }

  #chunkSize = 128

  #send(type: number, streamId: number, payload: Buffer, chunkStreamId = 2): void {
    if (!this.#socket.writable) return
    this.#socket.write(
      encodeMessage({ type, timestamp: 0, streamId, chunkStreamId, payload }, this.#chunkSize),
    )
    if (type === messageType.setChunkSize) this.#chunkSize = payload.readUInt32BE()
  }
}
