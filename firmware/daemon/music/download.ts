/**
 * A file from the web, under deadlines and limits. http and https only, after a redirect too; no credentials and no
 * cookies. What is said about a failure never repeats the address: only its host.
 */
import { createWriteStream } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Cause } from '../../pusher/events.js'
import { parseMusicUrl } from '../../pusher/music-url.js'

export interface DownloadLimits {
  /** the server must have answered, or sent something more, by then */
  readonly stallMs: number
  /** and everything be here */
  readonly totalMs: number
  readonly mostBytes: number
  readonly mostRedirects: number
}

/** Music of half an hour; longer than a minute nobody waits for it. */
export const usualLimits: DownloadLimits = {
  stallMs: 5_000,
  totalMs: 60_000,
  mostBytes: 32 * 1024 * 1024,
  mostRedirects: 5,
}

/** Music that can't be had. */
export class MusicError extends Error {
  readonly reason: Cause

  constructor(reason: Cause, options?: ErrorOptions) {
    super(`music: ${reason.kind}`, options)
    this.name = 'MusicError'
    this.reason = reason
  }
}

/**
 * Writes what is behind a web address to a new file.
 * @throws MusicError `music-unreachable`, `music-refused`, `music-too-slow`, `music-too-big`; the reason of `signal`
 *   when that is why
 */
export const download = async (
  address: string,
  file: string,
  signal: AbortSignal,
  limits: DownloadLimits = usualLimits,
): Promise<void> => {
  const stalled = new AbortController()
  const stall = setTimeout(() => stalled.abort(), limits.stallMs)
  const total = AbortSignal.timeout(limits.totalMs)
  const any = AbortSignal.any([signal, total, stalled.signal])
  const { host } = new URL(address)
  try {
    const body = await open(address, any, limits, () => stall.refresh())
    let bytes = 0
    const meter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        stall.refresh()
        bytes += chunk.length
        done(bytes > limits.mostBytes ? tooBig(host, limits) : null, chunk)
      },
    })
    const to = createWriteStream(file, { flags: 'wx', mode: 0o600 })
    await pipeline(Readable.fromWeb(body as ReadableStream), meter, to, { signal: any })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof MusicError) throw error
    if (total.aborted || stalled.signal.aborted)
      throw new MusicError({
        kind: 'music-too-slow',
        host,
        afterMs: total.aborted ? limits.totalMs : limits.stallMs,
      })
    throw new MusicError({ kind: 'music-unreachable', host, detail: systemWord(error) }, { cause: error })
  } finally {
    clearTimeout(stall)
  }
}

const open = async (
  address: string,
  signal: AbortSignal,
  limits: DownloadLimits,
  answered: () => void,
): Promise<globalThis.ReadableStream> => {
  let url = new URL(address)
  for (let redirects = 0; ; redirects += 1) {
    const { status, headers, body } = await fetch(url, { redirect: 'manual', signal })
    answered()
    const { host } = url
    const location = status >= 300 && status < 400 ? headers.get('location') : null
    if (location === null) {
      if (status === 200 && body && Number(headers.get('content-length')) <= limits.mostBytes) return body
      await body?.cancel()
      throw status === 200 && body
        ? tooBig(host, limits)
        : new MusicError({ kind: 'music-refused', host, status })
    }
    await body?.cancel()
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined
    if (!next || parseMusicUrl(next.href)?.kind !== 'web' || redirects >= limits.mostRedirects)
      throw new MusicError({ kind: 'music-refused', host, status, detail: 'redirected elsewhere' })
    url = next
  }
}

const tooBig = (host: string, { mostBytes }: DownloadLimits): MusicError =>
  new MusicError({ kind: 'music-too-big', host, mostBytes })

/** ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED …: the rest of a message may repeat the address. */
const systemWord = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'unknown'
}
