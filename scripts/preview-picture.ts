/**
 * Takes docs/preview.png: the preview's page on a phone, with the debug overlay, while a box pushes a drawn landscape.
 * Run by `npm run preview-picture` after changes of the page; needs what the tests need.
 */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { spawnBox } from '../test/support/box-process.js'
import { startBrowser } from '../test/support/browser.js'
import { startRtmpIngest } from '../test/support/rtmp/ingest.js'
import type { Teardown } from '../test/support/teardown.js'
import { tempDir } from '../test/support/temp-dir.js'
import { waitFor } from '../test/support/wait-for.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const output = join(root, 'docs/preview.png')

const take = async (t: Teardown): Promise<void> => {
  const folder = await tempDir(t)
  const browser = await startBrowser(t)

  const drawing = await browser.newPage({ viewport: { width: 360, height: 640 }, deviceScaleFactor: 2 })
  const scene = await readFile(join(root, 'scripts/preview-scene.svg'), 'utf8')
  await drawing.setContent(`<style>body{margin:0}svg{display:block}</style>${scene}`)
  await drawing.screenshot({ path: join(folder, 'scene.png') })
  const clip = join(folder, 'scene.mp4')
  const codec = ['-c:v', 'libx264', '-crf', '10', '-pix_fmt', 'yuv420p']
  await run('ffmpeg', [
    '-v',
    'error',
    '-loop',
    '1',
    '-i',
    join(folder, 'scene.png'),
    '-t',
    '2',
    ...codec,
    clip,
  ])

  const ingest = await startRtmpIngest(t)
  const box = await spawnBox(t, {
    config: {
      name: 'studio',
      cameras: { front: `clip:${clip}`, back: 'test' },
      attributes: { url: ingest.url(), autopush: true, debug: true },
    },
  })
  const address = (await box.says(/preview\s+(http:\S+)/))[1] ?? ''
  const page = await browser.newPage({
    viewport: { width: 390, height: 780 },
    deviceScaleFactor: 1.5,
    locale: 'en-GB',
  })
  await page.goto(address)
  // figures are means over two seconds
  const position = (): Promise<number> =>
    page.locator('video').evaluate((video) => (video as unknown as { currentTime: number }).currentTime)
  await waitFor(async () => (await position()) > 5, { what: 'five seconds of picture', timeoutMs: 30_000 })
  await page.screenshot({ path: join(folder, 'page.png') })
  const palette = 'split[a][b];[a]palettegen=max_colors=192[p];[b][p]paletteuse=dither=none'
  await run('ffmpeg', ['-v', 'error', '-y', '-i', join(folder, 'page.png'), '-vf', palette, output])
  process.stdout.write(`${output}: ${Math.round((await stat(output)).size / 1000)} kB\n`)
}

const undoings: (() => unknown)[] = []
try {
  await take({ teardown: (undo) => void undoings.push(undo) })
} finally {
  for (const undo of undoings.reverse()) await undo()
}
