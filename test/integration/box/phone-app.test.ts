/** The phone app in a real browser: one box, one Chromium with the size of a phone, and what a hand does step by step. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import type { Page } from 'playwright-core'
import { startBox } from '../../support/box.js'
import { noBrowser, startBrowser } from '../../support/browser.js'
import { startMosquitto } from '../../support/mqtt.js'
import { freePort } from '../../support/ports.js'
import { startRtmpIngest } from '../../support/rtmp/ingest.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'

/** A picture that stands, in one colour. */
const makeClip = async (folder: string, colour: string): Promise<string> => {
  const file = join(folder, 'colour.mp4')
  const graph = `color=${colour}:s=360x640:r=15`
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
  const args = ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', graph, '-t', '2', ...codec, file]
  await promisify(execFile)('ffmpeg', args, { timeout: 20_000 })
  return `clip:${file}`
}

/** Mean colours of 8 × 8 parts of the picture that is shown. */
const picture = (page: Page): Promise<readonly number[]> =>
  page.evaluate(`(() => {
    const video = document.querySelector('video')
    const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0, 8, 8)
    return [...context.getImageData(0, 0, 8, 8).data]
  })()`)

const isGreen = (pixels: readonly number[]): boolean =>
  [0, 1, 2, 3].every((at) => {
    const [red = 0, green = 0, blue = 0] = pixels.slice(at * 64)
    return green > 100 && red < 90 && blue < 110
  })

const moves = async (page: Page): Promise<void> => {
  await waitFor(() => page.locator('.picture[data-seen="yes"]').count(), {
    what: 'a picture',
    timeoutMs: 20_000,
  })
  const before = await picture(page)
  await waitFor(async () => (await picture(page)).some((value, at) => value !== before[at]), {
    what: 'the pixels to change',
  })
}

const go = (page: Page, tab: string): Promise<void> => page.locator(`.tabs a[href="#/${tab}"]`).click()

/** ms for what takes a tenth of it on a machine that has nothing else to do */
const patientMs = 30_000

const reads = (
  page: Page,
  selector: string,
  text: string | RegExp,
  timeoutMs = patientMs,
): Promise<unknown> =>
  waitFor(
    async () => {
      const seen = (await page.locator(selector).allInnerTexts()).join('\n')
      return typeof text === 'string' ? seen.includes(text) : text.test(seen)
    },
    { what: `“${text}” in ${selector}`, timeoutMs },
  )

/** What a thumb can't hit, what has no name, and what makes the page wider than the phone. */
const clumsiness = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`(() => {
    const shown = [...document.querySelectorAll('button, a, input, select, summary')].filter(
      (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0,
    )
    const nameOf = (element) =>
      element.getAttribute('aria-label') || element.innerText || [...(element.labels ?? [])].map((label) => label.innerText).join('')
    const small = shown.filter((element) => {
      const { width, height } = element.getBoundingClientRect()
      return width < 40 || height < 43
    })
    const wide = document.scrollingElement.scrollWidth > innerWidth || document.getElementById('page').scrollWidth > innerWidth
    return [
      ...small.map((element) => 'small: ' + element.outerHTML.slice(0, 120)),
      ...shown.filter((element) => !nameOf(element).trim()).map((element) => 'nameless: ' + element.outerHTML.slice(0, 120)),
      ...(wide ? ['wider than the phone'] : []),
    ]
  })()`)

const missing = noBrowser()
const inBrowser = missing === undefined ? test : test.skip

inBrowser(
  missing ??
    'the phone app pairs, starts, shows the picture, controls the box, refuses with a reason, and survives broker and box',
  async (t) => {
    t.timeout(240_000)
    const [folder, broker, port, ingest] = await Promise.all([
      tempDir(t),
      startMosquitto(),
      freePort(),
      startRtmpIngest(t),
    ])
    t.teardown(() => broker.stop())
    const options = {
      stateDir: join(folder, 'state'),
      brokerUrl: broker.url,
      config: {
        cameras: { front: 'test', back: await makeClip(folder, '#20a040') },
        // small, for there is a browser that decodes as well
        attributes: { url: ingest.url(), mode: 'QVGA', fps: 10 },
        http: { port },
        mqtt: { url: broker.url },
      },
    }
    const [box, browser] = await Promise.all([startBox(t, options), startBrowser(t)])
    const context = await browser.newContext({
      viewport: { width: 360, height: 740 },
      locale: 'en-GB',
      hasTouch: true,
      isMobile: true,
    })
    const page = await context.newPage()
    const troubles: string[] = []
    const asked: string[] = []
    // mpegts.js throws where nobody listens when its stream is refused just as it is destroyed
    page.on('pageerror', ({ message, stack }) => {
      if (message !== 'e') troubles.push(`${message} ${stack}`)
    })
    page.on('console', (message) => {
      if (message.type() === 'error' && !/WebSocket|Failed to load/.test(message.text()))
        troubles.push(message.text())
    })
    page.on('request', (request) => asked.push(request.url()))

    // pair, by the link that the box printed
    const [, link = ''] = await box.says(/phone app\s+(http:\S+)/)
    await page.goto(link)
    await reads(page, '.pill', 'Off air')
    t.false(page.url().includes('pair='), 'the link does not stay in the address')
    await reads(page, '.words', 'Nothing is shown now')

    // start, by keyboard
    await page.locator('.main.start').press('Enter')
    await reads(page, '.pill', 'On air')
    await waitFor(() => ingest.sessions.some(({ messages }) => messages.length > 10), {
      what: 'the stream at the server',
      timeoutMs: 30_000,
    })
    await moves(page)
    await reads(page, '.facts', /\d+ × \d+ · \d+ fps · \d+ kbit\/s/)
    t.deepEqual(await clumsiness(page), [])

    // mute, photo, figures over the picture, switch
    const mute = page.locator('.action').first()
    await mute.tap()
    await waitFor(() => box.state()?.muted === true, { what: 'the box to be muted' })
    await waitFor(async () => (await mute.getAttribute('aria-pressed')) === 'true', {
      what: 'the sign of it',
    })
    t.true((await box.set({ muted: false })).ok)
    await waitFor(async () => (await mute.getAttribute('aria-pressed')) === 'false', {
      what: 'what others did to be shown',
    })
    await page.getByRole('button', { name: 'Take a photo' }).tap()
    await reads(page, '.told', 'Photo taken')
    await waitFor(
      () =>
        page
          .locator('.last-photo img')
          .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0),
      { what: 'the photo' },
    )
    await page.getByRole('button', { name: 'Show figures over the picture' }).tap()
    await reads(page, '.overlay', 'VRA')
    await page.getByRole('button', { name: 'Hide figures over the picture' }).tap()
    await page.getByRole('button', { name: 'Switch the camera' }).tap()
    await waitFor(async () => isGreen(await picture(page)), { what: 'the picture of the other camera' })
    await reads(page, '.action', 'Back')

    // the form: as fast as the finger, and a reason
    await go(page, 'adjust')
    const slider = page.locator('[data-name="beauty"] input')
    await slider.evaluate((input) => {
      const range = input as unknown as { value: string; dispatchEvent(event: Event): boolean }
      for (const value of ['2', '4', '6', '7']) {
        range.value = value
        range.dispatchEvent(new Event('input', { bubbles: true }))
      }
    })
    await waitFor(() => box.attributes()?.beauty === 7, { what: 'the beauty of the slider, still held' })
    await page.locator('details[data-group="stream"] summary').tap()
    const bitrate = page.locator('[data-name="max-bitrate"]')
    await bitrate.locator('input').fill('99999')
    await bitrate.locator('input').press('Enter')
    await reads(page, '[data-name="max-bitrate"] .problem', 'must be a whole number from 1 to 20000')
    t.is(box.attributes()?.['max-bitrate'], 1000)
    await bitrate.locator('input').fill('900')
    await bitrate.getByRole('button', { name: 'Save' }).tap()
    await waitFor(() => box.attributes()?.['max-bitrate'] === 900, { what: 'the good value' })
    await waitFor(async () => (await bitrate.locator('.problem').count()) === 0, {
      what: 'the problem to go',
    })
    await page.locator('.preset').nth(1).tap()
    await waitFor(() => box.attributes()?.['min-bitrate'] === 600, { what: 'the preset' })
    await page.evaluate(`for (const part of document.querySelectorAll('details')) part.open = true`)
    t.deepEqual(await clumsiness(page), [])

    // the other pages, in the other language
    await go(page, 'figures')
    await waitFor(async () => (await page.locator('.chart canvas').count()) === 5, { what: 'the charts' })
    t.deepEqual(await clumsiness(page), [])
    await go(page, 'box')
    await page.getByLabel('中文').tap()
    await reads(page, 'h1', '设备')
    await reads(page, '.boxes', 'testbox')
    t.deepEqual(await clumsiness(page), [])
    await go(page, 'events')
    await reads(page, '.log', '与服务器握手完毕')
    t.deepEqual(await clumsiness(page), [])
    t.is(await page.locator('html').getAttribute('lang'), 'zh-CN')

    // a slow network: it opens, and controls
    const slow = await context.newPage()
    const network = await context.newCDPSession(slow)
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 400,
      downloadThroughput: 40_000,
      uploadThroughput: 10_000,
    })
    await slow.goto(`${box.httpUrl}/#/figures`)
    await reads(slow, 'h1', '数据')
    await go(slow, 'live')
    await reads(slow, '.pill', '直播中')
    await slow.locator('.action').nth(2).tap()
    await waitFor(() => box.state()?.camera === 'front', { what: 'the first camera again' })
    await slow.close()

    // the broker restarts: what is shown is marked, and a tap meanwhile is done
    await go(page, 'live')
    const sessionBefore = box.state()?.session
    await broker.kill()
    await reads(page, '.banner', '连不上设备')
    await reads(page, '.banner', /以下为 \d\d:\d\d:\d\d 的内容/)
    await page.locator('.action').first().tap()
    await broker.restart()
    await waitFor(async () => (await page.locator('.banner').count()) === 0, {
      what: 'the box',
      timeoutMs: 30_000,
    })
    await waitFor(() => box.state()?.muted === true, { what: 'the tap to be done' })
    t.is(box.state()?.session, sessionBefore, 'the stream knows nothing of it')

    // the box is away: the app opens all the same and says so, and a tap is refused
    await box.stop()
    await reads(page, '.banner', /设备已离线|连不上设备/)
    await page.reload()
    await reads(page, '.banner', /设备已离线|连不上设备|正在连接设备/)
    await page.locator('.action').first().tap()
    await reads(page, '.told .bad', /设备没有回应/, 20_000)
    const again = await startBox(t, options)
    await waitFor(async () => (await page.locator('.banner').count()) === 0, {
      what: 'the box',
      timeoutMs: 30_000,
    })
    await waitFor(() => again.state()?.muted === true, { what: 'its state' })
    await waitFor(async () => (await mute.getAttribute('aria-pressed')) === 'true', {
      what: 'its state on the page',
    })
    t.deepEqual(troubles, [])
    for (const url of asked) t.true(url.startsWith(box.httpUrl) || /^(?:blob|data):/.test(url), url)
  },
)
