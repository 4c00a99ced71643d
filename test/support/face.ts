/**
 * A face to judge effects by: Eileen Collins, photographed by NASA in 1993, in the public domain; the part that a
 * phone held at arm's length would show. Where things are in it is known by share of width and height.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Region, type RgbPicture, rgbPictures } from './judge/colours.js'
import { runTool } from './judge/ffmpeg.js'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'

/** Tests run from build/test/support. */
export const faceFile = fileURLToPath(new URL('../../../test/fixtures/face.png', import.meta.url))

export const faceRegions = {
  cheek: { x: [0.3, 0.42], y: [0.345, 0.4] },
  eye: { x: [0.32, 0.43], y: [0.295, 0.325] },
  hair: { x: [0.46, 0.72], y: [0.12, 0.22] },
  /** grey, as good as without colour */
  wall: { x: [0.9, 0.99], y: [0.4, 0.5] },
  /** black cloth */
  collar: { x: [0.4, 0.6], y: [0.64, 0.68] },
} as const satisfies Record<string, Region>

/** The face as it is, in that size. */
export const face = async (width: number, height: number): Promise<RgbPicture> => {
  const [picture] = await rgbPictures(faceFile, { width, height })
  if (!picture) throw new Error('the face is empty')
  return picture
}

/** The face as it is given to effects: I420 in the video range of BT.601, rows of an even multiple of 4. */
export const facePlanes = async (width: number, height: number): Promise<Uint8Array> => {
  const scale = `scale=${width}:${height}:flags=lanczos:out_color_matrix=bt601:out_range=tv`
  const input = ['-nostdin', '-v', 'error', '-i', faceFile, '-vf', scale]
  const { stdout } = await runTool(
    'ffmpeg',
    [...input, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'],
    20_000,
  )
  return stdout
}

/** A picture of {@link facePlanes}' kind, decoded. */
export const ofPlanes = async (planes: Uint8Array, width: number, height: number): Promise<RgbPicture> => {
  const folder = await mkdtemp(join(tmpdir(), 'planes-'))
  try {
    const file = join(folder, 'picture.y4m')
    const header = `YUV4MPEG2 W${width} H${height} F15:1 Ip A1:1 C420mpeg2\nFRAME\n`
    await writeFile(file, Buffer.concat([Buffer.from(header), planes]))
    const [picture] = await rgbPictures(file, { width, height })
    if (!picture) throw new Error('the picture is empty')
    return picture
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A second of the standing face as a clip. */
export const faceClip = async (t: Teardown, width: number, height: number, fps: number): Promise<string> => {
  const file = join(await tempDir(t), 'face.mp4')
  const input = [
    '-nostdin',
    '-v',
    'error',
    '-loop',
    '1',
    '-framerate',
    String(fps),
    '-i',
    faceFile,
    '-t',
    '1',
  ]
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '8', '-pix_fmt', 'yuv420p']
  await runTool('ffmpeg', [...input, '-vf', `scale=${width}:${height}:flags=lanczos`, ...codec, file], 20_000)
  return file
}
