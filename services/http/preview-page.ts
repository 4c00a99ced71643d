import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Box } from '../../firmware/pusher/events.js'
import type { PreviewView } from '../../firmware/pusher/preview.js'
import { PreviewEvents } from './preview-events.js'
import { findFile, sendFile } from './static-files.js'

/** Scripts and styles of this host only, none of them inside the page; text never becomes markup. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'media-src blob:',
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The compiler leaves pages and styles where they are: beside the sources of the scripts. */
const sources = here('../../../services/http/preview-page')
const scripts = here('preview-page')
const library = dirname(createRequire(import.meta.url).resolve('mpegts.js'))

/** By the path that is asked for: folder and file. */
const files: ReadonlyMap<string, readonly [folder: string, name: string]> = new Map<
  string,
  readonly [string, string]
>([
  ['/preview', [sources, '/index.html']],
  ['/preview/page.css', [sources, '/page.css']],
  ['/preview/mpegts.js', [library, '/mpegts.js']],
  ...['page', 'player', 'overlay', 'feed', 'texts'].map(
    (name) => [`/preview/${name}.js`, [scripts, `/${name}.js`]] as const,
  ),
])

/** `/preview`: a page that plays the preview, with its scripts and what it is told. */
export class PreviewPage {
  readonly #events: PreviewEvents

  constructor(box: Box, view: () => Promise<PreviewView>) {
    this.#events = new PreviewEvents(box, view)
  }

  /** @returns false when the path is none of the page's */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (path === '/preview/events') {
      this.#events.serve(request, response)
      return true
    }
    if (path === '/preview/') {
      response.writeHead(308, { Location: '/preview' }).end()
      return true
    }
    const place = files.get(path)
    const file = place && (await findFile(...place))
    if (!file) return false
    response.setHeader('Content-Security-Policy', contentPolicy)
    await sendFile(request, response, file)
    return true
  }
}
