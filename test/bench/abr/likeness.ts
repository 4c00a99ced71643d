/** How much what was shown looks like what was filmed: SSIM of the luma, picture by picture, frozen ones included. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { writeFlv } from '../../support/rtmp/flv-file.js'
import type { RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import type { Bounds } from '../network/contender.js'
import { markOf, stripOf } from './marked-clip.js'

export interface Likeness {
  /** mean over all pictures that were filmed, each against what a viewer had before his eyes for it */
  readonly ssim: number
  /** of the pictures that arrived only */
  readonly arrivedSsim: number
}

export interface Source {
  readonly clip: string
  /** pictures until it begins anew */
  readonly frames: number
}

const windowPx = 8
const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2]

/** Structural similarity of two pictures of grey values, 8 by 8 windows side by side, from a row on. */
export const ssimOf = (left: Uint8Array, right: Uint8Array, width: number, fromRow = 0): number => {
  const height = left.length / width
  let [sum, windows] = [0, 0]
  for (let top = fromRow; top + windowPx <= height; top += windowPx)
    for (let start = 0; start + windowPx <= width; start += windowPx) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0]
      for (let row = top; row < top + windowPx; row++)
        for (let at = row * width + start; at < row * width + start + windowPx; at++) {
          const [x, y] = [left[at] ?? 0, right[at] ?? 0]
          a += x
          b += y
          aa += x * x
          bb += y * y
          ab += x * y
        }
      const count = windowPx * windowPx
      const [meanA, meanB] = [a / count, b / count]
      const [varA, varB, both] = [
        aa / count - meanA * meanA,
        bb / count - meanB * meanB,
        ab / count - meanA * meanB,
      ]
      sum +=
        ((2 * meanA * meanB + c1) * (2 * both + c2)) /
        ((meanA * meanA + meanB * meanB + c1) * (varA + varB + c2))
      windows += 1
    }
  return sum / windows
}

/** The pictures of a file as grey values, scaled to one size. */
export async function* pictures(
  args: readonly string[],
  { width, height }: Pick<Bounds, 'width' | 'height'>,
): AsyncGenerator<Buffer> {
  const child = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'quiet', ...args, '-map', '0:v:0'],
      ...['-vf', `scale=${width}:${height}:flags=bicubic,format=gray`, '-fps_mode', 'passthrough'],
      ...['-f', 'rawvideo', 'pipe:1'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const size = width * height
  let rest = Buffer.alloc(0)
  try {
    for await (const part of child.stdout) {
      rest = Buffer.concat([rest, part as Buffer])
      for (; rest.length >= size; rest = rest.subarray(size)) yield rest.subarray(0, size)
    }
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

/** @param skip leaves out what was filmed before this many pictures had arrived */
export const likeness = async (
  t: Teardown,
  sessions: readonly RecordedSession[],
  source: Source,
  bounds: Bounds,
  skip: number,
): Promise<Likeness> => {
  const { width } = bounds
  const { blockPx } = stripOf(width)
  const fromRow = Math.ceil(blockPx / windowPx) * windowPx
  const filmed = pictures(['-stream_loop', '-1', '-i', source.clip], bounds)
  const folder = await tempDir(t)
  const sums = { arrived: 0, stood: 0 }
  const counts = { arrived: 0, stood: 0 }
  let real: Buffer | undefined
  let shown: Buffer | undefined
  let number = -1
  let seen = 0
  const film = async (): Promise<void> => {
    real = (await filmed.next()).value ?? undefined
    number += 1
  }
  const judge = (kind: keyof typeof sums): void => {
    if (!real || !shown || seen <= skip) return
    counts[kind] += 1
    sums[kind] += ssimOf(real, shown, width, fromRow)
  }
  for (const [nth, session] of sessions.entries()) {
    const file = join(folder, `${nth}.flv`)
    await writeFlv(file, session.messages)
    for await (const picture of pictures(['-i', file], bounds)) {
      seen += 1
      const mark = markOf(picture, width) % source.frames
      while (number < 0 || number % source.frames !== mark) {
        await film()
        // It never came: the last one stood.
        if (number % source.frames !== mark) judge('stood')
      }
      shown = Buffer.from(picture)
      judge('arrived')
    }
  }
  await filmed.return(undefined)
  return {
    ssim: (sums.arrived + sums.stood) / (counts.arrived + counts.stood),
    arrivedSsim: sums.arrived / counts.arrived,
  }
}
