/**
 * Background music for the sound lanes: one piece at a time, decoded by a process of its own (music-decoder.ts) and
 * handed out in small blocks, a little ahead of the time at which each is to be heard.
 *
 * The blocks are on the engine's clock, so that every lane that is there gets the same music at the same moment: a
 * lane that takes over goes on exactly where the one before it is. While there is no lane the music stands still.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Cause } from '../../../pusher/events.js'
import { musicBytesPerMs as bytesPerMs, mixerPatienceMs } from '../../graph/music.js'
import { decoderThreads, type FromDecoder, soundDescriptor, type ToDecoder } from './music-talk.js'

/** A sound lane that takes music. */
export interface MusicFeed {
  /** sound in the form of `musicCaps`, to be heard at that engine time; blocks follow each other without a gap */
  push(data: Buffer, timeMs: number): void
}

export interface MusicEvents {
  /** `durationMs` of the whole file; 0 when it does not tell */
  started(durationMs: number): void
  /** ms from the beginning of the file, twice a second */
  progress(positionMs: number, durationMs: number): void
  completed(): void
  failed(cause: Cause): void
}

const blockMs = 20
const blockBytes = blockMs * bytesPerMs
/** The music is given so much ahead: as long as this process may be busy without anybody hearing it. */
const aheadMs = 150
/** When there is nothing to be heard, silence is given for so long in one go, so much before it is needed. */
const restMs = 100
const restAheadMs = 40
const restingPeriodMs = 50
/** A lane that joins may still be busy with what is so much older. */
const memoryMs = 200
const progressMs = 500
/** Music that does not come for so long while it is wanted has failed. */
const patienceMs = 5_000

const decoderProgram = fileURLToPath(new URL('./music-decoder.js', import.meta.url))
/** Elements that open the addresses which they find in a file. */
const followers = ['hlsdemux', 'hlsdemux2', 'dashdemux', 'dashdemux2', 'mssdemux', 'mssdemux2', 'sdpdemux']

interface Block {
  readonly data: Buffer
  readonly timeMs: number
  readonly music: boolean
}

interface Piece {
  readonly decoder: ChildProcess
  readonly sound: Readable
  readonly events: MusicEvents
  started: boolean
  paused: boolean
  /** everything was read from the decoder */
  read: boolean
  durationMs: number
  startMs: number
  /** ms of it that were handed out, and the engine ms at which the last of them ends */
  givenMs: number
  endsAtMs: number
  /** engine ms at which music came last, or at which the wait for it began */
  cameAtMs: number
  toldAtMs: number
}

const lengthMs = (data: Buffer): number => data.length / bytesPerMs

export class Music {
  #feeds = new Set<MusicFeed>()
  /** those that had music: their mixers wait for more */
  #fed = new Set<MusicFeed>()
  #piece: Piece | undefined
  /** handed out lately, oldest first */
  #given: Block[] = []
  /** to be handed out again: no lane was there to play it */
  #again: Buffer[] = []
  /** engine ms up to which music, or silence for it, was handed out */
  #edgeMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** Whether lanes are being supplied: one that takes over must have got some before it is heard. */
  get plays(): boolean {
    return this.#piece?.started === true
  }

  /** Gives a lane the music, beginning with what is heard right now. Returns how to leave. */
  join(feed: MusicFeed): () => void {
    this.#feeds.add(feed)
    if (this.plays && this.#given.length > 0) {
      this.#fed.add(feed)
      for (const { data, timeMs } of this.#given) feed.push(data, timeMs)
    }
    this.#run()
    return () => this.#leave(feed)
  }

  /** Plays a file as soon as there is a lane; what played before ends without a word. */
  play(source: ToDecoder, events: MusicEvents): void {
    this.stop()
    const decoder = fork(decoderProgram, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: decoderThreads,
        GST_PLUGIN_FEATURE_RANK: followers.map((name) => `${name}:NONE`).join(','),
      },
    })
    const piece: Piece = {
      decoder,
      sound: decoder.stdio[soundDescriptor] as Readable,
      events,
      started: false,
      paused: false,
      read: false,
      durationMs: 0,
      startMs: 0,
      givenMs: 0,
      endsAtMs: 0,
      cameAtMs: performance.now(),
      toldAtMs: 0,
    }
    this.#piece = piece
    // Read when it is due; the listener makes Node fetch some ahead.
    piece.sound.on('readable', () => {})
    piece.sound.on('end', () => {
      piece.read = true
    })
    // A broken pipe: the decoder's end tells more.
    piece.sound.on('error', () => {})
    decoder.on('message', (message) => this.#heard(piece, message as FromDecoder))
    decoder.on('error', (error) => this.#fail(piece, { kind: 'music-decoder-failed', detail: error.message }))
    // It is ended by stop() alone.
    decoder.on('exit', (code, signal) =>
      this.#fail(piece, { kind: 'music-decoder-failed', detail: `ended by itself (${signal ?? code})` }),
    )
    decoder.send(source, undefined, undefined, () => {})
    this.#run()
  }

  pause(paused: boolean): void {
    if (!this.#piece) return
    this.#piece.paused = paused
    this.#piece.cameAtMs = performance.now()
  }

  stop(): void {
    const piece = this.#piece
    this.#piece = undefined
    this.#again = []
    if (!piece) return
    piece.decoder.removeAllListeners()
    piece.decoder.on('error', () => {})
    piece.decoder.kill('SIGKILL')
    piece.sound.destroy()
  }

  #leave(feed: MusicFeed): void {
    this.#feeds.delete(feed)
    this.#fed.delete(feed)
    if (this.#feeds.size > 0) return
    const nowMs = performance.now()
    const unheard = this.#given.filter(({ music, timeMs }) => music && timeMs > nowMs).map(({ data }) => data)
    this.#given = []
    this.#edgeMs = Number.NEGATIVE_INFINITY
    if (!this.#piece) return
    this.#again = [...unheard, ...this.#again]
    this.#piece.givenMs -= unheard.reduce((sum, data) => sum + lengthMs(data), 0)
  }

  #heard(piece: Piece, message: FromDecoder): void {
    if (message.type === 'failed') return this.#fail(piece, message.cause)
    piece.durationMs = message.durationMs
    piece.startMs = message.startMs
  }

  #fail(piece: Piece, cause: Cause): void {
    if (this.#piece !== piece) return
    this.stop()
    piece.events.failed(cause)
  }

  /** Keeps the lanes supplied for as long as there is a piece, or a lane that had one. */
  #run(): void {
    if (this.#timer || (!this.#piece && this.#fed.size === 0)) return
    const periodMs = this.#piece && !this.#piece.paused ? blockMs : restingPeriodMs
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#supply(performance.now())
      this.#run()
    }, periodMs)
  }

  #supply(nowMs: number): void {
    const piece = this.#piece
    if (this.#feeds.size === 0) {
      if (piece) piece.cameAtMs = nowMs
      return
    }
    if (this.#edgeMs < nowMs - mixerPatienceMs) this.#edgeMs = nowMs + blockMs
    while (piece && this.#edgeMs < nowMs + aheadMs && this.#give(piece, nowMs));
    if (this.#fed.size > 0 && this.#edgeMs < nowMs + restAheadMs)
      this.#put(Buffer.alloc(restMs * bytesPerMs), false)
    this.#given = this.#given.filter(({ data, timeMs }) => timeMs + lengthMs(data) > nowMs - memoryMs)
    if (piece) this.#tell(piece, nowMs)
  }

  /** @returns whether there was any music to give */
  #give(piece: Piece, nowMs: number): boolean {
    if (piece.paused) return false
    const data = this.#again.shift() ?? (piece.sound.read(blockBytes) as Buffer | null)
    if (!data) return false
    this.#put(data, true)
    piece.givenMs += lengthMs(data)
    piece.endsAtMs = this.#edgeMs
    piece.cameAtMs = nowMs
    if (!piece.started) {
      piece.started = true
      piece.toldAtMs = nowMs
      piece.events.started(piece.durationMs)
    }
    return true
  }

  #put(data: Buffer, music: boolean): void {
    const timeMs = this.#edgeMs
    this.#edgeMs += lengthMs(data)
    this.#given.push({ data, timeMs, music })
    for (const feed of music ? this.#feeds : this.#fed) {
      this.#fed.add(feed)
      feed.push(data, timeMs)
    }
  }

  #tell(piece: Piece, nowMs: number): void {
    if (piece.paused) return
    const over = piece.read && this.#again.length === 0
    if (over && !piece.started) return this.#fail(piece, { kind: 'music-without-sound' })
    if (over && nowMs >= piece.endsAtMs) {
      this.stop()
      return piece.events.completed()
    }
    if (!over && nowMs - piece.cameAtMs > patienceMs)
      return this.#fail(piece, { kind: 'music-stalled', afterMs: patienceMs })
    if (!piece.started || nowMs - piece.toldAtMs < progressMs) return
    piece.toldAtMs += progressMs
    const heardMs = piece.givenMs - Math.max(0, piece.endsAtMs - nowMs)
    piece.events.progress(Math.round(piece.startMs + Math.max(0, heardMs)), piece.durationMs)
  }
}
