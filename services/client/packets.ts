/** The packets of MQTT 3.1.1 that a client of a box needs, as bytes (OASIS standard, chapters 2 and 3). */
import { decodeUtf8, encodeUtf8 } from './utf8.js'

export interface ConnectOptions {
  readonly clientId: string
  readonly keepaliveS: number
  readonly username?: string
  readonly password?: string
}

export type Incoming =
  | { readonly type: 'connack'; readonly returnCode: number }
  | {
      readonly type: 'publish'
      readonly topic: string
      readonly payload: Uint8Array
      readonly retain: boolean
      readonly qos: number
      readonly id: number
    }
  | { readonly type: 'puback'; readonly id: number }
  | { readonly type: 'suback'; readonly id: number; readonly granted: readonly number[] }
  | { readonly type: 'pingresp' }
  | { readonly type: 'other' }

/** What the peer sent is no MQTT, or larger than anything that a box sends. */
export class ProtocolError extends Error {
  readonly kind = 'bad-packet'
}

/** A box sends pictures of at most a few megabytes. */
const maxPacketBytes = 16 * 1024 * 1024

export const connectPacket = ({ clientId, keepaliveS, username, password }: ConnectOptions): Uint8Array => {
  const flags = 0x02 | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40)
  return packet(0x10, [
    text('MQTT'),
    bytes(4, flags),
    uint16(keepaliveS),
    text(clientId),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  ])
}

export const subscribePacket = (id: number, filters: readonly string[]): Uint8Array =>
  packet(0x82, [uint16(id), ...filters.flatMap((filter) => [text(filter), bytes(1)])])

/** QoS 1, not retained. */
export const publishPacket = (id: number, topic: string, payload: string, repeated: boolean): Uint8Array =>
  packet(repeated ? 0x3a : 0x32, [text(topic), uint16(id), encodeUtf8(payload)])

export const pubackPacket = (id: number): Uint8Array => packet(0x40, [uint16(id)])
export const pingPacket = (): Uint8Array => packet(0xc0, [])
export const disconnectPacket = (): Uint8Array => packet(0xe0, [])

/** Puts packets together from whatever pieces arrive. */
export class PacketReader {
  #waiting = new Uint8Array(0)

  /** The packets that are complete now. Throws a {@link ProtocolError}. */
  take(piece: Uint8Array): readonly Incoming[] {
    const all = join([this.#waiting, piece])
    const packets: Incoming[] = []
    let at = 0
    for (;;) {
      const header = headerAt(all, at)
      if (header === undefined || header.end > all.length) break
      packets.push(read(all[at] ?? 0, all.subarray(header.start, header.end)))
      at = header.end
    }
    this.#waiting = all.slice(at)
    return packets
  }
}

const headerAt = (
  all: Uint8Array,
  at: number,
): { readonly start: number; readonly end: number } | undefined => {
  let length = 0
  for (let digit = 0; digit < 4; digit += 1) {
    const byte = all[at + 1 + digit]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** digit
    if (length > maxPacketBytes) throw new ProtocolError('a packet is too large')
    if ((byte & 0x80) === 0) return { start: at + 2 + digit, end: at + 2 + digit + length }
  }
  throw new ProtocolError('the length of a packet is malformed')
}

const read = (first: number, body: Uint8Array): Incoming => {
  const at16 = (at: number): number => ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0)
  const needs = (count: number): void => {
    if (body.length < count) throw new ProtocolError('a packet is too short')
  }
  switch (first >> 4) {
    case 2:
      needs(2)
      return { type: 'connack', returnCode: body[1] ?? 0 }
    case 3: {
      const qos = (first >> 1) & 3
      needs(2)
      const topicEnd = 2 + at16(0)
      const start = topicEnd + (qos > 0 ? 2 : 0)
      needs(start)
      return {
        type: 'publish',
        topic: decodeUtf8(body.subarray(2, topicEnd)),
        payload: body.slice(start),
        retain: (first & 1) === 1,
        qos,
        id: qos > 0 ? at16(topicEnd) : 0,
      }
    }
    case 4:
      needs(2)
      return { type: 'puback', id: at16(0) }
    case 9:
      needs(3)
      return { type: 'suback', id: at16(0), granted: [...body.subarray(2)] }
    case 13:
      return { type: 'pingresp' }
    default:
      return { type: 'other' }
  }
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const uint16 = (value: number): Uint8Array => bytes(value >> 8, value & 0xff)

const text = (value: string): Uint8Array => {
  const encoded = encodeUtf8(value)
  if (encoded.length > 0xffff) throw new RangeError('a text of MQTT has at most 65535 bytes')
  return join([uint16(encoded.length), encoded])
}

const packet = (first: number, parts: readonly Uint8Array[]): Uint8Array => {
  const body = join(parts)
  const length: number[] = []
  for (let rest = body.length; ; ) {
    const digit = rest % 128
    rest = (rest - digit) / 128
    length.push(rest > 0 ? digit | 0x80 : digit)
    if (rest === 0) break
  }
  return join([bytes(first, ...length), body])
}

const join = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
