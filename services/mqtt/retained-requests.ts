import type { NoticeEvent } from '../../firmware/pusher/events.js'
import type { IncomingMessage, Message } from './contract.js'

export interface RetainedRequestsOptions {
  readonly send: (message: Message) => void
  readonly notice: (notice: NoticeEvent) => void
}

/** how long the broker's copy of our own clearing message is expected */
const echoMs = 5000
/** a topic that is retained again and again is reported at most this often */
const reportMs = 60_000
const rememberedTopics = 200

/**
 * A retained command would be executed again after each reconnection, so it is never executed: it is cleared and
 * reported. On MQTT 5 the retain flag shows on every such message. On 3.1.1 it shows only when the broker hands out
 * what it has stored, and the message that clears it comes back to us looking like a command without options.
 */
export class RetainedRequests {
  readonly #options: RetainedRequestsOptions
  readonly #echoes = new Map<string, number>()
  readonly #reported = new Map<string, number>()

  constructor(options: RetainedRequestsOptions) {
    this.#options = options
  }

  /** Whether the message must not be executed. */
  intercept(message: IncomingMessage, protocolVersion: 4 | 5): boolean {
    const empty = message.payload.byteLength === 0
    if (!message.retain) return empty && this.#isEcho(message.topic)
    if (empty) return true
    const { topic } = message
    this.#options.send({ topic, payload: '', qos: 1, retain: true })
    if (protocolVersion === 4) remember(this.#echoes, topic)
    const reportedAt = this.#reported.get(topic)
    if (reportedAt === undefined || performance.now() - reportedAt > reportMs) {
      remember(this.#reported, topic)
      this.#options.notice({
        kind: 'retained-request',
        message:
          'A retained message on a command topic was ignored and cleared; publish commands without retain',
        cause: { kind: 'retained-request', topic: topic.slice(0, 200) },
        time: Date.now(),
      })
    }
    return true
  }

  /** A new connection: what the broker would have echoed on the old one does not come any more. */
  reset(): void {
    this.#echoes.clear()
  }

  #isEcho(topic: string): boolean {
    const clearedAt = this.#echoes.get(topic)
    this.#echoes.delete(topic)
    return clearedAt !== undefined && performance.now() - clearedAt < echoMs
  }
}

const remember = (times: Map<string, number>, topic: string): void => {
  times.delete(topic)
  times.set(topic, performance.now())
  const oldest = times.keys().next()
  if (times.size > rememberedTopics && !oldest.done) times.delete(oldest.value)
}
