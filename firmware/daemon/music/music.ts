/**
 * The background music: one piece at a time, from the command to its end. It is independent of the microphone, and
 * goes on where it was when the media process is replaced.
 */
import type { MusicEvent, ToEngine } from '../../media/protocol.js'
import type { BoxEvents, Cause } from '../../pusher/events.js'
import type { MusicSpan } from '../../pusher/music-range.js'
import type { MusicUrl } from '../../pusher/music-url.js'
import { MusicError } from './download.js'
import { type MusicFile, type MusicFiles, musicFile, removeDownloads } from './music-file.js'

export interface MusicReport {
  started(): void
  progress(payload: BoxEvents['bgmprogress']): void
  completed(): void
  /** 10003 */
  failed(cause: Cause): void
}

/** What became of a command to play by the time that it must be answered. */
export type PlayOutcome =
  | { readonly at: 'playing' | 'loading' }
  | { readonly at: 'failed'; readonly cause: Cause }

/** Whoever asked for music is told by then; what takes longer is told by events. */
const answerMs = 1_500

interface Piece {
  readonly number: number
  readonly span: MusicSpan
  readonly abort: AbortController
  /** tells whoever waits for the answer */
  readonly settle: (outcome: PlayOutcome) => void
  file: MusicFile | undefined
  started: boolean
  paused: boolean
  /** ms of its file; undefined before the first sound */
  positionMs: number | undefined
}

export class Music {
  readonly #files: MusicFiles
  readonly #send: (message: ToEngine) => void
  readonly #report: MusicReport
  #piece: Piece | undefined
  #pieces = 0
  #mediaUp = false

  constructor(files: MusicFiles, send: (message: ToEngine) => void, report: MusicReport) {
    this.#files = files
    this.#send = send
    this.#report = report
  }

  start(): void {
    // None is there, or it can't be read: then nothing can be removed either.
    removeDownloads(this.#files.runtimeDir).catch(() => {})
  }

  /** Plays this instead of what plays. Resolves when it plays, when it failed, and after 1.5 s in any case. */
  play(url: MusicUrl, span: MusicSpan): Promise<PlayOutcome> {
    this.stop()
    this.#pieces += 1
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ at: 'loading' }), answerMs)
      const piece: Piece = {
        number: this.#pieces,
        span,
        abort: new AbortController(),
        settle: (outcome) => {
          clearTimeout(timer)
          resolve(outcome)
        },
        file: undefined,
        started: false,
        paused: false,
        positionMs: undefined,
      }
      this.#piece = piece
      void this.#load(piece, url)
    })
  }

  /** @returns whether there is music that could be paused, and which is now */
  pause(paused: boolean): boolean {
    const piece = this.#piece
    if (!piece) return false
    piece.paused = paused
    this.#send({ type: 'pause-music', paused })
    return true
  }

  /** @returns whether there was any */
  stop(): boolean {
    const piece = this.#piece
    if (!piece) return false
    this.#send({ type: 'stop-music' })
    this.#end(piece)
    return true
  }

  mediaUp(): void {
    this.#mediaUp = true
    if (this.#piece) this.#ask(this.#piece)
  }

  mediaDown(): void {
    this.#mediaUp = false
  }

  onEvent(number: number, event: MusicEvent): void {
    const piece = this.#piece
    if (piece?.number !== number) return
    switch (event.at) {
      case 'started':
        if (piece.started) return
        piece.started = true
        piece.settle({ at: 'playing' })
        return this.#report.started()
      case 'progress':
        piece.positionMs = event.positionMs
        return this.#report.progress({ progress: event.positionMs, duration: event.durationMs })
      case 'completed':
        this.#end(piece)
        return this.#report.completed()
      case 'failed':
        return this.#fail(piece, event.cause)
    }
  }

  async #load(piece: Piece, url: MusicUrl): Promise<void> {
    try {
      const file = await musicFile(url, this.#files, piece.abort.signal)
      if (piece.abort.signal.aborted) return await file.release()
      piece.file = file
      this.#ask(piece)
    } catch (error) {
      if (piece.abort.signal.aborted) return
      const cause =
        error instanceof MusicError
          ? error.reason
          : { kind: 'music-not-stored', detail: String(error).slice(0, 200) }
      this.#fail(piece, cause)
    }
  }

  /** Asks the media process for it, once both are there. */
  #ask({ number, file, span, positionMs, paused }: Piece): void {
    if (!file || !this.#mediaUp) return
    const startMs = positionMs ?? span.startMs
    this.#send({ type: 'play-music', piece: number, file: file.path, startMs, endMs: span.endMs })
    if (paused) this.#send({ type: 'pause-music', paused })
  }

  #fail(piece: Piece, cause: Cause): void {
    piece.settle({ at: 'failed', cause })
    this.#end(piece)
    this.#report.failed(cause)
  }

  #end(piece: Piece): void {
    if (this.#piece === piece) this.#piece = undefined
    piece.abort.abort()
    piece.settle({ at: 'loading' })
    void piece.file?.release().catch(() => {})
  }
}
