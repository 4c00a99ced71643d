/**
 * Messages inside the video: H.264 SEI of type user_data_unregistered (ITU-T H.264 D.1.7), put in front of the
 * picture of the next frame. Ordinary players skip it; whoever knows the identifier reads UTF-8 text.
 */

/** The 16 bytes in front of every message of this box: the ASCII text says whose it is. */
export const messageIdentifier = Buffer.from('live-pusher-msg1', 'ascii')

const nalSei = 6
const payloadUserDataUnregistered = 5
const stopBit = 0x80
const firstSlice = 1
const lastSlice = 5
/** frame type and codec, packet type, composition time */
const avcTagHeader = 5

/** A whole NAL unit, emulation prevention included. */
export const seiMessage = (text: Uint8Array): Buffer => {
  const payload = Buffer.concat([messageIdentifier, text])
  const size: number[] = []
  for (let left = payload.length; ; left -= 255) {
    size.push(Math.min(left, 255))
    if (left < 255) break
  }
  const raw = Buffer.concat([
    Buffer.from([payloadUserDataUnregistered, ...size]),
    payload,
    Buffer.from([stopBit]),
  ])
  return Buffer.concat([Buffer.from([nalSei]), withEmulationPrevention(raw)])
}

/** No three bytes in a NAL unit may look like a start code (7.4.1). */
const withEmulationPrevention = (raw: Buffer): Buffer => {
  const out: number[] = []
  let zeros = 0
  for (const byte of raw) {
    if (zeros === 2 && byte <= 3) {
      out.push(3)
      zeros = 0
    }
    out.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from(out)
}

/** Bytes of a NAL unit's length field, from the AVCDecoderConfigurationRecord of a sequence header tag. */
export const nalLengthBytes = (sequenceHeader: Buffer): number =>
  ((sequenceHeader[avcTagHeader + 4] ?? 0xff) & 3) + 1

/** The tag body with the units in front of its first slice; as it was when it has none. */
export const withUnits = (body: Buffer, units: readonly Buffer[], lengthBytes: number): Buffer => {
  const at = firstSliceAt(body, lengthBytes)
  if (at === undefined || units.length === 0) return body
  const framed = units.flatMap((unit) => {
    const length = Buffer.alloc(lengthBytes)
    length.writeUIntBE(unit.length, 0, lengthBytes)
    return [length, unit]
  })
  return Buffer.concat([body.subarray(0, at), ...framed, body.subarray(at)])
}

const firstSliceAt = (body: Buffer, lengthBytes: number): number | undefined => {
  let at = avcTagHeader
  while (at + lengthBytes < body.length) {
    const type = body.readUInt8(at + lengthBytes) & 0x1f
    if (type >= firstSlice && type <= lastSlice) return at
    at += lengthBytes + body.readUIntBE(at, lengthBytes)
  }
  return undefined
}
