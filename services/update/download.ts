/** Loads a bundle into a file. What is there already is not loaded again, after a power cut either. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { UpdateError } from './update-error.js'

export interface DownloadLimits {
  /** the server must have begun to answer by then */
  readonly answerMs: number
  /** and then have sent something more */
  readonly stallMs: number
  /** without a byte for so long, the attempts end */
  readonly patienceMs: number
  readonly firstRetryMs: number
  readonly mostRetryMs: number
  readonly mostBytes: number
  /** left on the disk afterwards */
  readonly spareBytes: number
}

export const usualLimits: DownloadLimits = {
  answerMs: 15_000,
  stallMs: 20_000,
  patienceMs: 30 * 60_000,
  firstRetryMs: 1000,
  mostRetryMs: 60_000,
  mostBytes: 4 * 1024 ** 3,
  spareBytes: 32 * 1024 ** 2,
}

export interface Download {
  /** http or https */
  readonly url: string
  /** hex */
  readonly sha256?: string
  /** where the whole bundle is in the end; what is half loaded lies beside it */
  readonly file: string
  readonly signal: AbortSignal
  readonly onPercent: (percent: number) => void
  readonly limits?: Partial<DownloadLimits>
}

/** What belongs to a half-loaded file: only the same bytes are continued. */
interface Mark {
  readonly url: string
  /** ETag or Last-Modified */
  readonly validator: string
}

/**
 * @throws UpdateError `unreachable`, `refused` (status), `too-big`, `no-space`, `checksum`; the reason of the signal
 */
export async function download({ url, sha256, file, signal, onPercent, limits }: Download): Promise<void> {
  const within = { ...usualLimits, ...limits }
  const part = `${file}.part`
  let retryMs = within.firstRetryMs
  let lastByteAt = performance.now()
  for (;;) {
    const before = await sizeOf(part)
    try {
      await attempt(url, part, within, signal, onPercent)
      break
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof UpdateError) throw error
      if ((await sizeOf(part)) > before) {
        lastByteAt = performance.now()
        retryMs = within.firstRetryMs
      }
      if (performance.now() - lastByteAt + retryMs > within.patienceMs)
        throw new UpdateError({ kind: 'unreachable', host: new URL(url).host, detail: systemWord(error) })
      await sleep(retryMs, undefined, { signal })
      retryMs = Math.min(2 * retryMs, within.mostRetryMs)
    }
  }
  if (sha256 !== undefined && (await digest(part)) !== sha256.toLowerCase()) {
    await discard(file)
    throw new UpdateError({ kind: 'checksum' })
  }
  await rename(part, file)
  await rm(`${part}.json`, { force: true })
}

/** Removes a bundle and what is half loaded of it. */
export const discard = async (file: string): Promise<void> => {
  for (const each of [file, `${file}.part`, `${file}.part.json`]) await rm(each, { force: true })
}

async function attempt(
  url: string,
  part: string,
  limits: DownloadLimits,
  signal: AbortSignal,
  onPercent: (percent: number) => void,
): Promise<void> {
  const mark = await readMark(`${part}.json`)
  const have = mark?.url === url ? await sizeOf(part) : 0
  const late = new AbortController()
  let timer = setTimeout(() => late.abort(), limits.answerMs)
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, late.signal]),
      headers: have > 0 && mark ? { Range: `bytes=${have}-`, 'If-Range': mark.validator } : { Accept: '*/*' },
    })
    const { status, headers, body } = response
    const start = status === 206 ? rangeStart(headers.get('content-range')) : 0
    if (status === 416) {
      // what is there is not a beginning of what is offered
      await body?.cancel()
      await rm(part, { force: true })
      throw new Error('the range does not fit')
    }
    if ((status !== 200 && status !== 206) || !body || start === undefined || start > have) {
      await body?.cancel()
      // a server that is overloaded or restarts is asked again
      if (status >= 500 || status === 429) throw new Error(`status ${status}`)
      throw new UpdateError({ kind: 'refused', status, host: new URL(url).host })
    }
    const length = Number(headers.get('content-length') ?? Number.NaN)
    const total = start + length
    if (total > limits.mostBytes) {
      await body.cancel()
      throw new UpdateError({ kind: 'too-big', mostBytes: limits.mostBytes })
    }
    const { bavail, bsize } = await statfs(part.replace(/[^/]*$/, '.'))
    if (length + limits.spareBytes > bavail * bsize) {
      await body.cancel()
      throw new UpdateError({ kind: 'no-space', neededBytes: length, freeBytes: bavail * bsize })
    }
    const validator = headers.get('etag') ?? headers.get('last-modified')
    const handle = await open(part, start > 0 ? 'r+' : 'w')
    try {
      if (validator !== null && !validator.startsWith('W/'))
        await writeFile(`${part}.json`, JSON.stringify({ url, validator } satisfies Mark), { mode: 0o600 })
      else await rm(`${part}.json`, { force: true })
      let at = start
      clearTimeout(timer)
      timer = setTimeout(() => late.abort(), limits.stallMs)
      for await (const chunk of body) {
        timer.refresh()
        if (at + chunk.byteLength > limits.mostBytes)
          throw new UpdateError({ kind: 'too-big', mostBytes: limits.mostBytes })
        await handle.write(chunk, 0, chunk.byteLength, at)
        at += chunk.byteLength
        if (total > 0) onPercent(Math.floor((100 * at) / total))
      }
      if (Number.isFinite(total) && at !== total) throw new Error('the connection ended early')
      await handle.truncate(at)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } finally {
    clearTimeout(timer)
  }
}

const rangeStart = (contentRange: string | null): number | undefined => {
  const start = /^bytes (\d+)-/.exec(contentRange ?? '')?.[1]
  return start === undefined ? undefined : Number(start)
}

const sizeOf = async (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )

const readMark = async (file: string): Promise<Mark | undefined> => {
  try {
    const { url, validator } = JSON.parse(await readFile(file, 'utf8')) as Partial<Mark>
    return typeof url === 'string' && typeof validator === 'string' ? { url, validator } : undefined
  } catch {
    return undefined
  }
}

const digest = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The system's word only: the rest of a message may repeat the address. */
const systemWord = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'unknown'
}
