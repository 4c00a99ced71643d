/** Reads user_data_unregistered messages back out of AVC tags, as a receiver would (ITU-T H.264 7.3.1, D.1.7). */
export interface SeiMessage {
  readonly identifier: string
  readonly text: string
}

/** @param payload an RTMP video message or the body of an FLV tag, with 4-byte NAL lengths */
export const seiMessages = (payload: Buffer): SeiMessage[] => {
  const messages: SeiMessage[] = []
  for (let at = 5; at + 4 < payload.length; ) {
    const length = payload.readUInt32BE(at)
    const unit = payload.subarray(at + 4, at + 4 + length)
    if ((unit.readUInt8(0) & 0x1f) === 6) messages.push(...read(withoutEmulation(unit.subarray(1))))
    at += 4 + length
  }
  return messages
}

const withoutEmulation = (unit: Buffer): Buffer => {
  const out: number[] = []
  let zeros = 0
  for (const byte of unit) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    out.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from(out)
}

const read = (payload: Buffer): SeiMessage[] => {
  const messages: SeiMessage[] = []
  let at = 0
  const number = (): number => {
    let value = 0
    while (payload[at] === 0xff) {
      value += 255
      at += 1
    }
    value += payload[at] ?? 0
    at += 1
    return value
  }
  while (at + 2 < payload.length) {
    const type = number()
    const size = number()
    const data = payload.subarray(at, at + size)
    if (type === 5)
      messages.push({
        identifier: data.subarray(0, 16).toString('ascii'),
        text: data.subarray(16).toString('utf8'),
      })
    at += size
  }
  return messages
}
