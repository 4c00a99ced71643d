/**
 * Asks a video node what it is, by ioctl on its descriptor. Request numbers and layouts: linux/videodev2.h, the same
 * on x86, ARM and ARM64 (no pointers, no 64-bit members in these four).
 */

import { constants as flags } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { errnoName, type Ioctl, ioctl } from '../../firmware/libc.js'
import { encodingOf, type FrameSize, type PixelFormat, type SizeRange } from './formats.js'

export interface NodeFacts {
  readonly driver: string
  readonly card: string
  readonly busInfo: string
  /** V4L2_CAP_… bits of this node (not of the whole device, where the driver tells them apart) */
  readonly capabilities: number
  readonly formats: readonly PixelFormat[]
}

export type NodeAnswer =
  | { readonly ok: true; readonly facts: NodeFacts }
  /** `silent`: the driver did not answer in time; `other`: it isn't a V4L2 node, or opening failed with `code` */
  | {
      readonly ok: false
      readonly kind: 'absent' | 'denied' | 'busy' | 'silent' | 'other'
      readonly code: string
    }

/** Asks the node at that path; never rejects, answers within its deadline. */
export type AskNode = (path: string) => Promise<NodeAnswer>

const request = {
  querycap: 0x80685600,
  enumFmt: 0xc0405602,
  enumSizes: 0xc02c564a,
  enumIntervals: 0xc034564b,
}
const size = { querycap: 104, enumFmt: 64, enumSizes: 44, enumIntervals: 52 }

export const capability = {
  videoCapture: 0x0000_0001,
  videoOutput: 0x0000_0002,
  videoCaptureMplane: 0x0000_1000,
  videoOutputMplane: 0x0000_2000,
  m2mMplane: 0x0000_4000,
  m2m: 0x0000_8000,
  metaCapture: 0x0080_0000,
  streaming: 0x0400_0000,
  metaOutput: 0x0800_0000,
  touch: 0x1000_0000,
  mediaController: 0x2000_0000,
  deviceCaps: 0x8000_0000,
} as const

export const has = (capabilities: number, bit: number): boolean => (capabilities & bit) !== 0

/** A driver that never says "no more" must not keep us. */
const most = { formats: 64, sizes: 64, intervals: 32 }

/** Waking a USB camera takes up to a second; one that hangs keeps open(2) for ever. */
const openDeadlineMs = 2000

export const askNode: AskNode = async (path) => {
  const asked = await withNode(path, query)
  return 'answer' in asked ? asked.answer : { ok: false, ...asked }
}

/** Opens the node, which disturbs nobody who streams from it, asks and closes. Never rejects unless `ask` throws. */
export async function withNode<Answer>(
  path: string,
  ask: (fd: number, call: Ioctl) => Answer,
): Promise<{ readonly answer: Answer } | Failure> {
  const opened = await openInTime(path)
  if ('kind' in opened) return opened
  try {
    return { answer: ask(opened.fd, ioctl) }
  } finally {
    // Closing may hang with the device; nobody waits for it.
    opened.close().catch(() => undefined)
  }
}

export type Failure = {
  readonly kind: 'absent' | 'denied' | 'busy' | 'silent' | 'other'
  readonly code: string
}

async function openInTime(path: string): Promise<FileHandle | Failure> {
  const opening = open(path, flags.O_RDWR | flags.O_NONBLOCK)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'silent', code: 'ETIMEDOUT' }), openDeadlineMs)
  })
  try {
    const first = await Promise.race([opening, late])
    if ('kind' in first) opening.then((handle) => handle.close()).catch(() => undefined)
    return first
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return { kind: kinds[code] ?? 'other', code }
  } finally {
    clearTimeout(timer)
  }
}

const kinds: Readonly<Record<string, Failure['kind']>> = {
  ENOENT: 'absent',
  ENODEV: 'absent',
  ENXIO: 'absent',
  EACCES: 'denied',
  EPERM: 'denied',
  EBUSY: 'busy',
}

/** `call` is ioctl(2); a seam so that tests can play a driver. */
export function query(fd: number, call: Ioctl): NodeAnswer {
  const answer = Buffer.alloc(size.querycap)
  if (call(fd, request.querycap, answer) !== 0) {
    const code = errnoName()
    return { ok: false, kind: kinds[code] ?? 'other', code }
  }
  const about = decodeCapability(answer)
  return { ok: true, facts: { ...about, formats: formatsOf(fd, call, about.capabilities) } }
}

function formatsOf(fd: number, call: Ioctl, capabilities: number): PixelFormat[] {
  // V4L2_BUF_TYPE_VIDEO_CAPTURE and …_MPLANE
  const type = has(capabilities, capability.videoCapture)
    ? 1
    : has(capabilities, capability.videoCaptureMplane)
      ? 9
      : 0
  if (type === 0) return []
  return enumerate(call, fd, request.enumFmt, size.enumFmt, most.formats, (buffer) =>
    u32.put(buffer, 4, type),
  ).map((buffer) => {
    const code = u32.get(buffer, 44)
    const fourcc = fourccOf(code)
    // Sizes and rates are hundreds of questions for each format; of one that can't be used nobody wants to know.
    return encodingOf(fourcc) === undefined ? { fourcc, sizes: [] } : { fourcc, ...sizesOf(fd, call, code) }
  })
}

function sizesOf(fd: number, call: Ioctl, code: number): Pick<PixelFormat, 'sizes' | 'range'> {
  const answers = enumerate(call, fd, request.enumSizes, size.enumSizes, most.sizes, (buffer) =>
    u32.put(buffer, 4, code),
  )
  const first = answers[0]
  if (first === undefined) return { sizes: [] }
  // V4L2_FRMSIZE_TYPE_DISCRETE is 1
  if (u32.get(first, 8) !== 1) return { sizes: [], range: decodeRange(first) }
  return {
    sizes: answers.map((buffer): FrameSize => {
      const width = u32.get(buffer, 12)
      const height = u32.get(buffer, 16)
      return { width, height, fps: ratesOf(fd, call, code, width, height) }
    }),
  }
}

function ratesOf(fd: number, call: Ioctl, code: number, width: number, height: number): number[] {
  const answers = enumerate(call, fd, request.enumIntervals, size.enumIntervals, most.intervals, (buffer) => {
    u32.put(buffer, 4, code)
    u32.put(buffer, 8, width)
    u32.put(buffer, 12, height)
  })
  const rates = answers.map(decodeRate).filter((rate) => rate > 0)
  return [...new Set(rates)].sort((a, b) => b - a)
}

function enumerate(
  call: Ioctl,
  fd: number,
  number: number,
  bytes: number,
  limit: number,
  prepare: (buffer: Buffer) => void,
): Buffer[] {
  const answers: Buffer[] = []
  while (answers.length < limit) {
    const buffer = Buffer.alloc(bytes)
    u32.put(buffer, 0, answers.length)
    prepare(buffer)
    if (call(fd, number, buffer) !== 0) break
    answers.push(buffer)
  }
  return answers
}

/** 32-bit members as the kernel lays them out. */
export const u32 =
  endianness() === 'LE'
    ? {
        get: (buffer: Buffer, at: number) => buffer.readUInt32LE(at),
        put: (buffer: Buffer, at: number, value: number) => buffer.writeUInt32LE(value, at),
      }
    : {
        get: (buffer: Buffer, at: number) => buffer.readUInt32BE(at),
        put: (buffer: Buffer, at: number, value: number) => buffer.writeUInt32BE(value, at),
      }

const text = (buffer: Buffer, from: number, length: number): string => {
  const bytes = buffer.subarray(from, from + length)
  const end = bytes.indexOf(0)
  return bytes
    .subarray(0, end < 0 ? length : end)
    .toString('utf8')
    .replace(/[\p{Cc}\uFFFD]/gu, '?')
    .trim()
}

/** struct v4l2_capability: driver[16], card[32], bus_info[32], version, capabilities, device_caps */
function decodeCapability(buffer: Buffer): Omit<NodeFacts, 'formats'> {
  const whole = u32.get(buffer, 84)
  return {
    driver: text(buffer, 0, 16),
    card: text(buffer, 16, 32),
    busInfo: text(buffer, 48, 32),
    capabilities: has(whole, capability.deviceCaps) ? u32.get(buffer, 88) : whole,
  }
}

/** struct v4l2_frmsize_stepwise at 12: min_width, max_width, step_width, min_height, max_height, step_height */
function decodeRange(buffer: Buffer): SizeRange {
  return {
    minWidth: u32.get(buffer, 12),
    maxWidth: u32.get(buffer, 16),
    minHeight: u32.get(buffer, 24),
    maxHeight: u32.get(buffer, 28),
  }
}

/** The interval at 20 is a fraction of a second; of a range it is the shortest one, so the highest rate. */
function decodeRate(buffer: Buffer): number {
  const numerator = u32.get(buffer, 20)
  const denominator = u32.get(buffer, 24)
  return numerator === 0 ? 0 : Math.round((denominator / numerator) * 1000) / 1000
}

const fourccOf = (code: number): string => {
  const letters = [0, 8, 16, 24].map((shift) => String.fromCharCode((code >>> shift) & 0x7f))
  return letters
    .join('')
    .replace(/[^\x20-\x7e]/g, '?')
    .trimEnd()
}
