import type { Attributes } from './attributes.js'

/** Picture size, resolution ladder and encoder profile (spec 5.1 to 5.4). All sizes are even, in pixels. */

export interface Size {
  readonly width: number
  readonly height: number
}

type Mode = Attributes['mode']

/** Vertical sizes. No source gives WeChat's own; 9:16 is spec 5.2, 3:4 has the same height but for HVGA's. */
const presetSizes: Readonly<Record<Mode, Readonly<Record<Attributes['aspect'], readonly [number, number]>>>> =
  {
    RTC: { '9:16': [360, 640], '3:4': [480, 640] },
    SD: { '9:16': [360, 640], '3:4': [480, 640] },
    HD: { '9:16': [540, 960], '3:4': [720, 960] },
    FHD: { '9:16': [720, 1280], '3:4': [960, 1280] },
    // Names of fixed formats: 2:3 and 3:4 by themselves.
    HVGA: { '9:16': [320, 480], '3:4': [360, 480] },
    QVGA: { '9:16': [240, 320], '3:4': [240, 320] },
  }

/**
 * Size of the pushed picture. An explicit width and height win, and orientation does not turn them; otherwise
 * mode and aspect choose and a horizontal orientation swaps.
 */
export function pictureSize(
  input: Pick<Attributes, 'mode' | 'orientation' | 'aspect' | 'video-width' | 'video-height'>,
): Size {
  const { 'video-width': explicitWidth, 'video-height': explicitHeight } = input
  if (explicitWidth !== null && explicitHeight !== null)
    return { width: explicitWidth, height: explicitHeight }
  const [short, long] = presetSizes[input.mode][input.aspect]
  return input.orientation === 'vertical' ? { width: short, height: long } : { width: long, height: short }
}

/** One step of the ladder: the size to encode at while the target is `minKbps` or more. */
export interface Step extends Size {
  readonly minKbps: number
}

type Row = readonly [short: number, long: number, minKbps: number]

/** Spec 5.3. The lowest row serves every bitrate below the next. */
const tallRows: readonly Row[] = [
  [180, 320, 0],
  [270, 480, 250],
  [360, 640, 500],
  [540, 960, 1001],
  [720, 1280, 1500],
  [1080, 1920, 2500],
]
const wideRows: readonly Row[] = [
  [180, 240, 0],
  [240, 320, 250],
  [480, 640, 500],
  [720, 960, 1001],
  [960, 1280, 2500],
]

/**
 * The steps for a picture of this size, smallest first; the last one is the size itself. The shape is kept: a
 * picture that is neither 9:16 nor 3:4 (within one per cent) gets scaled copies of itself with as many pixels as the
 * 9:16 steps. The first step's `minKbps` is 0.
 */
export function ladder(size: Size): readonly Step[] {
  const short = Math.min(size.width, size.height)
  const long = Math.max(size.width, size.height)
  const rows = rowsFor(short, long).filter(([rowShort, rowLong]) => rowShort * rowLong <= short * long)
  const top: Row = [short, long, rows.at(-1)?.[2] ?? 0]
  return [...rows.slice(0, -1), top].map(([rowShort, rowLong, minKbps]) =>
    size.width <= size.height
      ? { width: rowShort, height: rowLong, minKbps }
      : { width: rowLong, height: rowShort, minKbps },
  )
}

/** The best step for a target bitrate; never above `size`. */
export function stepFor(kbps: number, size: Size): Step {
  const steps = ladder(size)
  return steps.findLast((step) => step.minKbps <= kbps) ?? steps[0] ?? { ...size, minKbps: 0 }
}

function rowsFor(short: number, long: number): readonly Row[] {
  const near = (ratio: number): boolean => Math.abs(short / long / ratio - 1) <= 0.01
  if (near(9 / 16)) return tallRows
  if (near(3 / 4)) return wideRows
  return tallRows.map(([rowShort, rowLong, minKbps]) => {
    const scale = Math.sqrt((rowShort * rowLong) / (short * long))
    return [even(short * scale), even(long * scale), minKbps]
  })
}

/** Rounded down to an even number that every encoder takes. */
function even(pixels: number): number {
  return Math.max(16, Math.floor(pixels / 2) * 2)
}

export interface EncoderProfile {
  /** seconds between keyframes */
  readonly gopSeconds: number
  readonly bFrames: 0
  /** `low`: no look-ahead, quick rate control, video is given up before sound */
  readonly latency: 'low' | 'normal'
  /** age of the oldest frame in the send queue above which video is dropped, ms */
  readonly queueLimitMs: number
}

/** How a mode encodes and queues (spec 5.1): calls want little delay, broadcasts want clarity. */
export function encoderProfile(mode: Mode): EncoderProfile {
  return mode === 'RTC'
    ? { gopSeconds: 1, bFrames: 0, latency: 'low', queueLimitMs: 300 }
    : { gopSeconds: 2, bFrames: 0, latency: 'normal', queueLimitMs: 2000 }
}
