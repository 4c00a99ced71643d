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
  #limits: QueueLimits
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #oldestSince: number | undefined

  constructor(limits: Partial<QueueLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
  }

  /** How long the command at the head has been running, ms; 0 when nothing runs. Health looks at it. */
  get stuckMs(): number {
    return this.#oldestSince === undefined ? 0 : performance.now() - this.#oldestSince
  }

  /** Never rejects. A command that takes too long is answered; it finishes before the next one starts. */
  run(method: string, command: () => Promise<CommandReply>): Promise<CommandReply> {
    if (this.#waiting >= this.#limits.longestLine) return Promise.resolve({ ...refuse('busy'), method })
    this.#waiting += 1
    const result = this.#tail.then(async () => {
      this.#oldestSince = performance.now()
      try {
        return await command()
      } finally {
        this.#oldestSince = undefined
        this.#waiting -= 1
      }
    })
    this.#tail = result.catch(() => {})
    return withDeadline(result, this.#limits.replyMs, { ...refuse('timedOut'), method })
  }
}

const withDeadline = (reply: Promise<CommandReply>, ms: number, late: CommandReply): Promise<CommandReply> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late), ms)
    reply.then(resolve, reject).finally(() => clearTimeout(timer))
  })
