import type { IncomingMessage } from 'node:http'
import type { Gate } from '../gate.js'
import { isLoopback } from '../loopback.js'

/** Why a request is not answered. */
export interface Denial {
  readonly kind: 'not-loopback' | 'foreign-host' | 'foreign-origin' | 'no-token' | 'locked-out'
  readonly message: string
  readonly status: 401 | 403 | 429
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
export const deny = (request: IncomingMessage, boundHost: string, gate?: Gate): Denial | undefined => {
  if (!isLoopback(request.socket.remoteAddress)) {
    // A page of another site has no token: browsers keep ours for this host alone.
    if (gate !== undefined) return undefined
    return { kind: 'not-loopback', message: 'only clients on this machine are served', status: 403 }
  }
  const bound = (boundHost.includes(':') ? `[${boundHost}]` : boundHost).toLowerCase()
  const name = hostName(request.headers.host)
  if (name === undefined || !['localhost', '127.0.0.1', '[::1]', bound].includes(name)) {
    return { kind: 'foreign-host', message: 'the Host header names another host', status: 403 }
  }
  return undefined
}

/** For WebSockets, which no same-origin policy protects: an Origin must be absent or this host. */
export const denyOrigin = (request: IncomingMessage): Denial | undefined => {
  const { origin, host } = request.headers
  if (origin === undefined) return undefined
  const match = /^https?:\/\/(?<host>[^/]+)$/i.exec(origin)
  if (match?.groups?.host?.toLowerCase() === host?.toLowerCase()) return undefined
  return { kind: 'foreign-origin', message: 'the Origin header names another site', status: 403 }
}

/** Why a client from elsewhere does not get what is not public; clients of this machine need no token. */
export const denyToken = (request: IncomingMessage, gate: Gate | undefined): Denial | undefined => {
  const { remoteAddress } = request.socket
  if (gate === undefined || isLoopback(remoteAddress)) return undefined
  const token = tokenOf(request)
  if (token === undefined) return { kind: 'no-token', message: 'pair this device with the box', status: 401 }
  const verdict = gate.judge(remoteAddress ?? '', token)
  switch (verdict.kind) {
    case 'known':
      return undefined
    case 'wrong':
      return { kind: 'no-token', message: 'the token is wrong', status: 401 }
    case 'locked':
      return { kind: 'locked-out', message: 'too many wrong tokens came from there', status: 429 }
  }
}

/** `Authorization: Bearer …`, or the cookie that the phone app keeps. */
const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer +(?<token>[\w-]{1,128})$/i.exec(headers.authorization ?? '')?.groups?.token ??
  /(?:^|;\s*)live-pusher=(?<token>[\w-]{1,128})(?:;|$)/.exec(headers.cookie ?? '')?.groups?.token
