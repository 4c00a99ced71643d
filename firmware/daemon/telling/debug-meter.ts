/** Figures of the debug overlay from the media process's counters, while pushing and in the preview alike. */
import type { EngineCounters } from '../../media/protocol.js'
import { type Counters, netStatus } from '../../pusher/netstatus.js'
import type { DebugFigures } from '../../pusher/preview.js'

/** Rates are means over this time. */
const windowMs = 2_000

type Measured = Omit<DebugFigures, 'CPU' | 'RES' | 'SVR'>

export class DebugMeter {
  /** oldest first: one from before the window, and those in it */
  #readings: readonly EngineCounters[] = []

  /** The media process is gone, and its totals with it. */
  restart(): void {
    this.#readings = []
  }

  take(reading: EngineCounters): void {
    const inWindow = this.#readings.findIndex(({ atMs }) => reading.atMs - atMs < windowMs)
    const from = inWindow < 0 ? this.#readings.length - 1 : inWindow - 1
    this.#readings = [...this.#readings.slice(Math.max(0, from)), reading]
  }

  /** @param shown whether pictures are to be expected */
  figures(shown: boolean): Measured {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)]
    if (!first || !last) return nothing
    const info = netStatus(countersOf(first), countersOf(last), 'up')
    return {
      SPD: info.netSpeed,
      JIT: info.netJitter,
      FPS: info.videoFPS,
      GOP: shown ? info.videoGOP : 0,
      ARA: info.audioBitrate,
      VRA: info.videoBitrate,
      QUE: info.videoCache,
      DRP: last.videoDropped,
      CAS: Math.round(last.queueAgeMs),
    }
  }
}

const nothing: Measured = { SPD: 0, JIT: 0, FPS: 0, GOP: 0, ARA: 0, VRA: 0, QUE: 0, DRP: 0, CAS: 0 }

const countersOf = (reading: EngineCounters): Counters => ({
  atMs: reading.atMs,
  videoBytes: reading.videoBytes,
  audioBytes: reading.audioBytes,
  videoFrames: reading.videoFrames,
  bytesSent: reading.bytesSent,
  lastGopMs: reading.gopMs,
  videoQueueFrames: reading.videoQueued,
  audioQueueFrames: reading.audioQueued,
  jitterMs: reading.rttVarMs,
  width: 0,
  height: 0,
})
