/** One command after the other, each with an end: MQTT, buttons, HTTP and start-up all stand in this line. */
import type { CommandReply } from '../pusher/events.js'
import { refuse } from '../pusher/refusals.js'

export interface QueueLimits {
  /** The contract promises a reply within 10 s; the transport needs a little of that. */
  readonly replyMs: number
  /** more commands than this at a time are refused */
  readonly longestLine: number
}

const usualLimits: QueueLimits = { replyMs: 8_000, longestLine: 64 }

export class CommandQueue {
  #failed: (method: string, error: unknown) => void
  #limits: QueueLimits
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #oldestSince: number | undefined

  /** @param failed told of a command that threw, which is a bug: whoever submitted it gets a refusal */
  constructor(failed: (method: string, error: unknown) => void, limits: Partial<QueueLimits> = {}) {
    this.#failed = failed
    this.#limits = { ...usualLimits, ...limits }
  }

  /** How long the command at the head has been running, ms; 0 when nothing runs. Health looks at it. */
  get stuckMs(): number {
    return this.#oldestSince === undefined ? 0 : performance.now() - this.#oldestSince
  }

  /**
   * Never rejects. A command that takes too long is answered; it finishes before the next one starts. One that was
   * answered while it stood in the line is not carried out: nobody waits for it any more.
   */
  run(method: string, command: () => Promise<CommandReply>): Promise<CommandReply> {
    if (this.#waiting >= this.#limits.longestLine) return Promise.resolve({ ...refuse('busy'), method })
    this.#waiting += 1
    const late = { ...refuse('timedOut'), method }
    return new Promise((resolve) => {
      let answered = false
      const answer = (reply: CommandReply): void => {
        answered = true
        resolve(reply)
      }
      const timer = setTimeout(() => answer(late), this.#limits.replyMs)
      this.#tail = this.#tail.then(async () => {
        if (!answered) answer(await this.#carryOut(method, command))
        clearTimeout(timer)
        this.#waiting -= 1
      })
    })
  }

  async #carryOut(method: string, command: () => Promise<CommandReply>): Promise<CommandReply> {
    this.#oldestSince = performance.now()
    try {
      return await command()
    } catch (error) {
      // Apart from here, so that whoever is told can't stop the line.
      queueMicrotask(() => this.#failed(method, error))
      return { ...refuse('internalFault'), method }
    } finally {
      this.#oldestSince = undefined
    }
  }
}
