import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from './judge/ffmpeg.js'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'

/** One frame of an ffmpeg source (`testsrc=s=300x200`) as a picture of that kind. */
export const picture = async (t: Teardown, source: string, kind: 'png' | 'jpg' | 'bmp'): Promise<Buffer> => {
  const file = join(await tempDir(t), `picture.${kind}`)
  const args = ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', '1', file]
  const { code, stderr } = await runTool('ffmpeg', args, 10_000)
  if (code !== 0) throw new Error(`no picture of ${source}: ${stderr}`)
  return readFile(file)
}

/** A second of an ffmpeg source as a file that a camera may be: `clip:` and this. */
export const clip = async (t: Teardown, source: string): Promise<string> => {
  const file = join(await tempDir(t), 'clip.mp4')
  const args = [
    '-nostdin',
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-t',
    '1',
    '-pix_fmt',
    'yuv420p',
    file,
  ]
  const { code, stderr } = await runTool('ffmpeg', args, 10_000)
  if (code !== 0) throw new Error(`no clip of ${source}: ${stderr}`)
  return file
}

/** The colour of one pixel of a picture's (or a video's first) frame, as [red, green, blue]. */
export const pixels = async (
  file: string,
  places: readonly (readonly [x: number, y: number])[],
  width: number,
): Promise<number[][]> => {
  const args = ['-nostdin', '-v', 'error', '-i', file, '-map', '0:v:0', '-frames:v', '1']
  const { stdout } = await runTool('ffmpeg', [...args, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], 10_000)
  return places.map(([x, y]) => [...stdout.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)])
}
