import type { Box, CommandReply } from '../../firmware/pusher/events.js'
import type { Message } from './contract.js'
import { type Refused, type ReplyAddress, type Request, refusal, refusalCodes } from './requests.js'

export interface ResponderOptions {
  readonly box: Pick<Box, 'submit'>
  /** must not throw */
  readonly send: (message: Message) => void
  /** ms after which a request is answered even if the box has not */
  readonly timeoutMs: number
  /** ms during which a repeated id gets the first reply again */
  readonly repeatMs: number
  /** ids that are remembered at most */
  readonly rememberedIds: number
  /** requests that may wait for the box at once */
  readonly concurrent: number
}

/** One request, and everybody who asked for it. */
interface Running {
  readonly id: string | undefined
  readonly method: string
  readonly askers: ReplyAddress[]
  readonly startedAt: number
  reply: CommandReply | undefined
}

/**
 * Gives every request exactly one reply in time, and runs a request whose id was seen within the last minute only
 * once. Durations are measured on the monotonic clock: the wall clock of a box without a battery jumps.
 */
export class Responder {
  readonly #options: ResponderOptions
  /** in the order of their first request */
  readonly #byId = new Map<string, Running>()
  readonly #running = new Map<Running, NodeJS.Timeout>()

  constructor(options: ResponderOptions) {
    this.#options = options
  }

  /** Never throws; the reply goes out through `send`. */
  handle(request: Request | Refused): void {
    const { id, replyTo } = request
    this.#forget()
    const first = id === undefined ? undefined : this.#byId.get(id)
    if (first !== undefined) {
      if (first.reply === undefined) first.askers.push(replyTo)
      else this.#send(first, first.reply, replyTo)
      return
    }
    const method = request.kind === 'refused' ? request.reply.method : request.method
    const running: Running = {
      id,
      method,
      askers: [replyTo],
      startedAt: performance.now(),
      reply: undefined,
    }
    if (id !== undefined) this.#byId.set(id, running)
    if (request.kind === 'refused') {
      this.#answer(running, request.reply)
      return
    }
    if (this.#running.size >= this.#options.concurrent) {
      this.#answer(running, refusal(method, refusalCodes.timedOut, 'too many requests are waiting'))
      return
    }
    const timeUp = () => this.#answer(running, refusal(method, refusalCodes.timedOut, 'timed out'))
    this.#running.set(running, setTimeout(timeUp, this.#options.timeoutMs))
    void this.#submit(method, request.options).then((reply) => this.#answer(running, reply))
  }

  /** Answers what still runs: nobody will once the box stops. */
  close(): void {
    for (const running of [...this.#running.keys()]) {
      this.#answer(running, refusal(running.method, refusalCodes.timedOut, 'the box stops'))
    }
  }

  async #submit(method: string, options: unknown): Promise<CommandReply> {
    try {
      const request = { method, origin: 'mqtt' as const }
      return await this.#options.box.submit(options === undefined ? request : { ...request, options })
    } catch {
      return refusal(method, refusalCodes.failed, 'internal error')
    }
  }

  #answer(running: Running, reply: CommandReply): void {
    if (running.reply !== undefined) return
    running.reply = reply
    clearTimeout(this.#running.get(running))
    this.#running.delete(running)
    for (const asker of running.askers.splice(0)) this.#send(running, reply, asker)
  }

  #send({ id }: Running, reply: CommandReply, { topic, correlationData }: ReplyAddress): void {
    this.#options.send({
      topic,
      payload: encodeReply(id, reply),
      qos: 1,
      retain: false,
      ...(correlationData === undefined ? {} : { correlationData }),
    })
  }

  #forget(): void {
    const oldest = performance.now() - this.#options.repeatMs
    let excess = this.#byId.size - this.#options.rememberedIds + 1
    for (const [id, { reply, startedAt }] of this.#byId) {
      if (startedAt > oldest && excess <= 0) return
      if (reply === undefined) continue
      this.#byId.delete(id)
      excess -= 1
    }
  }
}

const encodeReply = (id: string | undefined, reply: CommandReply): string => {
  const { method, ok, ...rest } = reply
  const head = { id: id ?? null, method, ok }
  try {
    return JSON.stringify({ ...head, ...rest })
  } catch {
    const { errCode, errMsg } = {
      errCode: refusalCodes.failed,
      errMsg: 'operateLivePusher:fail internal error',
    }
    return JSON.stringify({ ...head, ok: false, errCode, errMsg })
  }
}
