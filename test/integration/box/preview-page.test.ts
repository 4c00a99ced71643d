/** The page at /preview in a real browser: one box, one Chromium, and what a viewer sees step by step. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { startBox } from '../../support/box.js'
import { noBrowser, startBrowser } from '../../support/browser.js'
import { defaultTimeoutMs, runTool } from '../../support/judge/ffmpeg.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'
import { arrivedBetween, fileOf, nextOf } from './pushing.js'

const colours = { red: '#c83020', blue: '#2040c8', green: '#20a040', yellow: '#d8c030' } as const
type Colour = keyof typeof colours

/** A picture that stands, of one colour on its left and another on its right. */
const makeClip = async (folder: string, left: Colour, right: Colour): Promise<string> => {
  const file = join(folder, `${left}.mp4`)
  const graph = `color=${colours[left]}:s=360x640:r=15,drawbox=x=180:w=180:h=640:color=${colours[right]}:t=fill`
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '12', '-pix_fmt', 'yuv420p']
  await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', graph, '-t', '2', ...codec, file],
    { timeout: 20_000 },
  )
  return `clip:${file}`
}

/** Mean colours of a grid over every frame of a file, 3 bytes each, row by row. */
const gridsOf = async (file: string, columns: number, rows: number): Promise<Buffer[]> => {
  const scale = `scale=${columns}:${rows}:flags=area`
  const { stdout, stderr } = await runTool(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-i', file, '-vf', scale, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    defaultTimeoutMs,
  )
  const size = columns * rows * 3
  if (stdout.length === 0) throw new Error(`no frame of ${file} can be decoded: ${stderr}`)
  return Array.from({ length: stdout.length / size }, (_, at) => stdout.subarray(at * size, (at + 1) * size))
}

/** The largest difference of any part. */
const differenceOf = (one: Uint8Array, other: Uint8Array): number =>
  Math.max(...one.map((value, at) => Math.abs(value - other[at]!)))

/** The name of a colour that is near one of ours. */
const nameOf = (rgb: Uint8Array): Colour | undefined =>
  (Object.keys(colours) as Colour[]).find((name) =>
    rgb.every(
      (part, at) => Math.abs(part - Number.parseInt(colours[name].slice(1 + 2 * at, 3 + 2 * at), 16)) < 45,
    ),
  )

/** What is seen on the left of the page's picture, below the overlay. */
const seenOnLeft = async (t: ExecutionContext, page: Page): Promise<Colour | undefined> => {
  const box = (await page.locator('#picture').boundingBox())!
  const clip = {
    x: box.x + 2,
    y: box.y + box.height * 0.6,
    width: box.width / 2 - 4,
    height: box.height * 0.3,
  }
  const file = join(await tempDir(t), 'seen.png')
  await writeFile(file, await page.screenshot({ clip }))
  const [grid] = await gridsOf(file, 1, 1)
  return nameOf(grid!)
}

/** The left of the stream's own picture, before the page flips it or not. */
const streamedOnLeft = async (page: Page): Promise<Colour | undefined> => {
  const rgb = await page.evaluate(`(() => {
    const video = document.querySelector('video')
    const canvas = Object.assign(document.createElement('canvas'), { width: 2, height: 1 })
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0, 2, 1)
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
  })()`)
  return nameOf(Uint8Array.from(rgb as number[]))
}

const positionOf = (page: Page): Promise<number> =>
  page.locator('video').evaluate((video) => (video as unknown as { currentTime: number }).currentTime)

const plays = async (page: Page): Promise<void> => {
  const from = await positionOf(page)
  await waitFor(async () => (await positionOf(page)) > from + 0.3, { what: 'the picture to move' })
}

const reads = (page: Page, id: string, text: string): Promise<unknown> =>
  waitFor(async () => (await page.locator(`#${id}`).innerText()).includes(text), {
    what: `“${text}” in ${id}`,
  })

const labels = ['CPU', 'RES', 'SPD', 'JIT', 'FPS', 'GOP', 'ARA', 'VRA', 'QUE', 'DRP', 'CAS', 'SVR']

/** The overlay's figures as they are read. */
const figuresOn = async (page: Page): Promise<ReadonlyMap<string, string>> => {
  const texts = await page.locator('#overlay .figure').allInnerTexts()
  return new Map(texts.map((text) => [text.slice(0, 3), text.slice(3).trim()]))
}

const missing = noBrowser()
const inBrowser = missing === undefined ? test : test.skip

inBrowser(
  missing ??
    'the page plays the preview, mirrors it as local-mirror says, shows figures while debug is on, and comes back after a stop',
  async (t) => {
    t.timeout(120_000)
    const folder = await tempDir(t)
    const [front, back, ingest] = await Promise.all([
      makeClip(folder, 'red', 'blue'),
      makeClip(folder, 'green', 'yellow'),
      startRtmpIngest(t),
    ])
    const [box, browser] = await Promise.all([
      startBox(t, { config: { cameras: { front, back }, attributes: { url: ingest.url() } } }),
      startBrowser(t),
    ])
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' })
    const page = await context.newPage()
    const troubles: string[] = []
    const requests: { readonly url: string; readonly referrer: string }[] = []
    page.on('console', (message) => troubles.push(message.text()))
    page.on('pageerror', ({ message }) => troubles.push(message))
    page.on('request', (request) =>
      requests.push({ url: request.url(), referrer: request.headers().referer ?? '' }),
    )

    // nothing is shown
    await page.goto(`${box.httpUrl}/preview`)
    await reads(page, 'state', 'Idle')
    await reads(page, 'message', 'The box is idle')
    t.is(await page.title(), 'testbox · preview')
    const chinese = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
    await chinese.goto(`${box.httpUrl}/preview`)
    await reads(chinese, 'message', '设备空闲')
    await chinese.close()

    // the preview alone, then the push
    t.true((await box.request('startPreview')).ok)
    await reads(page, 'state', 'Preview')
    await plays(page)
    t.true((await box.request('start')).ok)
    await reads(page, 'state', 'Live')
    await plays(page)
    t.false(await page.locator('#message').isVisible())
    const behind = await page.locator('video').evaluate((element) => {
      const video = element as unknown as { buffered: { end(at: number): number }; currentTime: number }
      return video.buffered.end(0) - video.currentTime
    })
    t.log(`${Math.round(behind * 1_000)} ms behind what has arrived`)
    t.true(behind < 2.5, `${behind} s`)

    // the sound, by keyboard
    const isMuted = (): Promise<boolean> =>
      page.locator('video').evaluate((video) => (video as unknown as { muted: boolean }).muted)
    const sound = page.getByRole('button', { name: 'Sound on' })
    t.is(await sound.getAttribute('aria-pressed'), 'false')
    t.true(await isMuted())
    await sound.press('Enter')
    await waitFor(async () => (await sound.getAttribute('aria-pressed')) === 'true', { what: 'the sound' })
    t.false(await isMuted())
    await sound.press('Enter')

    // on which side left is
    const sees = (colour: Colour, why: string): Promise<unknown> =>
      waitFor(async () => (await seenOnLeft(t, page)) === colour, { what: `${colour} on the left: ${why}` })
    await sees('blue', 'the front camera, local-mirror auto')
    await box.set({ 'local-mirror': 'disable' })
    await sees('red', 'local-mirror disable')
    await box.set({ 'remote-mirror': true })
    await waitFor(async () => (await streamedOnLeft(page)) === 'blue', { what: 'the stream to be mirrored' })
    await sees('red', 'local-mirror disable, whatever the stream does')
    await box.set({ 'local-mirror': 'auto' })
    await sees('blue', 'auto, and the stream is mirrored already')
    t.is(await streamedOnLeft(page), 'blue')
    await box.set({ 'remote-mirror': false })
    await waitFor(async () => (await streamedOnLeft(page)) === 'red', { what: 'the stream as it was' })
    await sees('blue', 'auto again')
    t.true((await box.request('switchCamera')).ok)
    await sees('green', 'the back camera')
    await box.set({ 'local-mirror': 'enable' })
    await sees('yellow', 'the back camera, local-mirror enable')

    // the overlay, and the stream that knows nothing of it
    const session = await ingest.session(1, { messages: 10 })
    const overlay = page.locator('#overlay')
    t.false(await overlay.isVisible())
    const startsBefore = box.codes().filter(({ code }) => code === 1008).length
    const snapshot = async (): Promise<Buffer> => {
      const { result } = await box.request('snapshot')
      const response = await fetch(`${box.httpUrl}${result?.path}`)
      const file = join(folder, 'snapshot.jpg')
      await writeFile(file, Buffer.from(await response.arrayBuffer()))
      return (await gridsOf(file, 6, 8))[0]!
    }
    const [fromMs, snapshotBefore] = [performance.now(), await snapshot()]
    await nextOf(session, 1_500)
    t.true((await box.set({ debug: true })).ok)
    await overlay.waitFor({ timeout: 10_000 })
    await waitFor(async () => Number.parseInt((await figuresOn(page)).get('SPD') ?? '', 10) > 0, {
      what: 'live figures',
    })
    const figures = await figuresOn(page)
    t.deepEqual([...figures.keys()], labels)
    t.is(figures.get('RES'), '360×640')
    t.is(figures.get('SVR'), '127.0.0.1')
    t.regex(figures.get('FPS') ?? '', /^([5-9]|1[0-9])$/)
    t.regex(figures.get('CPU') ?? '', /^\d+\/\d+ %$/)
    t.regex(figures.get('SPD') ?? '', /^\d+ kbit\/s$/)
    const codes = await page.locator('#overlay .codes li').allInnerTexts()
    t.is(codes.length, Math.min(20, box.codes().length))
    t.regex(codes.join('\n'), /^\d\d:\d\d:\d\d\s+1002\s+The server accepted/m)
    const json = (await (await fetch(`${box.httpUrl}/debug`)).json()) as Record<string, unknown>
    for (const label of labels) t.true(label in json, label)
    const snapshotWith = await snapshot()
    await nextOf(session, 1_500)

    const part = arrivedBetween(session, fromMs, performance.now())
    const frames = await gridsOf(await fileOf(t, session, part), 6, 8)
    t.true(frames.length > 30, `${frames.length} frames`)
    for (const [what, grids] of [
      ['the stream', frames],
      ['the snapshot', [snapshotBefore, snapshotWith]],
    ] as const) {
      const change = Math.max(...grids.map((grid) => differenceOf(grid, grids[0]!)))
      t.true(change < 12, `a part of ${what} changed by ${change} of 255`)
    }
    t.is(box.codes().filter(({ code }) => code === 1008).length, startsBefore, 'nothing restarted')

    // newer figures, and none any more
    t.true((await box.set({ fps: 10 })).ok)
    await waitFor(async () => /^([3-9]|1[01])$/.test((await figuresOn(page)).get('FPS') ?? ''), {
      what: 'the new frame rate among the figures',
    })
    t.regex((await page.locator('#overlay .codes li').allInnerTexts()).slice(0, 3).join(' '), /1008/)
    t.true((await box.set({ debug: false })).ok)
    await overlay.waitFor({ state: 'hidden', timeout: 10_000 })

    // stop and start
    t.true((await box.request('stop')).ok)
    await reads(page, 'message', 'The box is idle')
    t.true((await box.request('start')).ok)
    await reads(page, 'state', 'Live')
    await plays(page)
    await sees('yellow', 'after a stop and a start')
    process.kill(await box.mediaPid(), 'SIGKILL')
    await reads(page, 'message', 'Waiting for the picture')
    await waitFor(async () => !(await page.locator('#message').isVisible()), { what: 'the picture again' })
    await plays(page)
    t.deepEqual(faultsOf(session), [])
    t.true(longestGap(framesOf(session, 'video')).timestampMs < 1_000)

    // the end of the box
    // a preview that ended may be asked for once more; everything else that the page loads has a test of its own
    t.deepEqual(
      troubles.filter((text) => !text.startsWith('Failed to load resource')),
      [],
    )
    for (const { url, referrer } of requests) {
      t.true(url.startsWith(`${box.httpUrl}/`) || url.startsWith('blob:') || url.startsWith('data:'), url)
      t.is(referrer, '', url)
    }
    await box.stop()
    await reads(page, 'message', 'The box does not answer')
  },
)
