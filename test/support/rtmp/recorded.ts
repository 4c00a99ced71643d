import type { Socket } from 'node:net'
import { type AmfValue, decodeAmf0 } from './amf0.js'
import { messageType, type RtmpMessage } from './chunks.js'

interface Arrival {
  /** `performance.now()` when the last byte of the message was read: never goes back */
  readonly arrivedMs: number
  /** ms, as the client sent it */
  readonly timestamp: number
  readonly size: number
  readonly payload: Buffer
}

export interface VideoMessage extends Arrival {
  readonly kind: 'video'
  /** `config` is the AVC sequence header, `end` the end of sequence */
  readonly role: 'config' | 'frame' | 'end'
  readonly keyframe: boolean
  /** FLV codec id, 7 for AVC */
  readonly codec: number
  /** presentation minus decoding time, ms */
  readonly compositionMs: number
}

export interface AudioMessage extends Arrival {
  readonly kind: 'audio'
  /** `config` is the AAC AudioSpecificConfig */
  readonly role: 'config' | 'frame'
  /** FLV sound format, 10 for AAC */
  readonly codec: number
}

export interface DataMessage extends Arrival {
  readonly kind: 'data'
  /** name of the event, `onMetaData` for metadata; `@setDataFrame` before it is left out */
  readonly name: string
  readonly values: readonly AmfValue[]
}

export type MediaMessage = VideoMessage | AudioMessage | DataMessage

/** One accepted publish. `ended` is undefined while it goes on. */
export interface RecordedSession {
  readonly app: string
  readonly stream: string
  readonly tcUrl: string
  readonly startedMs: number
  readonly messages: readonly MediaMessage[]
  readonly bytes: number
  /** `unpublished`: the client said so; `closed`: FIN without a word; `failed`: reset or protocol error */
  readonly ended: 'unpublished' | 'closed' | 'failed' | undefined
  /** the connection, for tests that hurt it */
  readonly socket: Socket
}

const avc = 7
const aac = 10

/** Reads the FLV tag header inside a media message (FLV file format 10.1, annex E.4). Throws on an empty one. */
export const parseMedia = ({ type, timestamp, payload }: RtmpMessage, arrivedMs: number): MediaMessage => {
  const arrival = { arrivedMs, timestamp, size: payload.length, payload }
  if (type === messageType.dataAmf0) {
    const values = decodeAmf0(payload)
    if (values[0] === '@setDataFrame') values.shift()
    return { ...arrival, kind: 'data', name: String(values.shift()), values }
  }
  const first = payload.readUInt8()
  if (type === messageType.audio) {
    const codec = first >> 4
    return { ...arrival, kind: 'audio', codec, role: codec === aac && payload[1] === 0 ? 'config' : 'frame' }
  }
  const codec = first & 0x0f
  const packet = codec === avc ? payload.readUInt8(1) : 1
  return {
    ...arrival,
    kind: 'video',
    codec,
    keyframe: first >> 4 === 1,
    role: packet === 0 ? 'config' : packet === 2 ? 'end' : 'frame',
    compositionMs: codec === avc ? payload.readIntBE(2, 3) : 0,
  }
}

export const isFrame = (message: MediaMessage): message is VideoMessage | AudioMessage =>
  message.kind !== 'data' && message.role === 'frame'

/** The frames of one kind, in the order in which they came. */
export const framesOf = <Kind extends 'video' | 'audio'>(
  { messages }: Pick<RecordedSession, 'messages'>,
  kind: Kind,
): Extract<MediaMessage, { kind: Kind }>[] =>
  messages.filter(
    (message): message is Extract<MediaMessage, { kind: Kind }> => message.kind === kind && isFrame(message),
  )

/**
 * What is wrong with a session as a server sees it, each as a sentence; empty when it is as it must be:
 * metadata first, sequence headers before frames, a keyframe first, timestamps that start at 0 (the earliest
 * within `firstTimestampMs`) and never go back within a kind.
 */
export const faultsOf = (
  { messages }: Pick<RecordedSession, 'messages'>,
  { firstTimestampMs = 0 } = {},
): string[] => {
  const faults: string[] = []
  const frames = messages.filter(isFrame)
  const first = messages[0]
  if (first?.kind !== 'data' || first.name !== 'onMetaData')
    faults.push('the first message is not onMetaData')
  const earliest = Math.min(...frames.map((frame) => frame.timestamp))
  if (frames.length > 0 && earliest > firstTimestampMs) faults.push(`timestamps start at ${earliest} ms`)
  for (const kind of ['video', 'audio'] as const) {
    const own = messages.filter((message) => message.kind === kind)
    const firstFrame = own.findIndex(isFrame)
    const config = own.findIndex((message) => message.kind !== 'data' && message.role === 'config')
    if (firstFrame >= 0 && (config < 0 || config > firstFrame)) {
      faults.push(`${kind} frames come before their sequence header`)
    }
    const opening = own[firstFrame]
    if (opening?.kind === 'video' && !opening.keyframe) faults.push('the first video frame is no keyframe')
    let last = 0
    own.forEach(({ timestamp }, index) => {
      if (timestamp < last) faults.push(`${kind} message ${index} goes back from ${last} to ${timestamp} ms`)
      last = timestamp
    })
  }
  return faults
}

/** Longest distance between two neighbouring frames, in the stream's time and on our clock, ms. */
export const longestGap = (frames: readonly Arrival[]): { timestampMs: number; arrivalMs: number } => {
  let timestampMs = 0
  let arrivalMs = 0
  frames.slice(1).forEach((frame, index) => {
    const before = frames[index]!
    timestampMs = Math.max(timestampMs, frame.timestamp - before.timestamp)
    arrivalMs = Math.max(arrivalMs, frame.arrivedMs - before.arrivedMs)
  })
  return { timestampMs, arrivalMs }
}
