/**
 * Joins the encoder side to the outputs. Tags come in on one clock (engine ms); every output counts from its own
 * first keyframe. Knows the sequence headers, the group of pictures since the last keyframe, and the exact counts.
 */
import type { LaneFacts } from '../protocol.js'
import type { StreamFacts, Tag, Track } from './flv.js'

/** A tag on the engine's clock. */
export interface TimedTag extends Omit<Tag, 'runningMs'> {
  readonly timeMs: number
}

export interface Output {
  /** Called for every media tag and for every changed sequence header. */
  take(tag: TimedTag): void
}

export interface HubCounters {
  readonly videoBytes: number
  readonly audioBytes: number
  readonly videoFrames: number
  readonly audioFrames: number
  readonly gopMs: number
}

/** A late joiner gets what came since the last keyframe, but never more than this many tags. */
const longestGop = 2000

export class Hub {
  #outputs = new Set<Output>()
  #configs = new Map<Track, TimedTag>()
  #facts = new Map<Track, LaneFacts>()
  #lastMs = new Map<Track, number>()
  #gop: TimedTag[] = []
  #lastKeyframeMs: number | undefined
  #counters = { videoBytes: 0, audioBytes: 0, videoFrames: 0, audioFrames: 0, gopMs: 0 }

  attach(output: Output): () => void {
    this.#outputs.add(output)
    return () => this.#outputs.delete(output)
  }

  /** A tag from a lane. Timestamps of a track never stand still or go back, whatever lane they come from. */
  put(tag: TimedTag): void {
    if (tag.config) return this.#putConfig(tag)
    const last = this.#lastMs.get(tag.track) ?? Number.NEGATIVE_INFINITY
    const timed = tag.timeMs > last ? tag : { ...tag, timeMs: last + 1 }
    this.#lastMs.set(tag.track, timed.timeMs)
    this.#count(timed)
    if (timed.keyframe) this.#gop = []
    if (this.#gop.length < longestGop && (timed.keyframe || this.#gop.length > 0)) this.#gop.push(timed)
    for (const output of this.#outputs) output.take(timed)
  }

  setFacts(track: Track, facts: LaneFacts): void {
    this.#facts.set(track, facts)
  }

  /** The track ended: nobody who joins later shall see its old pictures. */
  forget(track: Track): void {
    this.#configs.delete(track)
    if (track === 'video') {
      this.#gop = []
      this.#lastKeyframeMs = undefined
    }
  }

  config(track: Track): TimedTag | undefined {
    return this.#configs.get(track)
  }

  /** What came since the last keyframe, keyframe first; empty before the first. */
  gop(): readonly TimedTag[] {
    return this.#gop
  }

  get counters(): HubCounters {
    return this.#counters
  }

  get streamFacts(): StreamFacts {
    const video = this.#facts.get('video')
    const audio = this.#facts.get('audio')
    return {
      width: video?.width ?? 0,
      height: video?.height ?? 0,
      fps: video?.fps ?? 0,
      videoKbps: video?.kbps ?? 0,
      audioKbps: audio?.kbps ?? 0,
      sampleRate: audio?.sampleRate ?? 0,
    }
  }

  #putConfig(tag: TimedTag): void {
    const known = this.#configs.get(tag.track)
    if (known?.body.equals(tag.body)) return
    // A sequence header has no time of its own: it belongs to the frame that follows.
    const timed = { ...tag, timeMs: this.#lastMs.get(tag.track) ?? tag.timeMs }
    this.#configs.set(tag.track, timed)
    for (const output of this.#outputs) output.take(timed)
  }

  #count(tag: TimedTag): void {
    const counters = this.#counters
    if (tag.track === 'audio') {
      counters.audioBytes += tag.body.length
      counters.audioFrames += 1
      return
    }
    counters.videoBytes += tag.body.length
    counters.videoFrames += 1
    if (!tag.keyframe) return
    if (this.#lastKeyframeMs !== undefined) counters.gopMs = tag.timeMs - this.#lastKeyframeMs
    this.#lastKeyframeMs = tag.timeMs
  }
}
