import type { ISubscription } from 'mqtt-packet'
import type { MessageOrigin, PublishProperties } from './message-origin.js'
import { covers } from './topic-filter.js'

/** A message as the broker stores and forwards it. `retain` is only set on what was stored before the subscription. */
export interface StoredMessage {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
}

/** What an MQTT 5 client gets to see beside topic and payload. */
export interface Outgoing {
  readonly retain: boolean
  readonly properties: PublishProperties
}

interface Options {
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  /** the client asked not to get what is retained */
  readonly withoutRetained: boolean
}

/** The subscription options of one MQTT 5 client, which 3.1.1 does not have. */
export class Mqtt5Subscriptions {
  readonly #byFilter = new Map<string, Options>()

  add({ topic, nl, rap, rh }: ISubscription): void {
    this.#byFilter.set(topic, {
      noLocal: nl === true,
      retainAsPublished: rap === true,
      withoutRetained: rh === 2 || (rh === 1 && this.#byFilter.has(topic)),
    })
  }

  /** Whether there was such a subscription. */
  delete(filter: string): boolean {
    return this.#byFilter.delete(filter)
  }

  /** How the message goes to this client, or undefined when its subscriptions do not want it. */
  outgoing(
    message: StoredMessage,
    origin: MessageOrigin | undefined,
    clientId: string,
  ): Outgoing | undefined {
    const matching = [...this.#byFilter]
      .filter(([filter]) => covers(filter, message.topic))
      .map(([, options]) => options)
    const unwanted = message.retain
      ? matching.every(({ withoutRetained }) => withoutRetained)
      : origin?.clientId === clientId && matching.every(({ noLocal }) => noLocal)
    if (unwanted) return undefined
    const asPublished = origin?.retain === true && matching.some(({ retainAsPublished }) => retainAsPublished)
    return { retain: message.retain || asPublished, properties: remaining(origin) }
  }
}

/** The properties that travel on, with what is left of the message expiry interval. */
const remaining = (origin: MessageOrigin | undefined): PublishProperties => {
  if (origin?.properties === undefined) return {}
  if (!Number.isFinite(origin.expiresAt)) return origin.properties
  const messageExpiryInterval = Math.max(0, Math.ceil((origin.expiresAt - Date.now()) / 1000))
  return { ...origin.properties, messageExpiryInterval }
}
