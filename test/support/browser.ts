/** A real Chromium, without a window and without a word to anybody but the box. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import type { Teardown } from './teardown.js'

/** Debian's: it plays H.264 and AAC. */
const executablePath = '/usr/bin/chromium'

/** Why there is no browser here; undefined when there is one. */
export const noBrowser = (): string | undefined =>
  existsSync(executablePath) ? undefined : `${executablePath} is missing: apt-get install chromium`

/** Starts one; it ends with the test. Needs {@link noBrowser} to have nothing to say. */
export const startBrowser = async (t: Teardown): Promise<Browser> => {
  const browser = await chromium.launch({
    executablePath,
    timeout: 30_000,
    args: [
      // As root, and in containers, Chromium's own sandbox can't be set up; it opens the box's page only.
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--disable-sync',
      '--no-first-run',
      '--no-pings',
    ],
  })
  t.teardown(() => browser.close())
  return browser
}
