/** A client announced a packet larger than it may send. */
export class PacketTooLargeError extends Error {
  readonly kind = 'packet-too-large'
  readonly bytes: number

  constructor(bytes: number) {
    super(`packet of ${bytes} bytes is larger than allowed`)
    this.name = 'PacketTooLargeError'
    this.bytes = bytes
  }
}

/**
 * Follows the packet boundaries of an MQTT byte stream and stops a packet as soon as its length is announced,
 * before anybody collects its bytes. The codec itself would collect up to 256 MB.
 */
export class PacketMeter {
  /** largest remaining length of one packet, in bytes */
  limit: number
  /** undefined outside the length field */
  #length: number | undefined
  #scale = 1
  #bodyLeft = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Throws {@link PacketTooLargeError}. */
  check(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.byteLength) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, chunk.byteLength - at)
        this.#bodyLeft -= skipped
        at += skipped
        continue
      }
      const byte = chunk[at] ?? 0
      at += 1
      if (this.#length === undefined) {
        this.#length = 0
        this.#scale = 1
        continue
      }
      this.#length += (byte & 0x7f) * this.#scale
      this.#scale *= 128
      if (this.#length > this.limit || this.#scale > 128 ** 4) throw new PacketTooLargeError(this.#length)
      if (byte < 0x80) {
        this.#bodyLeft = this.#length
        this.#length = undefined
      }
    }
  }
}

/**
 * The protocol level that a CONNECT packet asks for (4 is MQTT 3.1.1, 5 is MQTT 5), read from the first bytes of a
 * connection. `undefined` while there are too few bytes, `'not-mqtt'` when this is no CONNECT.
 */
export const protocolLevel = (head: Uint8Array): number | 'not-mqtt' | undefined => {
  if (head.byteLength > 0 && head[0] !== 0x10) return 'not-mqtt'
  let at = 1
  while ((head[at] ?? 0) >= 0x80) at += 1
  if (at > 4) return 'not-mqtt'
  const nameLength = ((head[at + 1] ?? 0) << 8) | (head[at + 2] ?? 0)
  if (head.byteLength < at + 3) return undefined
  if (nameLength !== 4 && nameLength !== 6) return 'not-mqtt'
  return head[at + 3 + nameLength]
}
