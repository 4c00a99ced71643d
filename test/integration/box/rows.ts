import { runTool } from '../../support/judge/ffmpeg.js'

/** Columns of each decoded frame, left to right, 0 to 255: the mean brightness of a band above its middle. */
export const rowsOf = async (file: string, width: number): Promise<Uint8Array[]> => {
  const band = `crop=in_w:in_h/4:0:in_h/4,scale=${width}:1:flags=area,format=gray`
  const input = ['-nostdin', '-v', 'error', '-i', file, '-map', '0:v:0', '-fps_mode', 'passthrough']
  const { stdout } = await runTool('ffmpeg', [...input, '-vf', band, '-f', 'rawvideo', '-'], 20_000)
  return Array.from({ length: stdout.length / width }, (_, at) =>
    stdout.subarray(at * width, (at + 1) * width),
  )
}

/** Brightness that a row gains from its left to its right end. */
export const slopeOf = (row: Uint8Array): number => (row.at(-1) ?? 0) - (row[0] ?? 0)

const mostShift = 60

/** Columns by which `later` lies to the right of `earlier`; negative: to the left. */
export const shiftBetween = (earlier: Uint8Array, later: Uint8Array): number => {
  const difference = (shift: number): number => {
    let sum = 0
    for (let at = mostShift; at < earlier.length - mostShift; at += 1)
      sum += Math.abs((earlier[at] ?? 0) - (later[at + shift] ?? 0))
    return sum
  }
  const shifts = Array.from({ length: 2 * mostShift + 1 }, (_, at) => at - mostShift)
  return shifts.reduce((best, shift) => (difference(shift) < difference(best) ? shift : best))
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0

/** How the picture moves, columns per frame, over a fifth of a second of 15 frames each. */
export const speedOf = (rows: readonly Uint8Array[]): number => {
  const span = 3
  return median(rows.slice(span).map((row, at) => shiftBetween(rows[at]!, row) / span))
}
