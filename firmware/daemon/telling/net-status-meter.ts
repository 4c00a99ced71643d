/** Turns the media process's counters into the component's network status, period by period. */
import type { Picture } from '../../media/graph/sources.js'
import type { EngineCounters } from '../../media/protocol.js'
import type { NetStatus } from '../../pusher/events.js'
import { type Counters, newNetStatusWindow, nextNetStatus } from '../../pusher/netstatus.js'

export class NetStatusMeter {
  #window = newNetStatusWindow
  #counters: Counters | undefined

  /** The next period starts anew: what was encoded before was not to be sent. */
  restart(): void {
    this.#window = newNetStatusWindow
  }

  /**
   * Takes a reading.
   * @param wanted whether somebody wants to push
   * @returns whether pictures were encoded since the one before
   */
  count(counters: EngineCounters, { width, height }: Picture, wanted: boolean): boolean {
    const advanced = counters.videoFrames !== this.#counters?.videoFrames
    this.#counters = {
      atMs: counters.atMs,
      videoBytes: counters.videoBytes,
      audioBytes: counters.audioBytes,
      videoFrames: counters.videoFrames,
      bytesSent: counters.bytesSent,
      lastGopMs: counters.gopMs,
      videoQueueFrames: counters.videoQueued,
      audioQueueFrames: counters.audioQueued,
      jitterMs: counters.rttVarMs,
      width,
      height,
    }
    // Periods count from the first reading on at which media goes out.
    if (wanted && counters.streaming && this.#window.previous === null)
      this.#window = { previous: this.#counters, periods: [] }
    return advanced
  }

  /** Ends a period; undefined before the first reading. */
  next(connection: Parameters<typeof nextNetStatus>[2]): NetStatus | undefined {
    if (!this.#counters) return undefined
    const [window, info] = nextNetStatus(this.#window, this.#counters, connection)
    this.#window = window
    return info
  }
}
