import type { CommandReply, Problem } from '../../firmware/pusher/events.js'
import { type IncomingMessage, maxRequestBytes, type Topics } from './contract.js'

/** Numbers of `errCode` that requests are refused with here. The box itself has more. */
export const refusalCodes = { failed: -1, badInput: -2, unknownMethod: -3, timedOut: -5 } as const

/** Where a reply goes. */
export interface ReplyAddress {
  readonly topic: string
  readonly correlationData?: Uint8Array
}

/** A request that can be handed to the box. */
export interface Request {
  readonly kind: 'request'
  readonly id: string | undefined
  readonly method: string
  /** what came with it, without the id; undefined when nothing came */
  readonly options: unknown
  readonly replyTo: ReplyAddress
}

/** A request that is answered without asking the box. */
export interface Refused {
  readonly kind: 'refused'
  readonly id: string | undefined
  readonly reply: CommandReply
  readonly replyTo: ReplyAddress
}

const idLength = 64
/** of a method that is only echoed because it does not exist */
const shownMethodLength = 64

/** The refusal of a request in the shape of the contract. */
export const refusal = (
  method: string,
  errCode: number,
  reason: string,
  problems?: readonly Problem[],
): CommandReply => ({
  ok: false,
  method,
  errCode,
  errMsg: `operateLivePusher:fail ${reason}`,
  ...(problems === undefined ? {} : { problems }),
})

/** Reads a message on a command or set topic; `undefined` when the topic is neither. */
export const parseRequest = (topics: Topics, message: IncomingMessage): Request | Refused | undefined => {
  const method = methodOf(topics, message.topic)
  if (method === undefined) return undefined
  const replyTo = replyAddress(topics, message)
  const shown = [...method.slice(0, 2 * shownMethodLength)].slice(0, shownMethodLength).join('')
  const refuse = (errCode: number, reason: string, id?: string, problem?: Problem): Refused => ({
    kind: 'refused',
    id,
    reply: refusal(shown, errCode, reason, problem === undefined ? undefined : [problem]),
    replyTo,
  })
  const isSet = message.topic === topics.attributesSet
  if (message.payload.byteLength > maxRequestBytes) {
    return refuse(
      refusalCodes.badInput,
      `payload of ${message.payload.byteLength} bytes, at most ${maxRequestBytes}`,
    )
  }
  const parsed = message.payload.byteLength === 0 && !isSet ? {} : parseObject(message.payload)
  if (typeof parsed === 'string') return refuse(refusalCodes.badInput, parsed)
  const { id, ...options } = parsed
  if (!isId(id)) {
    const problem = { path: 'id', message: `must be a string of 1 to ${idLength} characters` }
    return refuse(refusalCodes.badInput, `id ${problem.message}`, undefined, problem)
  }
  if (!isSet && (method === '' || method.includes('/') || method === setAttributes)) {
    return refuse(refusalCodes.unknownMethod, `unknown method ${JSON.stringify(shown)}`, id)
  }
  const came = message.payload.byteLength > 0
  return { kind: 'request', id, method, options: came ? options : undefined, replyTo }
}

const setAttributes = 'setAttributes'

const methodOf = (topics: Topics, topic: string): string | undefined => {
  if (topic === topics.attributesSet) return setAttributes
  if (topic.startsWith(topics.commandPrefix)) return topic.slice(topics.commandPrefix.length)
  // `…/command/#` covers `…/command` as well
  return `${topic}/` === topics.commandPrefix ? '' : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The JSON object in a payload, or what is wrong with it. */
const parseObject = (payload: Uint8Array): Record<string, unknown> | string => {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(payload))
  } catch {
    return 'payload is not JSON in UTF-8'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'payload is not a JSON object'
  return value as Record<string, unknown>
}

const isId = (id: unknown): id is string | undefined =>
  id === undefined ||
  (typeof id === 'string' && id !== '' && id.length <= 2 * idLength && [...id].length <= idLength)

const replyAddress = (topics: Topics, { responseTopic, correlationData }: IncomingMessage): ReplyAddress => ({
  topic: responseTopic !== undefined && mayReplyTo(topics, responseTopic) ? responseTopic : topics.reply,
  ...(correlationData === undefined ? {} : { correlationData }),
})

/**
 * A response topic is the word of a client, used with the rights of the box: it must be a plain topic, and below the
 * prefix of the boxes only our own `…/reply` or `…/reply/…`, so that a reply is never another box's command.
 */
const mayReplyTo = (topics: Topics, topic: string): boolean => {
  if (topic === '' || topic.length > 512 || topic.split('/').length > 32) return false
  if (/[+#\p{Cc}\p{Cs}]/u.test(topic) || topic.startsWith('$')) return false
  if (topic === topics.reply || topic.startsWith(`${topics.reply}/`)) return true
  return topic !== topics.prefix && !topic.startsWith(`${topics.prefix}/`)
}
