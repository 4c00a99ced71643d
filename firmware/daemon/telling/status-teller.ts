/** Numbers the status codes and tells them, the errors among them twice; a warning not again at once. */
import { codeOf, errorCodes, type StatusCode } from '../../pusher/codes.js'
import type { Cause, ErrorEvent, StatusEvent } from '../../pusher/events.js'

export interface StatusListener {
  statechange(event: StatusEvent): void
  /** only for the codes of `binderror` */
  error(event: ErrorEvent): void
}

/** As many as the debug overlay shows. */
const mostRecent = 20

export class StatusTeller {
  #listener: StatusListener
  #repeatMs: number
  #seq = 0
  #toldAt = new Map<number, number>()
  #recent: readonly StatusEvent[] = []

  /** @param repeatMs the same warning is not told again within this time */
  constructor(listener: StatusListener, repeatMs: number) {
    this.#listener = listener
    this.#repeatMs = repeatMs
  }

  /** The last codes, oldest first. */
  get recent(): readonly StatusEvent[] {
    return this.#recent
  }

  /** 0 when none was told yet. */
  get lastCode(): number {
    return this.#recent.at(-1)?.code ?? 0
  }

  /** @returns whether it was told */
  tell(code: StatusCode, cause?: Cause): boolean {
    const { name, level, message } = codeOf(code)
    const now = performance.now()
    const last = this.#toldAt.get(code) ?? Number.NEGATIVE_INFINITY
    // One per attempt is no repetition: those of the reconnection are told each time.
    const rare = level === 'warning' && code !== 1102 && (code < 3001 || code > 3005)
    if (rare && now - last < this.#repeatMs) return false
    this.#toldAt.set(code, now)
    this.#seq += 1
    const time = Date.now()
    const event = { code, name, level, message, ...(cause ? { cause } : {}), time, seq: this.#seq }
    this.#recent = [...this.#recent.slice(1 - mostRecent), event]
    this.#listener.statechange(event)
    if (isErrorCode(code)) this.#listener.error({ errCode: code, errMsg: message, time })
    return true
  }
}

const isErrorCode = (code: number): boolean => (errorCodes as readonly number[]).includes(code)
