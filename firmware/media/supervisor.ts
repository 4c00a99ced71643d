/**
 * The daemon's side of the media process: starts it, watches its heartbeat, kills it when it hangs, replaces it
 * when it dies. The daemon survives whatever happens there.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Cause } from '../pusher/events.js'
import { parsePushUrl } from '../pusher/push-url.js'
import type { FromEngine, ToEngine } from './protocol.js'

export interface SupervisorOptions {
  readonly runtimeDir: string
  /** silence after which the process counts as hung */
  readonly heartbeatTimeoutMs: number
  /** a line that the media process or GStreamer wrote */
  readonly onLine: (line: string) => void
  /** the program to fork; tests put others here */
  readonly program?: string
  /** other times than the usual ones */
  readonly times?: Partial<SupervisorTimes>
}

export interface SupervisorTimes {
  /** a new process must be ready for commands by then */
  readonly helloDeadlineMs: number
  /** and gone by then when it was asked to end */
  readonly shutdownDeadlineMs: number
  readonly snapshotDeadlineMs: number
  /** so many crashes within this time and the next start waits */
  readonly crashWindowMs: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  /** how often the heartbeat is looked at */
  readonly checkMs: number
  /** a process that is silent for too long has been replaced by then */
  readonly killMs: number
}

const usualTimes: SupervisorTimes = {
  helloDeadlineMs: 20_000,
  shutdownDeadlineMs: 1_000,
  snapshotDeadlineMs: 4_000,
  crashWindowMs: 60_000,
  firstRetryMs: 5_000,
  longestRetryMs: 60_000,
  checkMs: 250,
  killMs: 5_000,
}

interface SupervisorEvents {
  /** ready for commands; the GStreamer elements that exist */
  up: [elements: readonly string[]]
  /** died or was killed; a new one is being started */
  down: [cause: Cause]
  /** died too often; the next start is after `cause.retryInMs` */
  failed: [cause: Cause]
  message: [message: FromEngine]
}

export interface Still {
  readonly image: Uint8Array
  readonly width: number
  readonly height: number
}

/** Every pull and bus poll of the binding holds one thread of libuv's pool for as long as it waits. */
const threads = '48'
const crashesAllowed = 5
/** Shorter ones are no secret, and masking them would spoil every line. */
const shortestSecret = 3
const mostSecrets = 32

const defaultProgram = fileURLToPath(new URL('./engine/main.js', import.meta.url))

export class MediaSupervisor extends EventEmitter<SupervisorEvents> {
  #options: SupervisorOptions
  #times: SupervisorTimes
  #child: ChildProcess | undefined
  #up = false
  #stopping = false
  #lastBeatAt = 0
  #startedAt = 0
  #lookedAt = 0
  #crashes: number[] = []
  #failures = 0
  #check: NodeJS.Timeout | undefined
  #restart: NodeJS.Timeout | undefined
  #killedFor: string | undefined
  #requests = 0
  /** stream names and signatures: GStreamer and servers repeat them in their messages */
  #secrets: readonly string[] = []
  #snapshots = new Map<number, { resolve(still: Still): void; reject(cause: MediaError): void }>()

  constructor(options: SupervisorOptions) {
    super()
    this.#options = options
    this.#times = { ...usualTimes, ...options.times }
  }

  get up(): boolean {
    return this.#up
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** ms since the last heartbeat */
  get silentMs(): number {
    return performance.now() - this.#lastBeatAt
  }

  /** Nobody looks after the process any more: it is silent, and neither killed nor about to be started again. */
  get neglected(): boolean {
    if (this.#restart || this.#stopping) return false
    const [since, allowedMs] = this.#up
      ? [this.#lastBeatAt, this.#options.heartbeatTimeoutMs]
      : [this.#startedAt, this.#times.helloDeadlineMs]
    return performance.now() - since > allowedMs + this.#times.killMs
  }

  start(): void {
    if (this.#child || this.#restart) return
    this.#stopping = false
    this.#fork()
    this.#lookedAt = performance.now()
    this.#check = setInterval(() => this.#watch(), this.#times.checkMs)
  }

  /** Ends the process: asks, then kills. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#check)
    clearTimeout(this.#restart)
    this.#restart = undefined
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    this.send({ type: 'shutdown' })
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#times.shutdownDeadlineMs)
    await gone
    clearTimeout(kill)
  }

  /** Lost without a word when the process is not up: whoever sends starts over at `up`. */
  send(message: ToEngine): void {
    if (message.type === 'connect') this.#hide(message.destination.url)
    const child = this.#child
    if (child?.connected) child.send(message, undefined, undefined, () => {})
  }

  /**
   * A still of what is being encoded.
   * @param flipped left and right changed
   * @throws MediaError with the cause: no picture, process gone, deadline
   */
  snapshot(quality: number, flipped = false): Promise<Still> {
    if (!this.#up) return Promise.reject(new MediaError({ kind: 'media-down' }))
    this.#requests += 1
    const request = this.#requests
    const { snapshotDeadlineMs } = this.#times
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#snapshots.delete(request)
        reject(new MediaError({ kind: 'timeout', afterMs: snapshotDeadlineMs }))
      }, snapshotDeadlineMs)
      this.#snapshots.set(request, {
        resolve: (still) => {
          clearTimeout(timer)
          resolve(still)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.send({ type: 'snapshot', request, quality, flipped })
    })
  }

  /** The live picture as FLV, from the last keyframe on. */
  openPreview(): Readable {
    return connect(this.#previewSocket)
  }

  get #previewSocket(): string {
    return join(this.#options.runtimeDir, 'preview.sock')
  }

  #fork(): void {
    this.#restart = undefined
    this.#killedFor = undefined
    this.#startedAt = performance.now()
    const child = fork(this.#options.program ?? defaultProgram, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: threads,
        // GStreamer's messages are read by their text.
        LC_ALL: 'C',
        LIVE_PUSHER_PREVIEW_SOCKET: this.#previewSocket,
      },
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        if (line.trim() !== '') this.#options.onLine(this.#masked(line))
      })
    }
    child.on('message', (message) => {
      if (child === this.#child) this.#receive(message as FromEngine)
    })
    child.on('error', (error) => {
      this.#options.onLine(`media process: ${error.message}`)
      // It never started, so it will never exit.
      if (child.pid === undefined && child === this.#child) this.#exited(-1, null)
    })
    child.on('exit', (code, signal) => {
      if (child === this.#child) this.#exited(code, signal)
    })
  }

  #receive(message: FromEngine): void {
    this.#lastBeatAt = performance.now()
    if (message.type === 'hello') {
      this.#up = true
      this.emit('up', message.elements)
    } else if (message.type === 'snapshot') {
      const waiting = this.#snapshots.get(message.request)
      this.#snapshots.delete(message.request)
      const { image, width, height } = message
      if (image && width !== undefined && height !== undefined) waiting?.resolve({ image, width, height })
      else waiting?.reject(new MediaError(message.cause ?? { kind: 'no-picture' }))
    }
    this.emit('message', message.type === 'output' ? this.#maskedCause(message) : message)
  }

  #hide(url: string): void {
    const parsed = parsePushUrl(url)
    if (!parsed.ok) return
    const { stream } = parsed.url
    const [name = '', query = ''] = stream.split(/\?(.*)/s)
    const secrets = [stream, name, query].filter((text) => text.length >= shortestSecret)
    this.#secrets = [...new Set([...secrets, ...this.#secrets])].slice(0, mostSecrets)
  }

  #masked(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
  }

  #maskedCause(message: Extract<FromEngine, { type: 'output' }>): FromEngine {
    const detail = message.cause?.detail
    if (!message.cause || typeof detail !== 'string') return message
    return { ...message, cause: { ...message.cause, detail: this.#masked(detail) } }
  }

  #watch(): void {
    const now = performance.now()
    const sinceLookMs = now - this.#lookedAt
    this.#lookedAt = now
    // We were held up ourselves: heartbeats that came meanwhile are read after this.
    if (sinceLookMs > 2 * this.#times.checkMs) return
    const hung = this.#up && now - this.#lastBeatAt > this.#options.heartbeatTimeoutMs
    const mute = !this.#up && now - this.#startedAt > this.#times.helloDeadlineMs
    const child = this.#child
    if (!child || this.#killedFor || (!hung && !mute)) return
    this.#killedFor = hung ? 'media-hung' : 'media-mute'
    child.kill('SIGKILL')
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined
    this.#up = false
    for (const waiting of this.#snapshots.values()) waiting.reject(new MediaError({ kind: 'media-down' }))
    this.#snapshots.clear()
    if (this.#stopping) return
    const cause: Cause = {
      kind: this.#killedFor ?? 'media-died',
      ...(this.#killedFor ? {} : signal ? { signal } : { exitCode: code ?? -1 }),
    }
    const { crashWindowMs, firstRetryMs, longestRetryMs } = this.#times
    const now = performance.now()
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now]
    if (this.#crashes.length < crashesAllowed) {
      this.#failures = this.#crashes.length === 1 ? 0 : this.#failures
      this.emit('down', cause)
      this.#fork()
      return
    }
    const retryInMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures)
    this.#failures += 1
    this.emit('failed', { ...cause, crashes: this.#crashes.length, retryInMs })
    this.#restart = setTimeout(() => this.#fork(), retryInMs)
  }
}

/** A request to the media process that was not fulfilled. */
export class MediaError extends Error {
  readonly reason: Cause

  constructor(reason: Cause) {
    super(`media process: ${reason.kind}`)
    this.name = 'MediaError'
    this.reason = reason
  }
}
