/** A drawn landscape as a clip for a box to push, for pictures of the documentation. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'

const run = promisify(execFile)
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** @returns the file of the clip, in that folder */
export const drawScene = async (browser: Browser, folder: string): Promise<string> => {
  const drawing = await browser.newPage({ viewport: { width: 360, height: 640 }, deviceScaleFactor: 2 })
  const scene = await readFile(join(root, 'scripts/preview-scene.svg'), 'utf8')
  await drawing.setContent(`<style>body{margin:0}svg{display:block}</style>${scene}`)
  await drawing.screenshot({ path: join(folder, 'scene.png') })
  await drawing.close()
  const clip = join(folder, 'scene.mp4')
  const input = ['-loop', '1', '-i', join(folder, 'scene.png'), '-t', '2']
  await run('ffmpeg', ['-v', 'error', ...input, '-c:v', 'libx264', '-crf', '10', '-pix_fmt', 'yuv420p', clip])
  return clip
}

/** Writes pictures side by side, in few colours. */
export const writePicture = async (
  files: readonly string[],
  columns: number,
  output: string,
): Promise<void> => {
  const inputs = files.flatMap((file) => ['-i', file])
  const palette = 'split[a][b];[a]palettegen=max_colors=224[p];[b][p]paletteuse=dither=none'
  const rows = Math.ceil(files.length / columns)
  const tile = `concat=n=${files.length}:v=1,tile=${columns}x${rows}:padding=24:margin=24:color=0xc9d3d1`
  const filter = files.length === 1 ? palette : `${tile},${palette}`
  await run('ffmpeg', ['-v', 'error', '-y', ...inputs, '-filter_complex', filter, '-frames:v', '1', output])
}
