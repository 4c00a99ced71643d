/**
 * Takes docs/phone-app*.png: every page of the phone app, in English and light, in Chinese and dark, while a box pushes
 * a drawn landscape; and the app's icons. Run by `npm run phone-app-pictures` after changes of the app; needs what the
 * tests need. With a folder as argument each page is written there as well, alone.
 */
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { spawnBox } from '../test/support/box-process.js'
import { startBrowser } from '../test/support/browser.js'
import { startRtmpIngest } from '../test/support/rtmp/ingest.js'
import type { Teardown } from '../test/support/teardown.js'
import { tempDir } from '../test/support/temp-dir.js'
import { waitFor } from '../test/support/wait-for.js'
import { drawScene, root, writePicture } from './scene.js'

const viewport = { width: 360, height: 740 }
const looks = [
  { name: 'en', locale: 'en-GB', colorScheme: 'light' },
  { name: 'zh', locale: 'zh-CN', colorScheme: 'dark' },
] as const
/** the state in which figures and lines are worth a look */
const seconds = 24

const take = async (t: Teardown, alone: string | undefined): Promise<void> => {
  const folder = await tempDir(t)
  const browser = await startBrowser(t)
  await drawIcons(browser)
  const clip = await drawScene(browser, folder)
  const ingest = await startRtmpIngest(t)
  const box = await spawnBox(t, {
    config: {
      name: 'studio',
      cameras: { front: `clip:${clip}`, back: 'test' },
      attributes: { url: ingest.url(), fps: 10 },
    },
  })
  const link = (await box.says(/phone app\s+(http:\S+)/))[1] ?? ''
  const pages: Page[] = []
  for (const { locale, colorScheme } of looks) {
    const context = await browser.newContext({ viewport, deviceScaleFactor: 1.5, locale, colorScheme })
    const page = await context.newPage()
    await page.goto(link)
    await tab(page, 'figures')
    pages.push(page)
  }
  // Pages that play nothing leave the computer to the box.
  const [first] = pages
  if (first) await tab(first, 'live')
  await first?.locator('.main.start').click()
  await first?.locator('.pill[data-state="pushing"]').waitFor()
  await waitFor(async () => (await positionOf(first)) > 2, { what: 'the picture' })
  for (let photo = 0; photo < 3; photo += 1) {
    await first?.locator('.action').last().click()
    await first?.locator('.told .good').waitFor()
    await first?.waitForTimeout(1_100)
  }
  if (first) await tab(first, 'figures')
  await first?.waitForTimeout(seconds * 1_000)
  for (const [index, { name }] of looks.entries()) {
    await pages[index - 1]?.close()
    const page = pages[index]
    if (!page) continue
    await page.locator('.told p').waitFor({ state: 'detached' })
    const files: string[] = []
    for (const [at, shoot] of Object.entries(shots)) {
      await shoot(page)
      const file = join(folder, `${name}-${at}.png`)
      await page.screenshot({ path: file })
      files.push(file)
      if (alone) await copyFile(file, join(alone, `${name}-${at}.png`))
    }
    const output = join(root, `docs/phone-app-${name}.png`)
    await writePicture(files, 4, output)
    process.stdout.write(`${output}: ${Math.round((await stat(output)).size / 1000)} kB\n`)
    if (name === 'en' && files[0]) await writePicture(files.slice(0, 1), 1, join(root, 'docs/phone-app.png'))
  }
}

const positionOf = async (page: Page | undefined): Promise<number> =>
  (await page
    ?.locator('video')
    .evaluate((video) => (video as unknown as { currentTime: number }).currentTime)) ?? 0

const tab = (page: Page, name: string): Promise<void> => page.locator(`.tabs a[href="#/${name}"]`).click()

/** Each page, as it is found. */
const shots: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  live: async (page) => {
    await tab(page, 'live')
    await waitFor(async () => (await positionOf(page)) > 1, { what: 'the picture' })
  },
  adjust: async (page) => tab(page, 'adjust'),
  stream: async (page) => {
    const stream = page.locator('details[data-group="stream"]')
    await stream.locator('summary').click()
    const field = stream.locator('[data-name="max-bitrate"]')
    await field.locator('input').fill('99999')
    await field.locator('input').press('Enter')
    await field.locator('.problem').waitFor()
    await field.evaluate((element) =>
      (element as unknown as { scrollIntoView(where: object): void }).scrollIntoView({ block: 'end' }),
    )
  },
  figures: async (page) => tab(page, 'figures'),
  events: async (page) => tab(page, 'events'),
  box: async (page) => tab(page, 'box'),
  share: async (page) => {
    const share = page.locator('#share')
    await share.locator('summary').click()
    await share.evaluate((element) =>
      (element as unknown as { scrollIntoView(where: object): void }).scrollIntoView({ block: 'center' }),
    )
  },
  gallery: async (page) => {
    await tab(page, 'live')
    await page.locator('.last-photo').click()
    await waitFor(() => page.locator('.photos li').count(), { what: 'the photos' })
    await page.waitForTimeout(300)
  },
}

const drawIcons = async (browser: Browser): Promise<void> => {
  const folder = join(root, 'services/phone-app/public')
  const icon = await readFile(join(folder, 'icon.svg'), 'utf8')
  for (const side of [192, 512]) {
    const page = await browser.newPage({ viewport: { width: side, height: side } })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw}</style>${icon}`)
    await writeFile(join(folder, `icon-${side}.png`), await page.screenshot())
    await page.close()
  }
}

const undoings: (() => unknown)[] = []
try {
  await take({ teardown: (undo) => void undoings.push(undo) }, process.argv[2])
} finally {
  for (const undo of undoings.reverse()) await undo()
}
