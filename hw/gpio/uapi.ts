/**
 * The kernel's GPIO character device, version 2 (Linux 5.10 and newer), as bytes: linux/gpio.h. Everything is
 * little-endian, as every board here is; the layout is the same on 32 and 64 bits.
 */

export const requests = {
  /** struct gpiochip_info, 68 bytes */
  chipInfo: 0x8044b401,
  /** struct gpio_v2_line_info, 256 bytes */
  lineInfo: 0xc100b405,
  /** struct gpio_v2_line_request, 592 bytes */
  takeLines: 0xc250b407,
  /** struct gpio_v2_line_values, 16 bytes */
  getValues: 0xc010b40e,
  setValues: 0xc010b40f,
} as const

/** Bits of `flags`. */
export const flags = {
  used: 1,
  activeLow: 2,
  input: 4,
  output: 8,
  risingEdge: 16,
  fallingEdge: 32,
  pullUp: 256,
  pullDown: 512,
} as const

export const chipInfoBytes = 68
export const lineInfoBytes = 256
export const lineRequestBytes = 592
export const valuesBytes = 16
export const eventBytes = 48
/** The kernel's GPIO_V2_LINES_MAX. */
export const mostLines = 64

const maxNameBytes = 32
const requestAt = { consumer: 256, flags: 288, numLines: 560, fd: 588 } as const
const lineInfoAt = { name: 0, consumer: 32, offset: 64, flags: 72 } as const

const text = (bytes: Buffer, at: number): string => {
  const field = bytes.subarray(at, at + maxNameBytes)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? maxNameBytes : end)
}

export const readChipInfo = (bytes: Buffer): { label: string; lines: number } => ({
  label: text(bytes, maxNameBytes),
  lines: bytes.readUInt32LE(64),
})

export const askLineInfo = (offset: number): Buffer => {
  const bytes = Buffer.alloc(lineInfoBytes)
  bytes.writeUInt32LE(offset, lineInfoAt.offset)
  return bytes
}

export interface LineInfo {
  readonly name: string
  /** who holds it; empty when nobody does or nobody says */
  readonly consumer: string
  readonly used: boolean
}

export const readLineInfo = (bytes: Buffer): LineInfo => ({
  name: text(bytes, lineInfoAt.name),
  consumer: text(bytes, lineInfoAt.consumer),
  used: (Number(bytes.readBigUInt64LE(lineInfoAt.flags)) & flags.used) !== 0,
})

/** Taken lines start as inputs as they are, or as outputs that are off: no attribute sets another value. */
export const lineRequest = (offsets: readonly number[], lineFlags: number, consumer: string): Buffer => {
  const bytes = Buffer.alloc(lineRequestBytes)
  for (const [index, offset] of offsets.entries()) bytes.writeUInt32LE(offset, index * 4)
  bytes.write(consumer, requestAt.consumer, maxNameBytes - 1, 'utf8')
  bytes.writeBigUInt64LE(BigInt(lineFlags), requestAt.flags)
  bytes.writeUInt32LE(offsets.length, requestAt.numLines)
  return bytes
}

/** The descriptor of the lines, which the kernel wrote into the request. */
export const readRequestFd = (bytes: Buffer): number => bytes.readInt32LE(requestAt.fd)

/** @param mask of the lines that are meant, bit 0 the first that was asked for */
export const lineValues = (mask: bigint, bits = 0n): Buffer => {
  const bytes = Buffer.alloc(valuesBytes)
  bytes.writeBigUInt64LE(bits, 0)
  bytes.writeBigUInt64LE(mask, 8)
  return bytes
}

export const readValues = (bytes: Buffer): bigint => bytes.readBigUInt64LE(0)

export interface LineEvent {
  /** CLOCK_MONOTONIC, ns */
  readonly atNs: bigint
  /** the line became active, with activeLow taken into account */
  readonly active: boolean
  readonly offset: number
}

export const readEvents = (bytes: Buffer): LineEvent[] => {
  const events: LineEvent[] = []
  for (let at = 0; at + eventBytes <= bytes.length; at += eventBytes)
    events.push({
      atNs: bytes.readBigUInt64LE(at),
      active: bytes.readUInt32LE(at + 8) === 1,
      offset: bytes.readUInt32LE(at + 12),
    })
  return events
}
