/**
 * One file from the web, under deadlines and limits. The box asks whatever host an authorised controller names, as a
 * browser of that person would: http and https only, after a redirect too; no credentials, no cookies; and nothing of
 * the answer leaves the box but whether it was a picture.
 */
import { ImageError } from './image-error.js'

export interface FetchLimits {
  /** the server must have answered by then, each time when it sends us elsewhere */
  readonly answerMs: number
  /** and everything be here */
  readonly totalMs: number
  readonly mostBytes: number
  readonly mostRedirects: number
}

export const usualFetchLimits: FetchLimits = {
  answerMs: 8_000,
  totalMs: 30_000,
  mostBytes: 10 * 1024 * 1024,
  mostRedirects: 3,
}

/** One image is all that we want of that server. */
const headers = { accept: 'image/png, image/jpeg', connection: 'close' }

/**
 * The bytes behind a web address.
 * @throws ImageError `image-unreachable`, `image-not-found`, `image-refused`, `image-timeout`, `image-too-big`,
 *   `image-redirected`; the reason of `signal` when that is why
 */
export const fetchFile = async (
  address: string,
  signal: AbortSignal,
  limits: FetchLimits = usualFetchLimits,
): Promise<Buffer> => {
  const total = AbortSignal.timeout(limits.totalMs)
  let url = webUrl(address)
  for (let redirects = 0; ; redirects += 1) {
    const answered = new AbortController()
    const timer = setTimeout(() => answered.abort(), limits.answerMs)
    try {
      const ask = { redirect: 'manual', signal: AbortSignal.any([total, answered.signal, signal]) } as const
      const response = await fetch(url, { ...ask, headers })
      clearTimeout(timer)
      const next = redirectOf(response, url)
      if (next === undefined) return await bodyOf(response, url, limits.mostBytes)
      await response.body?.cancel()
      if (redirects === limits.mostRedirects)
        throw new ImageError({ kind: 'image-redirected', host: url.host, redirects: redirects + 1 })
      url = next
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ImageError) throw error
      const { host } = url
      if (total.aborted || answered.signal.aborted)
        throw new ImageError({
          kind: 'image-timeout',
          host,
          afterMs: total.aborted ? limits.totalMs : limits.answerMs,
        })
      throw new ImageError({ kind: 'image-unreachable', host, detail: failureOf(error) }, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }
}

const webUrl = (text: string, base?: URL): URL => {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined
  if (
    url &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    `${url.username}${url.password}` === ''
  )
    return url
  throw new ImageError({
    kind: base ? 'image-redirected' : 'image-unreachable',
    ...(base ? { host: base.host } : {}),
    detail: 'the address is not a plain http or https address',
  })
}

const redirectOf = (response: Response, from: URL): URL | undefined => {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined
  const location = response.headers.get('location')
  return location === null ? undefined : webUrl(location, from)
}

const bodyOf = async (response: Response, { host }: URL, mostBytes: number): Promise<Buffer> => {
  const { status, body } = response
  if (status !== 200 || !body) {
    await body?.cancel()
    throw new ImageError({
      kind: status === 404 || status === 410 ? 'image-not-found' : 'image-refused',
      host,
      status,
    })
  }
  const tooBig = (): ImageError => new ImageError({ kind: 'image-too-big', host, mostBytes })
  if (Number(response.headers.get('content-length')) > mostBytes) {
    await body.cancel()
    throw tooBig()
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop ends the transfer.
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw tooBig()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The system's word (ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED): the rest of the message may repeat the address. */
const failureOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'unknown'
}
