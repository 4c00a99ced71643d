/** Footage whose pictures carry their number, in blocks that survive any encoder: what arrived can be told from its source. */
import { runTool } from '../../support/judge/ffmpeg.js'
import type { Bounds } from '../network/contender.js'

/** The strip at the top that the number is in, of a picture that wide. */
export const stripOf = (width: number): { readonly bits: number; readonly blockPx: number } => ({
  bits: 12,
  blockPx: Math.floor(width / 12 / 2) * 2,
})

/** Less than what twelve bits count at 60/s. */
const usualSeconds = 60
const makeMs = 180_000

/**
 * Makes an MP4 of exactly the size and rate that is pushed, with a tone, so that the box has nothing to scale.
 * Returns how many pictures it has; then it begins anew.
 */
export const makeMarkedClip = async (
  from: string,
  to: string,
  bounds: Pick<Bounds, 'width' | 'height' | 'fps'>,
  seconds = usualSeconds,
): Promise<number> => {
  const { width, height, fps } = bounds
  const { bits, blockPx } = stripOf(width)
  const block = (x: number, wide: number, colour: string, when = ''): string =>
    `drawbox=x=${x}:y=0:w=${wide}:h=${blockPx}:color=${colour}:t=fill${when}`
  const filters = [
    `fps=${fps}`,
    `scale=${width}:${height}:force_original_aspect_ratio=increase`,
    `crop=${width}:${height}`,
    block(0, width, 'black'),
    ...Array.from({ length: bits }, (_, bit) =>
      block(bit * blockPx, blockPx, 'white', `:enable='eq(mod(floor(n/${2 ** bit}),2),1)'`),
    ),
    'format=yuv420p',
  ]
  const frames = seconds * fps
  const { code, stderr } = await runTool(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-y', '-stream_loop', '-1', '-i', from],
      ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-map', '0:v:0', '-map', '1:a:0'],
      ...['-vf', filters.join(','), '-frames:v', String(frames), '-t', String(seconds)],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-g', String(fps), '-c:a', 'aac', to],
    ],
    makeMs,
  )
  if (code !== 0) throw new Error(`the clip can't be made of ${from}: ${stderr}`)
  return frames
}

/** The number in a picture, grey values row by row. */
export const markOf = (grey: Uint8Array, width: number): number => {
  const { bits, blockPx } = stripOf(width)
  let number = 0
  for (let bit = 0; bit < bits; bit++) {
    const at = (blockPx / 2) * width + bit * blockPx + blockPx / 2
    if ((grey[at] ?? 0) > 128) number += 2 ** bit
  }
  return number
}
