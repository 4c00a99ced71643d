import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Box } from '../../firmware/pusher/events.js'
import type { PreviewView } from '../../firmware/pusher/preview.js'

/** Figures move, and not everything that a view holds is announced. */
const tickMs = 1_000
/** A page that hears nothing for longer may take the box for gone. */
const repeatMs = 5_000
/** after which a page asks again when the connection is lost, ms */
const retryMs = 1_000

interface Viewer {
  readonly response: ServerResponse
  /** what it was sent last, and when */
  text: string
  atMs: number
}

/**
 * `/preview/events`: what the preview's page has to know, as server-sent events, each a whole `PreviewView`: at once,
 * on every change, and again every five seconds. Nothing is asked of the box while nobody listens.
 */
export class PreviewEvents {
  readonly #box: Box
  readonly #view: () => Promise<PreviewView>
  readonly #viewers = new Set<Viewer>()
  #leave: (() => void) | undefined
  /** a round is under way; it is followed by another when something changed meanwhile */
  #round: 'none' | 'running' | 'running, again' = 'none'

  constructor(box: Box, view: () => Promise<PreviewView>) {
    this.#box = box
    this.#view = view
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    response.write(`retry: ${retryMs}\n\n`)
    const viewer: Viewer = { response, text: '', atMs: 0 }
    this.#viewers.add(viewer)
    response.once('close', () => {
      this.#viewers.delete(viewer)
      if (this.#viewers.size > 0) return
      this.#leave?.()
      this.#leave = undefined
    })
    this.#leave ??= this.#listen()
    this.#tell()
  }

  #listen(): () => void {
    const tell = (): void => this.#tell()
    const timer = setInterval(tell, tickMs)
    const offs = (['state', 'attributes', 'statechange'] as const).map((name) => this.#box.on(name, tell))
    return () => {
      clearInterval(timer)
      for (const off of offs) off()
    }
  }

  #tell(): void {
    if (this.#round !== 'none') {
      this.#round = 'running, again'
      return
    }
    this.#round = 'running'
    void this.#rounds()
  }

  async #rounds(): Promise<void> {
    do {
      this.#round = 'running'
      try {
        this.#send(JSON.stringify(await this.#view()))
      } catch {
        // A view that can't be made now is made at the next tick; the page notices the silence.
      }
    } while (this.#again())
    this.#round = 'none'
  }

  #again(): boolean {
    return this.#round === 'running, again' && this.#viewers.size > 0
  }

  #send(text: string): void {
    const now = performance.now()
    for (const viewer of this.#viewers) {
      // Who does not read gets the newest once it does; one that never does is closed by the server's time-out.
      if (viewer.response.writableNeedDrain) continue
      if (text === viewer.text && now - viewer.atMs < repeatMs) continue
      viewer.text = text
      viewer.atMs = now
      viewer.response.write(`data: ${text}\n\n`)
    }
  }
}
