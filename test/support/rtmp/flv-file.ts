import { readFile, writeFile } from 'node:fs/promises'
import { messageType, type RtmpMessage } from './chunks.js'
import { type MediaMessage, parseMedia } from './recorded.js'

const header = Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0', 'latin1')
const tagHeaderBytes = 11
const typeOf = { audio: messageType.audio, video: messageType.video, data: messageType.dataAmf0 }
const setDataFrame = Buffer.from('\x02\x00\x0d@setDataFrame', 'latin1')

const tag = ({ kind, timestamp, payload: sent }: MediaMessage): Buffer => {
  const isWrapped = kind === 'data' && sent.subarray(0, setDataFrame.length).equals(setDataFrame)
  const payload = isWrapped ? sent.subarray(setDataFrame.length) : sent
  const bytes = Buffer.alloc(tagHeaderBytes + payload.length + 4)
  bytes[0] = typeOf[kind]
  bytes.writeUIntBE(payload.length, 1, 3)
  bytes.writeUIntBE(timestamp & 0xffffff, 4, 3)
  bytes[7] = timestamp >>> 24
  payload.copy(bytes, tagHeaderBytes)
  bytes.writeUInt32BE(tagHeaderBytes + payload.length, bytes.length - 4)
  return bytes
}

/** Writes the messages as an FLV file that ffprobe and ffmpeg read, with the timestamps that the client sent. */
export const writeFlv = (file: string, messages: readonly MediaMessage[]): Promise<void> =>
  writeFile(file, Buffer.concat([header, ...messages.map(tag)]))

/** The whole tags of an FLV file, e.g. of a recording that nginx still writes; arrival times are 0. */
export const readFlv = async (file: string): Promise<MediaMessage[]> => {
  const bytes = await readFile(file)
  if (bytes.toString('latin1', 0, 3) !== 'FLV') throw new Error(`${file} is no FLV file`)
  const messages: MediaMessage[] = []
  let at = bytes.readUInt32BE(5) + 4
  while (at + tagHeaderBytes <= bytes.length) {
    const length = bytes.readUIntBE(at + 1, 3)
    const end = at + tagHeaderBytes + length
    if (end + 4 > bytes.length) break
    const message: RtmpMessage = {
      type: bytes[at]! & 0x1f,
      timestamp: (bytes.readUIntBE(at + 4, 3) | (bytes[at + 7]! << 24)) >>> 0,
      streamId: 0,
      chunkStreamId: 0,
      payload: bytes.subarray(at + tagHeaderBytes, end),
    }
    messages.push(parseMedia(message, 0))
    at = end + 4
  }
  return messages
}
