/**
 * The waiting image: loaded as soon as it is wished for and at every start, so that a pause shows it at once, and
 * tried again, more and more rarely, while it can't be loaded. What was loaded once is used without a network.
 */
import { createHash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { constants, open } from 'node:fs/promises'
import { errorCode, StorageError } from '../../config/durable-write.js'
import { type ImageHeader, imageHeader } from '../../media/image-header.js'
import { readImage } from '../../media/read-image.js'
import { MediaError } from '../../media/supervisor.js'
import type { Cause } from '../../pusher/events.js'
import { type FetchLimits, fetchFile, usualFetchLimits } from './fetch.js'
import { ImageCache } from './image-cache.js'
import { ImageError } from './image-error.js'

/** What the attributes say; both may be empty. */
export interface WaitingImageWish {
  /** http:// or https:// address */
  readonly address: string
  /** MD5 sum of what is behind the address, hexadecimal */
  readonly md5: string
}

export interface WaitingImageEvents {
  /** `file` is another one */
  changed: []
  /** there is no waiting image; told once until it is over */
  failed: [cause: Cause]
  /** the stored image is used, because it could not be loaded anew; told once until it is over */
  old: [cause: Cause]
}

export interface WaitingImageOptions {
  readonly stateDir: string
  /** a file on the box, used when there is no address */
  readonly file?: string | undefined
  readonly limits?: Partial<FetchLimits>
  /** other times than the usual ones */
  readonly times?: Partial<WaitingImageTimes>
}

export interface WaitingImageTimes {
  readonly firstRetryMs: number
  readonly longestRetryMs: number
}

const usualTimes: WaitingImageTimes = { firstRetryMs: 5_000, longestRetryMs: 600_000 }
/** px of either side (spec 10.4) */
const mostPixels = 1920

/** Where the image is to come from. Two of the same key have the same content, or had it when it was loaded. */
interface Origin {
  readonly key: string
  readonly address?: string
  readonly file?: string
  /** lower case, or empty */
  readonly md5: string
}

export class WaitingImage extends EventEmitter<WaitingImageEvents> {
  #options: WaitingImageOptions
  #limits: FetchLimits
  #times: WaitingImageTimes
  #cache: ImageCache
  #origin: Origin | undefined
  #file: string | undefined
  #loading = new AbortController()
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #told: string | undefined

  constructor(options: WaitingImageOptions) {
    super()
    this.#options = options
    this.#limits = { ...usualFetchLimits, ...options.limits }
    this.#times = { ...usualTimes, ...options.times }
    this.#cache = new ImageCache(options.stateDir)
  }

  /** A PNG that can be shown; undefined when there is none. */
  get file(): string | undefined {
    return this.#file
  }

  /** Loads another image, or none, from now on. The same wish again changes nothing. */
  want(wish: WaitingImageWish): void {
    const origin = originOf(wish, this.#options.file)
    if (origin?.key === this.#origin?.key) return
    this.#origin = origin
    this.#restart()
    this.#use(undefined)
    if (origin) void this.#load(origin, this.#loading.signal)
  }

  /** The media process could not show that file: it is not what was written, so it is loaded again, some time. */
  async unshowable(file: string, cause: Cause): Promise<void> {
    const origin = this.#origin
    if (file !== this.#file || !origin) return
    this.#restart()
    this.#use(undefined)
    const { signal } = this.#loading
    this.#tell('failed', { kind: 'image-unshowable', detail: String(cause.detail ?? cause.kind) })
    await this.#cache.drop(origin.key)
    this.#retryLater(origin, signal, this.#times.longestRetryMs)
  }

  /** For good. */
  stop(): void {
    this.#origin = undefined
    this.#restart()
  }

  #restart(): void {
    this.#loading.abort()
    this.#loading = new AbortController()
    clearTimeout(this.#retry)
    this.#failures = 0
    this.#told = undefined
  }

  #use(file: string | undefined): void {
    if (file === this.#file) return
    this.#file = file
    this.emit('changed')
  }

  /** Never throws. */
  async #load(origin: Origin, signal: AbortSignal): Promise<void> {
    const stored = await this.#cache.find(origin.key)
    if (signal.aborted) return
    if (stored) {
      this.#use(stored)
      // With a checksum it can't have become another picture.
      if (origin.md5 !== '') return
    }
    try {
      const image = await readImage(...(await this.#bytes(origin, signal)), signal)
      signal.throwIfAborted()
      const file = await this.#cache.keep(origin.key, image)
      if (signal.aborted) return
      this.#failures = 0
      this.#told = undefined
      this.#use(file)
    } catch (error) {
      if (signal.aborted) return
      this.#tell(stored ? 'old' : 'failed', causeOf(error))
      this.#retryLater(origin, signal)
    }
  }

  #retryLater(origin: Origin, signal: AbortSignal, leastMs = this.#times.firstRetryMs): void {
    if (signal.aborted) return
    const pauseMs = Math.min(this.#times.longestRetryMs, leastMs * 2 ** this.#failures)
    this.#failures += 1
    this.#retry = setTimeout(() => void this.#load(origin, signal), pauseMs)
  }

  #tell(event: 'failed' | 'old', cause: Cause): void {
    const what = `${event} ${cause.kind}`
    if (this.#told === what) return
    this.#told = what
    this.emit(event, cause)
  }

  /** What is there, judged by everything but decoding it. */
  async #bytes({ address, file, md5 }: Origin, signal: AbortSignal): Promise<[Buffer, ImageHeader]> {
    const bytes =
      address === undefined
        ? await readLocal(file ?? '', this.#limits.mostBytes)
        : await fetchFile(address, signal, this.#limits)
    // MD5 because the component's documents say so: it tells a damaged file, not a forged one.
    if (md5 !== '' && createHash('md5').update(bytes).digest('hex') !== md5)
      throw new ImageError({ kind: 'image-hash-mismatch' })
    const header = imageHeader(bytes)
    if (!header) throw new ImageError({ kind: 'image-unsupported', allowed: 'JPEG, PNG' })
    const { width, height } = header
    if (Math.min(width, height) < 1) throw new ImageError({ kind: 'image-broken', width, height })
    if (Math.max(width, height) > mostPixels)
      throw new ImageError({ kind: 'image-too-big', width, height, mostPixels })
    return [bytes, header]
  }
}

const originOf = ({ address, md5 }: WaitingImageWish, file: string | undefined): Origin | undefined => {
  if (address !== '') {
    const lower = md5.toLowerCase()
    return { key: JSON.stringify(['address', address, lower]), address, md5: lower }
  }
  return file === undefined ? undefined : { key: JSON.stringify(['file', file]), file, md5: '' }
}

const readLocal = async (file: string, mostBytes: number): Promise<Buffer> => {
  try {
    // A pipe without a writer would keep a thread waiting.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await handle.stat()
      if (!found.isFile()) throw new ImageError({ kind: 'image-unsupported', file, allowed: 'JPEG, PNG' })
      if (found.size > mostBytes) throw new ImageError({ kind: 'image-too-big', file, mostBytes })
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof ImageError) throw error
    const code = errorCode(error)
    throw new ImageError({
      kind: code === 'ENOENT' ? 'image-not-found' : 'image-unreadable',
      file,
      detail: code,
    })
  }
}

const causeOf = (error: unknown): Cause => {
  if (error instanceof ImageError || error instanceof MediaError) return error.reason
  if (error instanceof StorageError) return { kind: error.kind }
  return { kind: 'image-failed', detail: String(error).slice(0, 300) }
}
