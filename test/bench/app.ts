/** The phone app: what it weighs, how long its first load from the box takes, and what a long look costs the phone. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { spawnBox } from '../support/box-process.js'
import { startBrowser } from '../support/browser.js'
import { startRtmpIngest } from '../support/rtmp/ingest.js'
import { aim, type Bench, scoped } from './bench.js'
import { pass } from './clock.js'
import { delayCells, figure } from './print.js'
import { delays } from './statistics.js'

const built = fileURLToPath(new URL('../../phone-app', import.meta.url))
const phone = { width: 360, height: 740 }
const playerKb = 'player, loaded with the first picture'
const megabyte = 1024 * 1024

/** kB packed by gzip, all that the first load needs, and the player apart. */
const weigh = async (): Promise<{ readonly appKb: number; readonly playerKb: number }> => {
  const kb = { app: 0, player: 0 }
  const files = (await readdir(built, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  )
  for (const { name, parentPath } of files) {
    if (/\.(?:gz|png)$/.test(name)) continue
    const { length } = gzipSync(await readFile(join(parentPath, name)), { level: 9 })
    kb[name.startsWith('mpegts') ? 'player' : 'app'] += length / 1000
  }
  return { appKb: kb.app, playerKb: kb.player }
}

/** ms from the tap on the link until that is seen, on a phone that has nothing of it. */
interface Load {
  /** the same browser and box with a page that holds nothing: what the machine takes at least */
  readonly bare: number
  readonly painted: number
  readonly state: number
  readonly picture: number
}

const firstLoad = async (browser: Browser, link: string): Promise<Load> => {
  const newPage = async (): Promise<Page> =>
    (await browser.newContext({ viewport: phone, isMobile: true, hasTouch: true })).newPage()
  const [page, barePage] = [await newPage(), await newPage()]
  try {
    const before = performance.now()
    await barePage.goto(new URL('/healthz', link).href)
    const bare = performance.now() - before
    const from = performance.now()
    const since = async (selector: string): Promise<number> => {
      await page.locator(selector).first().waitFor({ state: 'attached' })
      return performance.now() - from
    }
    await page.goto(link, { waitUntil: 'commit' })
    const state = await since('.pill[data-state="pushing"]')
    const picture = await since('.picture[data-seen="yes"]')
    const painted = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    )
    return { bare, painted, state, picture }
  } finally {
    await Promise.all([page.context().close(), barePage.context().close()])
  }
}

/** MB of the page's own memory that is in use, after what is not has been cleared away. */
const heapMb = async (page: Page): Promise<number> => {
  const session = await page.context().newCDPSession(page)
  try {
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    return usedSize / megabyte
  } finally {
    await session.detach()
  }
}

/** Heap in MB at the end of each tenth of a look at the live page. */
const longLook = async (browser: Browser, link: string, seconds: number): Promise<readonly number[]> => {
  const page = await browser.newPage({ viewport: phone })
  await page.goto(link)
  await page.locator('.picture[data-seen="yes"]').waitFor()
  const samples: number[] = []
  for (let tenth = 0; tenth < 10; tenth += 1) {
    await pass(seconds * 100)
    samples.push(await heapMb(page))
  }
  await page.close()
  return samples
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length

export const app: Bench = {
  name: 'app',
  summary: 'the phone app: size, first load from the box, memory of a page that shows the picture',
  seconds: { default: 600, help: 'of preview for the memory' },
  rounds: 10,
  sizes: '360x640@15/1000',
  run: async ({ seconds, rounds }, { say }) =>
    scoped(async (t) => {
      const [weight, ingest, browser] = await Promise.all([weigh(), startRtmpIngest(t), startBrowser(t)])
      const box = await spawnBox(t, { config: { attributes: { url: ingest.url(), autopush: true } } })
      const [, link = ''] = await box.says(/phone app\s+(http:\S+)/)
      await box.says(/ 1002 /)
      const loads: Load[] = []
      for (let round = 1; round <= rounds; round += 1) {
        loads.push(await firstLoad(browser, link))
        say(`first load, ${round} of ${rounds}: ${Math.round(loads.at(-1)?.state ?? 0)} ms`)
      }
      const heap = await longLook(browser, link, seconds)
      say(`memory after ${seconds} s: ${figure(heap.at(-1) ?? 0)} MB`)
      const [early, late] = [mean(heap.slice(1, 4)), mean(heap.slice(-3))]
      const rows = (['bare', 'painted', 'state', 'picture'] as const).map((name) =>
        delays(loads.map((each) => each[name])),
      )
      const [bare, painted, state, picture] = rows
      const nonsense = [
        ...(weight.appKb > 10 && weight.playerKb > 10 ? [] : ['the app was not built']),
        ...(loads.every((each) => each.picture > 0 && each.picture < 30_000) ? [] : ['a load that can’t be']),
        ...(heap.every((each) => each > 0.5) ? [] : ['a page without memory']),
      ]
      return {
        results: { weight, loads, heapMb: heap },
        nonsense,
        tables: [
          {
            title: 'Size, kB packed by gzip',
            columns: ['', 'kB'],
            rows: [
              ['app', figure(weight.appKb)],
              [playerKb, figure(weight.playerKb)],
            ],
          },
          {
            title: 'First load from the box, ms from the tap on the link',
            columns: ['', 'p50', 'p95', 'max', 'samples'],
            rows: [
              ['a page of the box that holds nothing', ...(bare ? delayCells(bare) : [])],
              ['something is painted', ...(painted ? delayCells(painted) : [])],
              ['what the box does is shown', ...(state ? delayCells(state) : [])],
              ['the picture moves', ...(picture ? delayCells(picture) : [])],
            ],
            notes: ['box and browser share one machine; nothing is cached'],
          },
          {
            title: `Memory of the live page over ${seconds} s, MB of JavaScript`,
            columns: ['', 'MB'],
            rows: [
              ['second to fourth tenth', figure(early)],
              ['last three tenths', figure(late)],
            ],
          },
        ],
        aims: [
          aim('size without the player, gzip', weight.appKb, 250, 'kB'),
          ...(state ? [aim('what the box does is shown, p95', state.p95, 1000, 'ms')] : []),
          aim('growth of the memory', late - early, 1, 'MB'),
        ],
      }
    }),
}
