/**
 * One file from the web, under deadlines and limits. The box asks whatever host an authorised controller names, as a
 * browser of that person would: http and https only, after a redirect too; no credentials, no cookies. What is said
 * about a failure never repeats the address: only its host.
 */

export interface WebLimits {
  /** the server must have answered by then, each time when it sends us elsewhere */
  readonly answerMs: number
  /** and then, if this is set, have sent something more */
  readonly stallMs?: number
  /** and everything be here */
  readonly totalMs: number
  readonly mostBytes: number
  readonly mostRedirects: number
}

/** Why a file can't be had. */
export type WebFailure =
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'too-slow'; readonly afterMs: number }
  | { readonly kind: 'too-big'; readonly mostBytes: number }
  | { readonly kind: 'redirected'; readonly status: number; readonly redirects: number }
  /** to what is no plain web address; undefined: we were asked for it */
  | { readonly kind: 'not-web'; readonly status: number | undefined }

export class WebFileError extends Error {
  override readonly name = 'WebFileError'
  readonly failure: WebFailure
  /** undefined when the address has none */
  readonly host: string | undefined

  constructor(failure: WebFailure, host: string | undefined, options?: ErrorOptions) {
    super(`web file: ${failure.kind}`, options)
    this.failure = failure
    this.host = host
  }
}

/**
 * The bytes behind a web address, as they come. Leaving the loop ends the transfer.
 * @throws WebFileError; the reason of `signal` when that is why
 */
export async function* webFile(
  address: string,
  signal: AbortSignal,
  limits: WebLimits,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array> {
  let url = webUrl(address)
  const total = AbortSignal.timeout(limits.totalMs)
  const late = new AbortController()
  let waitsMs = limits.answerMs
  let timer = setTimeout(() => late.abort(), waitsMs)
  const any = AbortSignal.any([total, late.signal, signal])
  try {
    for (let redirects = 0; ; redirects += 1) {
      timer.refresh()
      const response = await fetch(url, { redirect: 'manual', signal: any, headers })
      const next = redirectOf(response, url)
      if (next === undefined) {
        clearTimeout(timer)
        if (limits.stallMs !== undefined) {
          waitsMs = limits.stallMs
          timer = setTimeout(() => late.abort(), waitsMs)
        }
        for await (const chunk of bodyOf(response, url, limits.mostBytes)) {
          if (limits.stallMs !== undefined) timer.refresh()
          yield chunk
        }
        return
      }
      await response.body?.cancel()
      if (redirects === limits.mostRedirects)
        throw new WebFileError(
          { kind: 'redirected', status: response.status, redirects: redirects + 1 },
          url.host,
        )
      url = next
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WebFileError) throw error
    if (total.aborted || late.signal.aborted)
      throw new WebFileError(
        { kind: 'too-slow', afterMs: total.aborted ? limits.totalMs : waitsMs },
        url.host,
      )
    throw new WebFileError({ kind: 'unreachable', detail: systemWord(error) }, url.host, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** @param answered what sent us there: its address and its status */
const webUrl = (text: string, answered?: { readonly from: URL; readonly status: number }): URL => {
  const url = URL.canParse(text, answered?.from.href) ? new URL(text, answered?.from) : undefined
  if (
    url &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    `${url.username}${url.password}` === ''
  )
    return url
  throw new WebFileError({ kind: 'not-web', status: answered?.status }, answered?.from.host)
}

const redirectOf = ({ status, headers }: Response, from: URL): URL | undefined => {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined
  const location = headers.get('location')
  return location === null ? undefined : webUrl(location, { from, status })
}

async function* bodyOf(
  { status, headers, body }: Response,
  { host }: URL,
  mostBytes: number,
): AsyncGenerator<Uint8Array> {
  if (status !== 200 || !body) {
    await body?.cancel()
    throw new WebFileError({ kind: 'refused', status }, host)
  }
  if (Number(headers.get('content-length')) > mostBytes) {
    await body.cancel()
    throw new WebFileError({ kind: 'too-big', mostBytes }, host)
  }
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new WebFileError({ kind: 'too-big', mostBytes }, host)
    yield chunk
  }
}

/** The system's word (ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED): the rest of the message may repeat the address. */
const systemWord = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'unknown'
}
