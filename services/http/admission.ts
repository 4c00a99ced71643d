import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../loopback.js'

/** Why a request is not answered. */
export interface Denial {
  readonly kind: 'not-loopback' | 'foreign-host' | 'foreign-origin'
  readonly message: string
}

/** The name in a Host header, without the port; undefined when it is no host. */
const hostName = (host: string | undefined): string | undefined => {
  const match = /^(?<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host ?? '')
  return match?.groups?.name?.toLowerCase()
}

/**
 * Who may ask: clients of this machine, under a name that a foreign web page cannot have. A page of another site can
 * make the browser connect here, and with DNS rebinding even under its own name, so both names are checked.
 */
export const deny = (request: IncomingMessage, boundHost: string): Denial | undefined => {
  if (!isLoopback(request.socket.remoteAddress)) {
    return { kind: 'not-loopback', message: 'only clients on this machine are served' }
  }
  const bound = (boundHost.includes(':') ? `[${boundHost}]` : boundHost).toLowerCase()
  const name = hostName(request.headers.host)
  if (name === undefined || !['localhost', '127.0.0.1', '[::1]', bound].includes(name)) {
    return { kind: 'foreign-host', message: 'the Host header names another host' }
  }
  return undefined
}

/** For WebSockets, which no same-origin policy protects: an Origin must be absent or this host. */
export const denyOrigin = (request: IncomingMessage): Denial | undefined => {
  const { origin, host } = request.headers
  if (origin === undefined) return undefined
  const match = /^https?:\/\/(?<host>[^/]+)$/i.exec(origin)
  if (match?.groups?.host?.toLowerCase() === host?.toLowerCase()) return undefined
  return { kind: 'foreign-origin', message: 'the Origin header names another site' }
}
