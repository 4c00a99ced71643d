/**
 * Joins the encoder side to the outputs. Tags come in on one clock (engine ms); every output counts from its own
 * first keyframe. Knows the sequence headers, the group of pictures since the last keyframe, and the exact counts.
 */
import type { LaneFacts } from '../protocol.js'
import type { StreamFacts, Tag, Track } from './flv.js'
import { nalLengthBytes, withUnits } from './sei.js'

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

/** A late joiner gets what came since the last keyframe; a group longer than this many tags is not kept for it. */
const longestGop = 2000

export class Hub {
  #outputs = new Set<Output>()
  #configs = new Map<Track, TimedTag>()
  #facts = new Map<Track, LaneFacts>()
  #lastMs = new Map<Track, number>()
  #gop: TimedTag[] = []
  /** SEI units that wait for the next frame */
  #units: Buffer[] = []
  #unitsWait = false
  #lastKeyframeMs: number | undefined
  #counters = { videoBytes: 0, audioBytes: 0, videoFrames: 0, audioFrames: 0, gopMs: 0 }

  attach(output: Output): () => void {
    this.#outputs.add(output)
    return () => this.#outputs.delete(output)
  }

  /**
   * A tag from a lane. Timestamps of a track never stand still or go back, whatever lane they come from. They are
   * whole milliseconds from here on, as outputs write them, so that no rounding makes two of them one.
   */
  put(tag: TimedTag): void {
    if (tag.config) return this.#putConfig(tag)
    const last = this.lastMs(tag.track)
    const timed = { ...tag, ...this.#withMessages(tag), timeMs: Math.max(Math.round(tag.timeMs), last + 1) }
    this.#lastMs.set(tag.track, timed.timeMs)
    this.#count(timed)
    this.#keep(timed)
    for (const output of this.#outputs) output.take(timed)
  }

  /** When the track's last frame was; -Infinity before the first. */
  lastMs(track: Track): number {
    return this.#lastMs.get(track) ?? Number.NEGATIVE_INFINITY
  }

  /** Puts an SEI unit into the next frame, or the next keyframe: a session that is about to open sends none before. */
  putUnit(unit: Buffer, into: 'frame' | 'keyframe'): void {
    this.#units.push(unit)
    this.#unitsWait ||= into === 'keyframe'
  }

  setFacts(track: Track, facts: LaneFacts): void {
    this.#facts.set(track, facts)
  }

  /** The track ended: nobody who joins later shall see its old pictures. */
  forget(track: Track): void {
    this.#configs.delete(track)
    this.#dropKept(track)
    if (track === 'video') this.#lastKeyframeMs = undefined
  }

  config(track: Track): TimedTag | undefined {
    return this.#configs.get(track)
  }

  /** What came since the last keyframe and goes with the sequence headers, keyframe first; may be empty. */
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

  #withMessages({ track, body, keyframe }: TimedTag): Pick<TimedTag, 'body'> {
    const config = this.#configs.get('video')
    if (track !== 'video' || this.#units.length === 0 || config === undefined) return { body }
    if (this.#unitsWait && !keyframe) return { body }
    const units = this.#units
    this.#units = []
    this.#unitsWait = false
    return { body: withUnits(body, units, nalLengthBytes(config.body)) }
  }

  #putConfig(tag: TimedTag): void {
    const known = this.#configs.get(tag.track)
    if (known?.body.equals(tag.body)) return
    // A sequence header has no time of its own: it belongs to the frame that follows.
    const timed = { ...tag, timeMs: this.#lastMs.get(tag.track) ?? Math.round(tag.timeMs) }
    this.#configs.set(tag.track, timed)
    this.#dropKept(tag.track)
    for (const output of this.#outputs) output.take(timed)
  }

  /** For late joiners. A group with a hole in it would break their picture: too long a one is not kept at all. */
  #keep(tag: TimedTag): void {
    if (tag.keyframe) this.#gop = [tag]
    else if (this.#gop.length >= longestGop) this.#gop = []
    else if (this.#gop.length > 0) this.#gop.push(tag)
  }

  /** Frames of an earlier sequence header are of no use with a later one. */
  #dropKept(track: Track): void {
    this.#gop = track === 'video' ? [] : this.#gop.filter((tag) => tag.track !== track)
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
