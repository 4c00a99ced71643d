/**
 * How every session begins, whoever listens: metadata, sequence headers, keyframe; timestamps from 0 at that
 * keyframe. What comes before it in time is not sent.
 */
import { metadataBody, writeTag } from './flv.js'
import type { Hub, TimedTag } from './hub.js'

export class Opening {
  #hub: Hub
  #baseMs: number | undefined

  constructor(hub: Hub) {
    this.#hub = hub
  }

  get done(): boolean {
    return this.#baseMs !== undefined
  }

  /** The bytes to send for this tag, in order; none while the first keyframe is awaited. */
  bytes(tag: TimedTag): Buffer[] {
    if (this.#baseMs === undefined) {
      if (!tag.keyframe) return []
      this.#baseMs = tag.timeMs
      return [this.#metadata(0), ...this.#configs(), writeTag('video', 0, tag.body)]
    }
    const timeMs = tag.timeMs - this.#baseMs
    if (timeMs < 0 && !tag.config) return []
    return [writeTag(tag.track, timeMs, tag.body)]
  }

  #metadata(timeMs: number): Buffer {
    return writeTag('script', timeMs, metadataBody(this.#hub.streamFacts))
  }

  #configs(): Buffer[] {
    return (['video', 'audio'] as const).flatMap((track) => {
      const config = this.#hub.config(track)
      return config ? [writeTag(track, 0, config.body)] : []
    })
  }
}
