/**
 * Takes docs/preview.png: the preview's page on a phone, with the debug overlay, while a box pushes a drawn landscape.
 * Run by `npm run preview-picture` after changes of the page; needs what the tests need.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { spawnBox } from '../test/support/box-process.js'
import { startBrowser } from '../test/support/browser.js'
import { startRtmpIngest } from '../test/support/rtmp/ingest.js'
import type { Teardown } from '../test/support/teardown.js'
import { tempDir } from '../test/support/temp-dir.js'
import { waitFor } from '../test/support/wait-for.js'
import { drawScene, root, writePicture } from './scene.js'

const output = join(root, 'docs/preview.png')

const take = async (t: Teardown): Promise<void> => {
  const folder = await tempDir(t)
  const browser = await startBrowser(t)
  const clip = await drawScene(browser, folder)

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
  await writePicture([join(folder, 'page.png')], 1, output)
  process.stdout.write(`${output}: ${Math.round((await stat(output)).size / 1000)} kB\n`)
}

const undoings: (() => unknown)[] = []
try {
  await take({ teardown: (undo) => void undoings.push(undo) })
} finally {
  for (const undo of undoings.reverse()) await undo()
}
