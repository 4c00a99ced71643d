/**
 * A video file as a live source: decoded at its own pace, looped for ever, picture and sound in step.
 *
 * Two decoders of the same file take turns: a seek at the end of the file would block the process that also feeds
 * the network, so one plays while the other, rewound, waits in PAUSED. (Neither is taken from the pool: decodebin's
 * links are made once per pipeline.) Whoever joins gets raw frames with the engine
 * time at which each is due. One clip serves the video lane and the audio lane.
 */
import type { Cause } from '../../../pusher/events.js'
import { GstPipeline, type Sample } from '../binding.js'
import type { Track } from '../flv.js'

export interface ClipFrame {
  readonly data: Buffer
  /** engine ms at which this frame is due */
  readonly timeMs: number
}

export interface ClipListener {
  /** raw caps of the frames that follow */
  caps(caps: string): void
  frame(frame: ClipFrame): void
  failed(cause: Cause): void
}

const tracks = ['video', 'audio'] as const
const sampleRate = 48_000
const bytesPerSample = 2
const launch = [
  'filesrc name=file ! decodebin name=d',
  'd. ! queue ! videoconvert ! videorate ! video/x-raw,format=I420,framerate=[1/1,60/1] ! appsink name=video sync=true async=false max-buffers=2',
  `d. ! queue ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=${sampleRate},channels=1 ! appsink name=audio sync=true async=false max-buffers=8`,
].join(' ')

const openDeadlineMs = 10_000
const pollMs = 10
/** From a known duration to the first decoded frame. */
const settleMs = 150
const shortestMs = 300
/** The last frames of a pass may come so much later than its end; a turn that is later still delays the next pass. */
const drainMs = 100
/** A track that is so much shorter than its file is not filled up. */
const longestSilenceMs = 10_000
/** A track of which nothing came by then is not in the file. */
const trackDeadlineMs = 1_000

const playing = new Map<string, Clip>()

interface Decoder {
  readonly pipeline: GstPipeline
  /** ms of each track that came in this pass: the binding hides timestamps, but both tracks are gapless */
  readonly playedMs: Record<Track, number>
  /** engine ms of timestamp 0 in this pass; undefined in the first one before its first frame */
  baseMs: number | undefined
  pulled: boolean
}

export class Clip {
  #file: string
  #listeners = new Map<Track, Set<ClipListener>>(tracks.map((track) => [track, new Set()]))
  #caps = new Map<Track, string>()
  #now: Decoder | undefined
  #other: Decoder | undefined
  /** its pass is over, but what was on its way still counts */
  #draining: Decoder | undefined
  /** engine ms at which the sound that was delivered ends */
  #soundUntilMs = Number.POSITIVE_INFINITY
  #timers = new Set<NodeJS.Timeout>()
  #ended = false

  private constructor(file: string) {
    this.#file = file
  }

  /** Joins that file's clip; the first one in starts it. Returns how to leave; the last one out ends it. */
  static join(file: string, track: Track, listener: ClipListener): () => void {
    const known = playing.get(file)
    const clip = known ?? new Clip(file)
    clip.#listeners.get(track)?.add(listener)
    if (!known) {
      playing.set(file, clip)
      clip.#open((decoder) => clip.#begin(decoder))
    }
    const caps = clip.#caps.get(track)
    if (caps) listener.caps(caps)
    else if (clip.#now) clip.#after(trackDeadlineMs, () => clip.#missTracks())
    return () => clip.#leave(track, listener)
  }

  #leave(track: Track, listener: ClipListener): void {
    this.#listeners.get(track)?.delete(listener)
    if ([...this.#listeners.values()].every((set) => set.size === 0)) this.#end()
  }

  #end(): void {
    this.#ended = true
    if (playing.get(this.#file) === this) playing.delete(this.#file)
    for (const timer of this.#timers) clearTimeout(timer)
    this.#now?.pipeline.stop()
    this.#other?.pipeline.stop()
  }

  #fail(cause: Cause): void {
    if (this.#ended) return
    this.#end()
    for (const set of this.#listeners.values()) for (const listener of set) listener.failed(cause)
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, ms)
    this.#timers.add(timer)
  }

  /** Opens a decoder and calls back when it is ready to play. */
  #open(ready: (decoder: Decoder) => void): void {
    const decoder: Decoder = {
      pipeline: new GstPipeline(launch),
      playedMs: { video: 0, audio: 0 },
      baseMs: undefined,
      pulled: false,
    }
    this.#other = decoder
    decoder.pipeline.set('file', 'location', this.#file)
    decoder.pipeline.pause((message) => {
      if (message.type === 'error') this.#fail({ kind: 'clip-unreadable', detail: message.message ?? '' })
    })
    const openedAt = performance.now()
    const poll = (): void => {
      if (decoder.pipeline.durationS() > 0) this.#after(settleMs, () => ready(decoder))
      else if (performance.now() - openedAt > openDeadlineMs)
        this.#fail({ kind: 'clip-unreadable', detail: `no duration within ${openDeadlineMs} ms` })
      else this.#after(pollMs, poll)
    }
    poll()
  }

  /**
   * Plays `decoder` now and makes the one that played before ready for the turn after. A pass begins, for whoever
   * listens, exactly where the one before ended, however long it took to get going: else sound and picture would
   * have gaps, which an encoder that counts samples turns into a drift.
   */
  #begin(decoder: Decoder, baseMs?: number): void {
    const last = this.#now
    this.#now = decoder
    this.#other = last
    this.#draining = last
    decoder.baseMs = baseMs
    for (const track of tracks) decoder.playedMs[track] = 0
    decoder.pipeline.resume()
    if (!decoder.pulled) {
      decoder.pulled = true
      for (const track of tracks)
        decoder.pipeline.pull(track, (sample) => this.#sample(decoder, track, sample))
    }
    const startedMs = performance.now()
    const durationMs = Math.max(shortestMs, decoder.pipeline.durationS() * 1000)
    if (last) {
      this.#after(drainMs, () => {
        this.#draining = undefined
        last.pipeline.rewind()
      })
    } else {
      this.#after(trackDeadlineMs, () => this.#missTracks())
      this.#open(() => {})
    }
    const turn = (): void => {
      const nowMs = performance.now()
      const endMs = (decoder.baseMs ?? startedMs) + durationMs
      if (endMs - nowMs > 1) this.#after(endMs - nowMs, turn)
      else if (this.#other) this.#begin(this.#other, nowMs - endMs > drainMs ? nowMs : endMs)
    }
    this.#after(durationMs, turn)
  }

  /** Tells whoever waits for a track that the file does not have. */
  #missTracks(): void {
    for (const track of tracks) {
      if (this.#caps.has(track)) continue
      const kind = track === 'audio' ? 'clip-without-sound' : 'clip-without-picture'
      for (const listener of this.#listeners.get(track) ?? []) listener.failed({ kind })
    }
  }

  #sample(decoder: Decoder, track: Track, sample: Sample): void {
    const caps = capsText(sample.caps)
    if (this.#caps.get(track) !== caps) {
      this.#caps.set(track, caps)
      for (const listener of this.#listeners.get(track) ?? []) listener.caps(caps)
    }
    const late = decoder === this.#draining && this.#now?.playedMs[track] === 0
    if (decoder !== this.#now && !late) return
    const atMs = decoder.playedMs[track]
    const lengthMs = durationMs(track, sample)
    decoder.playedMs[track] += lengthMs
    // The sink lets a frame go when it is due.
    decoder.baseMs ??= performance.now() - atMs
    const timeMs = decoder.baseMs + atMs
    if (track === 'audio') this.#fillUp(timeMs, lengthMs)
    for (const listener of this.#listeners.get(track) ?? []) listener.frame({ data: sample.data, timeMs })
  }

  /** Sound that ends before its picture is followed by silence: encoders count samples and would run ahead. */
  #fillUp(timeMs: number, lengthMs: number): void {
    const fromMs = this.#soundUntilMs
    this.#soundUntilMs = timeMs + lengthMs
    const samples = Math.floor(((timeMs - fromMs) * sampleRate) / 1000)
    if (samples <= 0 || timeMs - fromMs > longestSilenceMs) return
    const silence = { data: Buffer.alloc(samples * bytesPerSample), timeMs: fromMs }
    for (const listener of this.#listeners.get('audio') ?? []) listener.frame(silence)
  }
}

const durationMs = (track: Track, { data, caps }: Sample): number => {
  if (track === 'audio') return (data.length / bytesPerSample / sampleRate) * 1000
  const [frames = 0, seconds = 0] = String(caps.framerate).split('/').map(Number)
  return frames > 0 && seconds > 0 ? (seconds * 1000) / frames : 0
}

/** Caps as the binding gives them (numbers, and everything else as text) → caps text for an appsrc. */
const capsText = (caps: Sample['caps']): string =>
  [
    String(caps.name),
    ...['format', 'width', 'height', 'framerate', 'pixel-aspect-ratio', 'rate', 'channels', 'layout']
      .filter((key) => caps[key] !== undefined)
      .map((key) => `${key}=${String(caps[key])}`),
  ].join(',')
