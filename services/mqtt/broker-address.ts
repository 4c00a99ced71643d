/** An MQTT broker and how to be let in. Certificates and keys are PEM texts, not paths. */
export interface BrokerAddress {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`; a user and password in it are used when the fields are not given */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** false accepts any certificate; default true */
  readonly rejectUnauthorized?: boolean
}

export type BrokerErrorKind =
  | 'bad-broker-url'
  | 'broker-unreachable'
  | 'broker-silent'
  | 'broker-hung-up'
  | 'broker-closed'
  | 'tls-failed'
  | 'protocol-refused'
  | 'not-authorised'
  | 'refused'

/**
 * The broker could not be reached, or did not do what was asked. `broker-hung-up`: it closed the connection instead of
 * answering the CONNECT; `broker-closed`: it closed one that was up. `reason` is the code of the broker, if it gave one. */
export class BrokerError extends Error {
  readonly kind: BrokerErrorKind
  readonly reason: number | undefined

  constructor(kind: BrokerErrorKind, cause?: unknown, reason?: number) {
    super(cause instanceof Error && cause.message !== '' ? `${kind}: ${cause.message}` : kind, { cause })
    this.name = 'BrokerError'
    this.kind = kind
    this.reason = reason
  }
}

const schemes = ['mqtt:', 'mqtts:', 'ws:', 'wss:']

/** Throws a {@link BrokerError} `bad-broker-url` that does not contain the url, which may hold a password. */
export const parseBrokerUrl = (text: string): URL => {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new BrokerError('bad-broker-url', new Error('not a url'))
  }
  if (!schemes.includes(url.protocol)) {
    throw new BrokerError(
      'bad-broker-url',
      new Error(`scheme ${url.protocol} is none of ${schemes.join(' ')}`),
    )
  }
  if (url.hostname === '') throw new BrokerError('bad-broker-url', new Error('no host'))
  return url
}

/** Scheme, host and port: what of a broker's url may be shown. */
export const shownUrl = (text: string): string => {
  try {
    const { protocol, host } = parseBrokerUrl(text)
    return `${protocol}//${host}`
  } catch {
    return ''
  }
}

/** The reason code of the broker in an error of mqtt.js. */
export const reasonCodeOf = (error: unknown): number | undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
])

/** What a failed connection attempt means. */
export const brokerErrorOf = (error: Error): BrokerError => {
  const reason = reasonCodeOf(error)
  // 1 is 3.1.1's word for it, 0x84 that of MQTT 5
  if (reason === 1 || reason === 0x84) return new BrokerError('protocol-refused', error, reason)
  if (reason === 4 || reason === 5 || reason === 0x86 || reason === 0x87) {
    return new BrokerError('not-authorised', error, reason)
  }
  if (reason !== undefined) return new BrokerError('refused', error, reason)
  if (error.message === 'connack timeout') return new BrokerError('broker-silent', error)
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNRESET' || code === 'EPIPE') return new BrokerError('broker-hung-up', error)
  if (unreachable.has(code)) return new BrokerError('broker-unreachable', error)
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code)) {
    return new BrokerError('tls-failed', error)
  }
  return new BrokerError('broker-unreachable', error)
}
