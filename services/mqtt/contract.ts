import type { BoxEvents } from '../../firmware/pusher/events.js'

/** What goes to the broker. `payload` is sent as it is. */
export interface Message {
  readonly topic: string
  readonly payload: string | Uint8Array
  readonly qos: 0 | 1
  readonly retain: boolean
  /** MQTT 5 only, as is the next one; a 3.1.1 connection leaves them out */
  readonly correlationData?: Uint8Array
  readonly responseTopic?: string
}

/** What came from the broker. */
export interface IncomingMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  /** MQTT 5 Response Topic */
  readonly responseTopic?: string
  /** MQTT 5 Correlation Data */
  readonly correlationData?: Uint8Array
}

/** The largest request that is read, in bytes. */
export const maxRequestBytes = 64 * 1024

/** A prefix or a box name that can't be part of a topic. `field` says which. */
export class TopicNameError extends Error {
  readonly kind = 'bad-topic-name'
  readonly field: 'prefix' | 'box'

  constructor(field: 'prefix' | 'box', value: string) {
    super(`${field} ${JSON.stringify(value.slice(0, 80))} cannot be part of an MQTT topic`)
    this.name = 'TopicNameError'
    this.field = field
  }
}

/** Every topic of one box. */
export interface Topics {
  readonly prefix: string
  readonly box: string
  /** `<prefix>/<box>`, without a slash at the end */
  readonly base: string
  readonly availability: string
  readonly attributesSet: string
  readonly reply: string
  /** the part before the method, with the slash */
  readonly commandPrefix: string
  /** subscription for all commands */
  readonly commands: string
  /** the full topic of an event */
  event(name: keyof BoxEvents): string
}

const level = /^[^/+#$\p{Cc}][^/+#\p{Cc}]{0,63}$/u

/** Topics of the box `box` under `prefix`. Throws {@link TopicNameError} for wildcards, empty levels and the like. */
export const topicsOf = (prefix: string, box: string): Topics => {
  const levels = prefix.split('/')
  if (levels.length > 8 || !levels.every((part) => level.test(part)))
    throw new TopicNameError('prefix', prefix)
  if (!level.test(box)) throw new TopicNameError('box', box)
  const base = `${prefix}/${box}`
  return {
    prefix,
    box,
    base,
    availability: `${base}/availability`,
    attributesSet: `${base}/attributes/set`,
    reply: `${base}/reply`,
    commandPrefix: `${base}/command/`,
    commands: `${base}/command/#`,
    event: (name) => `${base}/${deliveries[name].path}`,
  }
}

/** How an event of the box travels. */
export interface Delivery {
  /** the topic below the base */
  readonly path: string
  readonly qos: 0 | 1
  readonly retain: boolean
}

/** The table "From the box" of the contract. `notice` is a private addition. */
export const deliveries: { readonly [Name in keyof BoxEvents]: Delivery } = {
  state: { path: 'state', qos: 1, retain: true },
  attributes: { path: 'attributes', qos: 1, retain: true },
  statechange: { path: 'event/statechange', qos: 1, retain: false },
  error: { path: 'event/error', qos: 1, retain: false },
  notice: { path: 'event/notice', qos: 1, retain: false },
  netstatus: { path: 'event/netstatus', qos: 0, retain: false },
  bgmstart: { path: 'event/bgmstart', qos: 0, retain: false },
  bgmprogress: { path: 'event/bgmprogress', qos: 0, retain: false },
  bgmcomplete: { path: 'event/bgmcomplete', qos: 0, retain: false },
  audiovolumenotify: { path: 'event/audiovolumenotify', qos: 0, retain: false },
  button: { path: 'event/button', qos: 1, retain: false },
  snapshot: { path: 'snapshot', qos: 1, retain: true },
  snapshotImage: { path: 'snapshot/image', qos: 0, retain: false },
  telemetry: { path: 'telemetry', qos: 0, retain: true },
  update: { path: 'update', qos: 1, retain: true },
}

export const eventNames = Object.keys(deliveries) as readonly (keyof BoxEvents)[]

/** The message of one event: JSON in UTF-8, the picture as it is. */
export const encodeEvent = <Name extends keyof BoxEvents>(
  topics: Topics,
  name: Name,
  payload: BoxEvents[Name],
): Message => {
  const { qos, retain } = deliveries[name]
  const encoded = payload instanceof Uint8Array ? payload : JSON.stringify(payload)
  return { topic: topics.event(name), payload: encoded, qos, retain }
}

/** `online` or `offline`, retained: what a client reads first. */
export const availabilityMessage = (topics: Topics, value: 'online' | 'offline'): Message => ({
  topic: topics.availability,
  payload: value,
  qos: 1,
  retain: true,
})
