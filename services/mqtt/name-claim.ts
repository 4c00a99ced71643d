import { randomUUID } from 'node:crypto'
import { late, within } from '../deadline.js'
import type { BrokerConnection } from './broker-connection.js'
import type { IncomingMessage, Topics } from './contract.js'

export interface ClaimTimes {
  /** for the SUBACK, ms */
  readonly subscribeMs: number
  /** how long a broker may take to hand out a retained message after it was last heard, ms */
  readonly retainedMs: number
  /** how long the other box has to answer, ms */
  readonly answerMs: number
}

export const claimTimes: ClaimTimes = { subscribeMs: 5000, retainedMs: 300, answerMs: 2000 }

/**
 * Finds out whether another box lives under our name, without disturbing it: when its availability says `online` it
 * is asked something harmless, and only an answer counts, since the availability may be left over from a box that
 * lost its power. Must run on a connection without a will. Rejects with a `BrokerError`.
 */
export const claimName = async (
  connection: BrokerConnection,
  topics: Topics,
  times: ClaimTimes,
): Promise<'free' | 'taken'> => {
  const question = randomUUID()
  const responseTopic = `${topics.reply}/${question}`
  let heardAvailability: (value: string) => void = () => undefined
  let heardAnswer: () => void = () => undefined
  const availability = new Promise<string>((resolve) => {
    heardAvailability = resolve
  })
  const answer = new Promise<void>((resolve) => {
    heardAnswer = resolve
  })
  const off = connection.onMessage((message) => {
    if (message.topic === topics.availability) heardAvailability(Buffer.from(message.payload).toString())
    else if (message.topic === responseTopic || answers(message, topics, question)) heardAnswer()
  })
  try {
    await connection.subscribe([topics.availability], times.subscribeMs)
    // most brokers hand out what is retained before they acknowledge the next subscription, however slow the line is
    await connection.subscribe([topics.reply, responseTopic], times.subscribeMs)
    const value = await unlessClosed(connection, within(availability, times.retainedMs))
    if (value !== 'online') return 'free'
    await connection.publish({
      topic: `${topics.commandPrefix}getMaxZoom`,
      payload: JSON.stringify({ id: question }),
      qos: 1,
      retain: false,
      responseTopic,
    })
    const answered = await unlessClosed(connection, within(answer, times.answerMs))
    return answered === late ? 'free' : 'taken'
  } finally {
    off()
  }
}

const answers = ({ topic, payload }: IncomingMessage, topics: Topics, question: string): boolean =>
  topic === topics.reply && Buffer.from(payload).includes(question)

const unlessClosed = <T>(connection: BrokerConnection, promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    connection.closed.then((reason) => {
      throw reason
    }),
  ])
