/** The lights as a running thing: each shows the pattern that follows from the box's published state. */
import type { BoxState } from '../../firmware/pusher/events.js'
import { type LightName, type LightPattern, lightAt, lightsOf } from '../../firmware/pusher/lights.js'
import { LineError, troubleOf } from '../gpio/line.js'
import type { Lamp } from './lamp.js'

/** `kind` is stable: light-missing, light-denied, light-busy, light-failed. */
export interface LightTrouble {
  readonly kind: string
  readonly message: string
  readonly cause: { readonly kind: string; readonly [detail: string]: string }
}

export interface LightsClock {
  now(): number
  after(ms: number, run: () => void): () => void
}

const realClock: LightsClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** A light that is not there is looked for this often. */
const retryMs = 5_000

export class Lights {
  readonly #players: readonly (readonly [LightName, LampPlayer])[]

  constructor(
    lamps: Readonly<Partial<Record<LightName, Lamp>>>,
    onTrouble: (trouble: LightTrouble) => void,
    clock: LightsClock = realClock,
  ) {
    this.#players = Object.entries(lamps).map(([name, lamp]) => [
      name as LightName,
      new LampPlayer(name, lamp, onTrouble, clock),
    ])
  }

  /** Takes the lights; all are off then. What can't be taken is told, and tried again. Never rejects. */
  async start(): Promise<void> {
    await Promise.all(this.#players.map(([, player]) => player.start()))
  }

  show(state: Pick<BoxState, 'state' | 'muted'>): void {
    const patterns = lightsOf(state)
    for (const [name, player] of this.#players) player.show(patterns[name])
  }

  /** All off, at once: for a process that is ending. */
  offNow(): void {
    for (const [, player] of this.#players) player.offNow()
  }

  /** All off, and let go of. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.#players.map(([, player]) => player.stop()))
  }
}

class LampPlayer {
  readonly #name: string
  readonly #lamp: Lamp
  readonly #onTrouble: (trouble: LightTrouble) => void
  readonly #clock: LightsClock
  #pattern: LightPattern = 'off'
  #beganMs = 0
  #works = false
  #ended = false
  #told = ''
  #cancel: () => void = () => undefined
  /** what is being done with the lamp, one after the other */
  #doing: Promise<void> = Promise.resolve()

  constructor(name: string, lamp: Lamp, onTrouble: (trouble: LightTrouble) => void, clock: LightsClock) {
    this.#name = name
    this.#lamp = lamp
    this.#onTrouble = onTrouble
    this.#clock = clock
  }

  start(): Promise<void> {
    return this.#inLine(async () => {
      if (this.#ended || this.#works) return
      await this.#lamp.start((error) => this.#failed(error))
      this.#works = true
      this.#told = ''
      this.#play()
    })
  }

  show(pattern: LightPattern): void {
    if (pattern === this.#pattern) return
    this.#pattern = pattern
    this.#beganMs = this.#clock.now()
    this.#play()
  }

  offNow(): void {
    this.#ended = true
    this.#cancel()
    if (this.#works) this.#lamp.offNow()
  }

  async stop(): Promise<void> {
    this.#ended = true
    this.#cancel()
    await this.#inLine(() => this.#lamp.stop())
    this.#works = false
  }

  #play(): void {
    if (this.#ended || !this.#works) return
    this.#cancel()
    const { lit, forMs } = lightAt(this.#pattern, this.#clock.now() - this.#beganMs)
    void this.#inLine(async () => {
      if (!this.#ended && this.#works) await this.#lamp.set(lit)
    })
    if (forMs !== undefined) this.#cancel = this.#clock.after(Math.ceil(forMs), () => this.#play())
  }

  #inLine(act: () => Promise<void>): Promise<void> {
    this.#doing = this.#doing.then(act).catch((error: unknown) => this.#failed(error))
    return this.#doing
  }

  #failed(error: unknown): void {
    this.#works = false
    this.#cancel()
    if (this.#ended) return
    const detail = error instanceof Error ? error.message : String(error)
    const kind = `light-${error instanceof LineError ? error.trouble : troubleOf(error)}`
    if (this.#told !== detail)
      this.#onTrouble({
        kind,
        message: `The ${this.#name} light can't be used: ${detail}`,
        cause: { kind, light: this.#name, detail },
      })
    this.#told = detail
    this.#cancel = this.#clock.after(retryMs, () => {
      void this.#inLine(() => this.#lamp.stop())
      void this.start()
    })
  }
}
