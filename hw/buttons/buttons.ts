/** The buttons as a running thing: levels of a driver in, gestures out. */
import type { Gesture } from '../../firmware/pusher/buttons.js'
import { LineError, troubleOf } from '../gpio/line.js'
import type { ButtonDriver } from './driver.js'
import {
  atLevel,
  atTime,
  type ButtonMemory,
  firstSeen,
  type GestureRules,
  nextAt,
  type Outcome,
} from './gestures.js'

export interface ButtonGesture {
  readonly button: string
  readonly gesture: Gesture
  /** ms since the epoch */
  readonly time: number
}

/** `kind` is stable: buttons-missing, buttons-denied, buttons-busy, buttons-failed, button-stuck. */
export interface ButtonTrouble {
  readonly kind: string
  readonly message: string
  readonly cause: { readonly kind: string; readonly [detail: string]: string }
}

export interface ButtonsOptions {
  readonly driver: ButtonDriver
  /** by the buttons' names */
  readonly rules: Readonly<Record<string, GestureRules>>
  readonly onTrouble: (trouble: ButtonTrouble) => void
  readonly clock?: ButtonsClock
}

/** Time as the buttons need it; another one in tests. */
export interface ButtonsClock {
  /** ms, on the clock of the driver's levels */
  now(): number
  after(ms: number, run: () => void): () => void
}

const realClock: ButtonsClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Levels are read this often, in case an edge was lost. */
const levelCheckMs = 1_000
/** Buttons that are not there are looked for this often. */
const retryMs = 5_000
/** Gestures that nobody has asked for yet, at most. */
const mostKept = 32

export class Buttons {
  readonly #options: ButtonsOptions
  readonly #clock: ButtonsClock
  #memories = new Map<string, ButtonMemory>()
  #kept: ButtonGesture[] = []
  #listener: ((gesture: ButtonGesture) => void) | undefined
  #running = false
  #works = false
  /** the trouble that was told last, until the buttons work again */
  #told = ''
  #wake: () => void = () => undefined
  #check: () => void = () => undefined
  #starting: Promise<void> = Promise.resolve()

  constructor(options: ButtonsOptions) {
    this.#options = options
    this.#clock = options.clock ?? realClock
  }

  get title(): string {
    return this.#options.driver.title
  }

  /** Idempotent. Resolves once the buttons are taken, or it was told why they can't be; they are tried again then. */
  start(): Promise<void> {
    if (this.#running) return this.#starting
    this.#running = true
    this.#starting = this.#take()
    return this.#starting
  }

  /** Whoever listens hears of what happened before, too: nothing that was pressed during the start is lost. */
  listen(listener: (gesture: ButtonGesture) => void): void {
    this.#listener = listener
    for (const gesture of this.#kept.splice(0)) listener(gesture)
  }

  /** Idempotent; nothing is told after it. */
  async stop(): Promise<void> {
    this.#running = false
    this.#works = false
    this.#listener = undefined
    this.#wake()
    this.#check()
    await this.#starting
    await this.#options.driver.stop()
  }

  async #take(): Promise<void> {
    const { driver } = this.#options
    try {
      await driver.start({
        level: (button, down, atMs) => this.#level(button, down, atMs),
        lost: (error) => this.#lost(error),
      })
      if (!this.#running) return
      this.#works = true
      this.#told = ''
      this.#checkLevels()
    } catch (error) {
      this.#lost(error)
    }
  }

  #lost(error: unknown): void {
    if (!this.#running) return
    this.#works = false
    // What is down when they are back began at an unknown time.
    this.#memories.clear()
    this.#wake()
    this.#check()
    this.#tellLost(error)
    this.#check = this.#clock.after(retryMs, () => {
      this.#starting = this.#again()
    })
  }

  async #again(): Promise<void> {
    await this.#options.driver.stop()
    if (this.#running) await this.#take()
  }

  #tellLost(error: unknown): void {
    const trouble = error instanceof LineError ? error.trouble : troubleOf(error)
    const detail = error instanceof Error ? error.message : String(error)
    if (this.#told === detail) return
    this.#told = detail
    this.#options.onTrouble({
      kind: `buttons-${trouble}`,
      message: `The buttons can't be used: ${detail}`,
      cause: { kind: `buttons-${trouble}`, driver: this.title, detail },
    })
  }

  #checkLevels(): void {
    if (!this.#works) return
    try {
      this.#options.driver.refresh()
    } catch (error) {
      this.#lost(error)
      return
    }
    this.#advance()
    this.#check = this.#clock.after(levelCheckMs, () => this.#checkLevels())
  }

  #level(button: string, down: boolean, atMs: number): void {
    const rules = this.#options.rules[button]
    if (!this.#running || !rules) return
    const memory = this.#memories.get(button)
    if (!memory) this.#memories.set(button, firstSeen(down, atMs))
    else this.#remember(button, atLevel(memory, down, atMs, rules))
    this.#schedule()
  }

  #advance(): void {
    const now = this.#clock.now()
    for (const [button, memory] of this.#memories) {
      const rules = this.#options.rules[button]
      if (rules) this.#remember(button, atTime(memory, now, rules))
    }
    this.#schedule()
  }

  #remember(button: string, [memory, outcomes]: readonly [ButtonMemory, readonly Outcome[]]): void {
    this.#memories.set(button, memory)
    for (const outcome of outcomes) this.#tell(button, outcome)
  }

  #tell(button: string, { kind, atMs }: Outcome): void {
    if (kind === 'stuck') {
      this.#options.onTrouble({
        kind: 'button-stuck',
        message: `The button ${button} is stuck: it does nothing until it is released.`,
        cause: { kind: 'button-stuck', button },
      })
      return
    }
    const time = Math.round(Date.now() - (this.#clock.now() - atMs))
    const gesture = { button, gesture: kind, time }
    if (this.#listener) this.#listener(gesture)
    else if (this.#kept.length < mostKept) this.#kept.push(gesture)
  }

  /** Wakes up for the next thing that time alone decides. */
  #schedule(): void {
    this.#wake()
    const moments = [...this.#memories].flatMap(([button, memory]) => {
      const rules = this.#options.rules[button]
      const at = rules && nextAt(memory, rules)
      return at === undefined ? [] : [at]
    })
    if (moments.length === 0 || !this.#works) return
    const inMs = Math.max(0, Math.min(...moments) - this.#clock.now())
    this.#wake = this.#clock.after(Math.ceil(inMs), () => this.#wokenUp())
  }

  /** A release that happened before this moment may still wait to be read: it counts first. */
  #wokenUp(): void {
    if (!this.#works) return
    try {
      this.#options.driver.refresh()
    } catch (error) {
      this.#lost(error)
      return
    }
    this.#advance()
  }
}
