/**
 * AMF0, the encoding of RTMP commands and metadata (Adobe "Action Message Format, AMF 0", 2007).
 * Objects, ECMA arrays and typed objects all become plain objects; a date becomes its milliseconds.
 */
export type AmfValue = number | boolean | string | null | undefined | AmfObject | AmfValue[]
export interface AmfObject {
  [key: string]: AmfValue
}

const marker = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  undefined: 6,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
  unsupported: 13,
  xml: 15,
  typedObject: 16,
} as const

class Reader {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('AMF0 value is cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  string(lengthBytes: 2 | 4 = 2): string {
    return this.take(this.take(lengthBytes).readUIntBE(0, lengthBytes)).toString('utf8')
  }

  properties(): AmfObject {
    const object: AmfObject = {}
    for (;;) {
      const key = this.string()
      const type = this.take(1).readUInt8()
      if (type === marker.objectEnd && key === '') return object
      object[key] = this.value(type)
    }
  }

  value(type = this.take(1).readUInt8()): AmfValue {
    switch (type) {
      case marker.number:
        return this.take(8).readDoubleBE()
      case marker.boolean:
        return this.take(1).readUInt8() !== 0
      case marker.string:
        return this.string()
      case marker.longString:
      case marker.xml:
        return this.string(4)
      case marker.null:
        return null
      case marker.undefined:
      case marker.unsupported:
        return undefined
      case marker.object:
        return this.properties()
      case marker.ecmaArray:
        this.take(4) // the announced length is a hint; the end marker decides
        return this.properties()
      case marker.typedObject:
        this.string()
        return this.properties()
      case marker.strictArray:
        return Array.from({ length: this.take(4).readUInt32BE() }, () => this.value())
      case marker.date: {
        const time = this.take(8).readDoubleBE()
        this.take(2) // time zone, reserved
        return time
      }
      default:
        throw new RangeError(`AMF0 type ${type} is unknown`)
    }
  }
}

/** All values, one after the other, of a command or data message. Throws RangeError on anything malformed. */
export const decodeAmf0 = (bytes: Buffer): AmfValue[] => {
  const reader = new Reader(bytes)
  const values: AmfValue[] = []
  while (!reader.done) values.push(reader.value())
  return values
}

const encodeKey = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const encodeValue = (value: AmfValue): Buffer => {
  if (value === null) return Buffer.from([marker.null])
  if (value === undefined) return Buffer.from([marker.undefined])
  if (typeof value === 'boolean') return Buffer.from([marker.boolean, Number(value)])
  if (typeof value === 'string') return Buffer.concat([Buffer.from([marker.string]), encodeKey(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9)
    bytes.writeDoubleBE(value, 1)
    return bytes
  }
  if (Array.isArray(value)) {
    const head = Buffer.from([marker.strictArray, 0, 0, 0, 0])
    head.writeUInt32BE(value.length, 1)
    return Buffer.concat([head, ...value.map(encodeValue)])
  }
  return Buffer.concat([
    Buffer.from([marker.object]),
    ...Object.entries(value).flatMap(([key, item]) => [encodeKey(key), encodeValue(item)]),
    Buffer.from([0, 0, marker.objectEnd]),
  ])
}

/** The values, one after the other; strings up to 65535 bytes. */
export const encodeAmf0 = (...values: readonly AmfValue[]): Buffer => Buffer.concat(values.map(encodeValue))
