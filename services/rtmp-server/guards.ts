import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** A connection as node-media-server keeps it: RTMP by its socket, HTTP-FLV by its response. */
export interface Connection {
  readonly socket?: Socket
  readonly res?: { readonly socket: Socket | null; readonly writableLength: number }
}

/**
 * Ends every connection that has more than `limitBytes` waiting for it. The server writes to its players
 * without looking at what they take, so one stopped player would hold all that follows in memory.
 */
export const dropSlowPlayers = (connections: Iterable<Connection>, limitBytes: number): void => {
  for (const { socket, res } of connections) {
    if (socket && socket.writableLength > limitBytes) socket.destroy()
    if (res && res.writableLength > limitBytes) res.socket?.destroy()
  }
}

const loopbackHosts = new Set(['127.0.0.1', 'localhost'])

const isLoopback = (url: string): boolean => URL.canParse(url) && loopbackHosts.has(new URL(url).hostname)

const refusal = ({ method, headers: { host, origin } }: IncomingMessage): number | undefined => {
  if (method !== 'GET' && method !== 'HEAD') return 405
  if (!isLoopback(`http://${host}`) || (origin !== undefined && !isLoopback(origin))) return 403
  return undefined
}

/**
 * Leaves only reading over HTTP, and only for pages of this machine. The server itself answers every origin
 * and publishes what anybody posts: a web page opened in a browser on this machine could watch the camera
 * or take the stream's place. Its WebSocket side goes for the same reason, and because an odd path there
 * throws where nobody catches it.
 */
export const readOnlyForLoopback = (server: Server): void => {
  const listeners = server.listeners('request')
  server.removeAllListeners('request').removeAllListeners('upgrade')
  server.on('upgrade', (_request, socket) => socket.destroy())
  server.on('request', (request, response) => {
    const status = refusal(request)
    if (status !== undefined) {
      response.writeHead(status).end()
      return
    }
    for (const listener of listeners) listener.call(server, request, response)
  })
}
