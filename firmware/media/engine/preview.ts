/**
 * HTTP-FLV preview for any number of viewers from the same encode, on a Unix socket that the daemon's HTTP server
 * pipes through. A viewer who reads too slowly is dropped; the stream never waits for one. While no picture is to be
 * expected, a viewer is sent away without a byte.
 */
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { fileHeader } from './flv.js'
import type { Hub, TimedTag } from './hub.js'
import { Opening } from './opening.js'

/** About ten seconds of picture: somebody that far behind is not watching live. */
const slowViewerBytes = 2 * 1024 * 1024
const mostViewers = 32

export class Preview {
  #hub: Hub
  #path: string
  #server: Server | undefined
  #viewers = new Set<Socket>()
  #shows = false

  constructor(hub: Hub, path: string) {
    this.#hub = hub
    this.#path = path
  }

  get viewers(): number {
    return this.#viewers.size
  }

  start(): Promise<void> {
    rmSync(this.#path, { force: true })
    const server = createServer((socket) => this.#serve(socket))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#path, resolve)
    })
  }

  stop(): void {
    this.#server?.close()
    for (const viewer of this.#viewers) viewer.destroy()
    rmSync(this.#path, { force: true })
  }

  /** Whether a picture is to be expected from now on; when not, whoever watches has seen all. */
  set shows(shows: boolean) {
    this.#shows = shows
    if (shows) return
    for (const viewer of this.#viewers) {
      // Who is behind would keep us waiting.
      if (viewer.writableNeedDrain) viewer.destroy()
      else viewer.end()
    }
  }

  #serve(socket: Socket): void {
    // A viewer who leaves in the middle of a write is no error.
    socket.on('error', () => socket.destroy())
    if (!this.#shows || this.#viewers.size >= mostViewers) {
      socket.end()
      return
    }
    const opening = new Opening(this.#hub)
    const take = (tag: TimedTag): void => {
      if (!socket.writable) return
      for (const bytes of opening.bytes(tag)) socket.write(bytes)
      if (socket.writableLength > slowViewerBytes) socket.destroy()
    }
    this.#viewers.add(socket)
    socket.write(fileHeader)
    for (const tag of this.#hub.gop()) take(tag)
    const detach = this.#hub.attach({ take })
    socket.on('close', () => {
      detach()
      this.#viewers.delete(socket)
    })
    socket.resume()
  }
}
