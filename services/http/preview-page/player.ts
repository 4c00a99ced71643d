/** Plays a live HTTP-FLV address in a video element: close behind, and again whenever it broke off. */
import type Mpegts from 'mpegts.js'

/** `off`: not wanted; `waiting`: wanted, no picture yet; `playing`: the picture moves; `unsupported`: never will. */
export type PlayerState = 'off' | 'waiting' | 'playing' | 'unsupported'

export interface LivePlayerOptions {
  /** the library, as a script or a bundler brings it */
  readonly library: typeof Mpegts
  readonly video: HTMLVideoElement
  readonly url: string
  /** sent with the request, for whoever has to prove who he is; never a part of the address */
  readonly headers?: Readonly<Record<string, string>>
  readonly onState: (state: PlayerState) => void
}

/** between two attempts */
const retryMs = 1_000
/** a picture that stands for so long is asked for anew */
const stallMs = 6_000
const checkMs = 500

/** Seconds behind the newest picture: faster playback above one, a jump above three (a page that was asleep). */
const latency = {
  liveSync: true,
  liveSyncMaxLatency: 1,
  liveSyncTargetLatency: 0.5,
  liveSyncPlaybackRate: 1.25,
  liveBufferLatencyChasing: true,
  liveBufferLatencyMaxLatency: 2.5,
  liveBufferLatencyMinRemain: 0.4,
} as const

export class LivePlayer {
  readonly #options: LivePlayerOptions
  #wanted = false
  #player: Mpegts.Player | undefined
  #retry: number | undefined
  #check: number | undefined
  #state: PlayerState = 'off'
  /** the position at the last check, and when it last moved */
  #position = 0
  #movedAtMs = 0

  constructor(options: LivePlayerOptions) {
    this.#options = options
    // Who speaks to the console of a page that others build?
    options.library.LoggingControl.enableAll = false
  }

  /** Whether a picture is to be played from now on; idempotent. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    if (!wanted) {
      this.#close()
      clearInterval(this.#check)
      this.#say('off')
      return
    }
    if (!this.#options.library.isSupported()) return this.#say('unsupported')
    this.#say('waiting')
    this.#check = setInterval(() => this.#look(), checkMs)
    this.#open()
  }

  /** How far the picture is behind what has arrived, in seconds; 0 without one. */
  get latencyS(): number {
    const { video } = this.#options
    const { buffered } = video
    return buffered.length === 0 ? 0 : Math.max(0, buffered.end(buffered.length - 1) - video.currentTime)
  }

  #open(): void {
    const { library, video, url, headers } = this.#options
    const player = library.createPlayer(
      { type: 'flv', isLive: true, url: new URL(url, document.baseURI).href },
      {
        ...latency,
        enableStashBuffer: false,
        lazyLoad: false,
        autoCleanupSourceBuffer: true,
        autoCleanupMaxBackwardDuration: 20,
        autoCleanupMinBackwardDuration: 10,
        referrerPolicy: 'no-referrer',
        ...(headers ? { headers } : {}),
      },
    )
    this.#player = player
    this.#position = 0
    this.#movedAtMs = performance.now()
    const again = (): void => {
      if (player === this.#player) this.#again()
    }
    player.on(library.Events.ERROR, again)
    player.on(library.Events.LOADING_COMPLETE, again)
    player.attachMediaElement(video)
    player.load()
    // A browser may refuse to begin by itself; a tap on the picture does it then.
    void Promise.resolve(player.play()).catch(() => undefined)
  }

  #close(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const player = this.#player
    this.#player = undefined
    player?.destroy()
  }

  #again(): void {
    this.#close()
    this.#say('waiting')
    this.#retry = setTimeout(() => this.#open(), retryMs)
  }

  #look(): void {
    if (!this.#player) return
    const { video } = this.#options
    const now = performance.now()
    if (video.currentTime !== this.#position) {
      this.#position = video.currentTime
      this.#movedAtMs = now
      if (video.videoWidth > 0) this.#say('playing')
    } else if (document.hidden || (video.paused && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)) {
      // Stands on purpose.
      this.#movedAtMs = now
    } else if (now - this.#movedAtMs > stallMs) {
      this.#again()
    }
  }

  #say(state: PlayerState): void {
    if (state === this.#state) return
    this.#state = state
    this.#options.onState(state)
  }
}
