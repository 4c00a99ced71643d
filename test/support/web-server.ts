import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from './teardown.js'

export type Answers = Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>>

export interface WebServer {
  readonly url: (path: string) => string
  /** paths that were asked for, oldest first */
  readonly asked: readonly string[]
  /** refuses connections from now on */
  stop(): Promise<void>
}

/** A web server on a free port that answers each path as told, and 404 to all others. */
export const startWebServer = async (t: Teardown, answers: Answers): Promise<WebServer> => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://any')
    asked.push(request.url ?? '')
    const answer = answers[pathname]
    if (answer) answer(response, request)
    else response.writeHead(404).end('nothing here')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  t.teardown(stop)
  return { url: (path) => `http://127.0.0.1:${port}${path}`, asked, stop }
}
