/**
 * The push address. Its stream name and query are the key to somebody's channel, so the text is held where
 * neither a log line nor JSON nor an inspector prints it, and comes out through `reveal()` alone.
 */

/** Longest text accepted as a push address, in UTF-16 code units. */
export const maxUrlLength = 2048

const defaultPorts = { rtmp: 1935, rtmps: 443 } as const

interface Parts {
  readonly scheme: 'rtmp' | 'rtmps'
  readonly host: string
  readonly port: number
  readonly app: string
  readonly stream: string
  readonly text: string
}

/** A legal push address; made by {@link parsePushUrl} only. */
export class PushUrl {
  readonly scheme: 'rtmp' | 'rtmps'
  /** name or address without brackets: `example.org`, `192.0.2.1`, `2001:db8::1` */
  readonly host: string
  readonly port: number
  /** first part of the path, without a query: the part that may be shown */
  readonly app: string
  readonly #stream: string
  readonly #text: string

  constructor(parts: Parts) {
    this.scheme = parts.scheme
    this.host = parts.host
    this.port = parts.port
    this.app = parts.app
    this.#stream = parts.stream
    this.#text = parts.text
  }

  /** SECRET: everything behind the app, with its query. A getter, so that inspecting the object does not show it. */
  get stream(): string {
    return this.#stream
  }

  /** SECRET: the whole address, for the sink's `location` property; never for a log line or a launch text. */
  reveal(): string {
    return this.#text
  }

  /** `rtmp://host[:port]/app/***`; the port is left out when it is the scheme's own. */
  toString(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host
    const port = this.port === defaultPorts[this.scheme] ? '' : `:${this.port}`
    return `${this.scheme}://${host}${port}/${this.app}/***`
  }

  toJSON(): string {
    return this.toString()
  }
}

export type ParsedPushUrl =
  | { readonly ok: true; readonly url: PushUrl }
  | { readonly ok: false; readonly problem: string }

/**
 * Reads `rtmp://[user:password@]host[:port]/app/stream[?query]` (or rtmps). The problem of a refused text says
 * what is wrong without quoting it.
 */
export function parsePushUrl(text: string): ParsedPushUrl {
  if (text === '') return refused('is empty')
  if (text.length > maxUrlLength) return refused(`is longer than ${maxUrlLength} characters`)
  // \p{C} are control, invisible, unassigned and lone surrogate characters.
  if (/[\s\p{C}]/u.test(text)) return refused('contains white space or a control character')
  if (/['"`\\]/.test(text)) return refused('contains a quote or a backslash')
  if (text.includes('#')) return refused('contains "#"; write it as %23')
  if (/%(?![0-9a-f]{2})/i.test(text))
    return refused('contains a "%" that two hexadecimal digits do not follow')
  if (/%(?:[01][0-9a-f]|7f)/i.test(text)) return refused('contains an encoded control character')

  const match = /^(rtmps?):\/\/([^/?]*)(.*)$/i.exec(text)
  if (match === null) return refused('must start with rtmp:// or rtmps://')
  const scheme = match[1]?.toLowerCase() === 'rtmps' ? 'rtmps' : 'rtmp'
  const authority = readAuthority(match[2] ?? '', defaultPorts[scheme])
  if (typeof authority === 'string') return refused(authority)

  const path = match[3] ?? ''
  const [, app = '', rest = ''] = /^\/?([^/?]*)(.*)$/.exec(path) ?? []
  if (app === '') return refused('has no application name behind the host')
  // Some services put the signature behind the application: rtmp://host/app?sign=…/stream
  const slash = rest.indexOf('/')
  const name = slash < 0 ? '' : rest.slice(slash + 1)
  if (/^\/*(?:\?|$)/.test(name)) return refused('has no stream name behind the application')

  const { credentials, host, port, written } = authority
  return {
    ok: true,
    url: new PushUrl({
      scheme,
      host,
      port,
      app,
      stream: slash === 0 ? name : rest,
      text: `${scheme}://${credentials}${written}${path}`,
    }),
  }
}

/** What may be shown of any text that was meant as a push address: `***` when it is not a legal one. */
export function maskUrl(text: string): string {
  if (text === '') return ''
  const parsed = parsePushUrl(text)
  return parsed.ok ? parsed.url.toString() : '***'
}

interface Authority {
  /** `user:password@` as written, or nothing */
  readonly credentials: string
  readonly host: string
  readonly port: number
  /** host and port as they go into the address */
  readonly written: string
}

/** A string is the problem. */
function readAuthority(text: string, defaultPort: number): Authority | string {
  const at = text.lastIndexOf('@')
  const credentials = text.slice(0, at + 1)
  if (credentials.indexOf('@') !== credentials.length - 1) return 'contains more than one "@" before the path'
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(text.slice(at + 1))
  if (match === null) return 'has an illegal host; an IPv6 address stands in brackets'
  const [, writtenHost = '', portText] = match
  const host = readHost(writtenHost)
  if (host === '') return 'has no host'
  if (host === undefined) return 'has an illegal host name'
  const port = portText === undefined ? defaultPort : Number(/^\d{1,5}$/.test(portText) ? portText : 0)
  if (port < 1 || port > 65535) return 'has an illegal port; a number from 1 to 65535 is one'
  const shown = host.includes(':') ? `[${host}]` : host
  return { credentials, host, port, written: portText === undefined ? shown : `${shown}:${port}` }
}

/** The host without brackets, in ASCII; undefined when it is illegal. */
function readHost(text: string): string | undefined {
  if (text === '') return ''
  if (text.startsWith('[')) return canonicalHost(text)?.slice(1, -1)
  // A name in other scripts becomes its xn-- form; the sink's resolver wants ASCII.
  const host = /^\p{ASCII}*$/u.test(text) ? text.toLowerCase() : (canonicalHost(text) ?? '%')
  const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
  const labels = (host.endsWith('.') ? host.slice(0, -1) : host).split('.')
  return host.length <= 253 && labels.every((part) => label.test(part)) ? host : undefined
}

/** Read as a web address, because rtmp is not one of URL's special schemes and its hosts are left unchecked. */
function canonicalHost(text: string): string | undefined {
  const address = `http://${text}/`
  return URL.canParse(address) ? new URL(address).hostname : undefined
}

function refused(problem: string): ParsedPushUrl {
  return { ok: false, problem }
}
