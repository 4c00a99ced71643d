import { randomUUID } from 'node:crypto'
import {
  generate,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type Packet,
  type Parser,
  parser,
} from 'mqtt-packet'
import { type MessageOrigin, openEnvelope, type PublishProperties, sealEnvelope } from './message-origin.js'
import { connackReason, Mqtt5Refusal, reasons } from './mqtt5-reasons.js'
import { Mqtt5Subscriptions, type Outgoing, type StoredMessage } from './mqtt5-subscriptions.js'

const v5 = { protocolVersion: 5 }

/**
 * Lets an MQTT 5 client talk to a broker that speaks 3.1.1 only: translates packets both ways and keeps what 3.1.1
 * has no place for (properties, no local, retain as published, retain handling) beside it. Sessions end with their
 * connection, as for every client of the embedded broker; topic aliases, subscription identifiers and shared
 * subscriptions are declined in the CONNACK.
 */
export class Mqtt5Translator {
  readonly #fromClient: Parser = parser()
  readonly #fromBroker: Parser = parser()
  #maxPacketBytes: number
  readonly #maxKeepAliveS: number
  readonly #subscriptions = new Mqtt5Subscriptions()
  readonly #subscribing = new Map<number, readonly string[]>()
  readonly #unsubscribing = new Map<number, readonly string[]>()
  #toBroker: Buffer[] = []
  #toClient: Buffer[] = []
  #failure: unknown
  #clientId = ''
  #clientMaxPacketBytes = Number.POSITIVE_INFINITY
  #connack: { assigned: string | undefined; keepAliveS: number | undefined } = {
    assigned: undefined,
    keepAliveS: undefined,
  }
  #accepted = false
  #left = false

  constructor(limits: { maxPacketBytes: number; maxKeepAliveS: number }) {
    this.#maxPacketBytes = limits.maxPacketBytes
    this.#maxKeepAliveS = limits.maxKeepAliveS
    this.#fromClient.on('packet', (packet) => this.#receive(packet))
    this.#fromBroker.on('packet', (packet) => this.#answer(packet))
    this.#fromClient.on('error', (error) => {
      this.#failure ??= error
    })
    this.#fromBroker.on('error', (error) => {
      this.#failure ??= error
    })
  }

  /** For the box, whose pictures may be larger than what a client may send. */
  allowAnySize(): void {
    this.#maxPacketBytes = Number.POSITIVE_INFINITY
  }

  /** Bytes from the client as bytes for the broker. Throws {@link Mqtt5Refusal} and codec errors. */
  inbound(chunk: Buffer): Buffer {
    this.#fromClient.parse(chunk)
    if (this.#failure !== undefined) throw this.#failure
    const bytes = Buffer.concat(this.#toBroker)
    this.#toBroker = []
    return bytes
  }

  /** Bytes from the broker as bytes for the client. */
  outbound(chunk: Buffer): Buffer {
    this.#fromBroker.parse(chunk)
    if (this.#failure !== undefined) throw this.#failure
    const bytes = Buffer.concat(this.#toClient)
    this.#toClient = []
    return bytes
  }

  /** What the client is told when the broker closes the connection, if there is anything left to tell. */
  farewell(reason: number): Buffer | undefined {
    if (this.#left) return undefined
    if (this.#accepted) return generate({ cmd: 'disconnect', reasonCode: reason }, v5)
    if (this.#clientId === '') return undefined
    return generate({ cmd: 'connack', sessionPresent: false, reasonCode: reason }, v5)
  }

  /**
   * What of a message goes to this client: a payload that {@link outbound} takes apart again, or undefined when its
   * subscription options or its packet size keep it away.
   */
  forward(message: StoredMessage, origin: MessageOrigin | undefined): Buffer | undefined {
    const outgoing = this.#subscriptions.outgoing(message, origin, this.#clientId)
    if (outgoing === undefined) return undefined
    const envelope = sealEnvelope(outgoing, message.payload)
    const size = envelope.byteLength + Buffer.byteLength(message.topic) + 9
    return size > this.#clientMaxPacketBytes ? undefined : envelope
  }

  #receive(packet: Packet): void {
    if (this.#failure !== undefined) return
    try {
      const translated = this.#translate(packet)
      if (translated !== undefined) this.#toBroker.push(generate(translated))
    } catch (error) {
      this.#failure = error
    }
  }

  #translate(packet: Packet): Packet | undefined {
    switch (packet.cmd) {
      case 'connect':
        return this.#connect(packet)
      case 'publish':
        return published(packet)
      case 'subscribe':
        return this.#subscribe(packet)
      case 'unsubscribe':
        this.#unsubscribing.set(packet.messageId ?? 0, packet.unsubscriptions)
        return withId({ cmd: 'unsubscribe', unsubscriptions: packet.unsubscriptions }, packet.messageId)
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        return withId({ cmd: packet.cmd }, packet.messageId)
      case 'pingreq':
        return { cmd: 'pingreq' }
      case 'disconnect':
        this.#left = true
        // 0x04 asks for the will to be published: the broker then sees the connection end without a DISCONNECT
        return packet.reasonCode === 0x04 ? undefined : { cmd: 'disconnect' }
      default:
        throw new Mqtt5Refusal(reasons.protocolError)
    }
  }

  #connect(packet: IConnectPacket): Packet {
    const assigned = packet.clientId === '' ? `assigned-${randomUUID()}` : undefined
    this.#clientId = assigned ?? packet.clientId
    this.#clientMaxPacketBytes = packet.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY
    if (packet.properties?.authenticationMethod !== undefined) {
      throw new Mqtt5Refusal(reasons.badAuthenticationMethod)
    }
    if (packet.password !== undefined && packet.username === undefined) {
      throw new Mqtt5Refusal(reasons.badUserNameOrPassword)
    }
    const asked = packet.keepalive ?? 0
    const keepalive = asked === 0 || asked > this.#maxKeepAliveS ? this.#maxKeepAliveS : asked
    this.#connack = { assigned, keepAliveS: keepalive === asked ? undefined : keepalive }
    const { will } = packet
    return {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: this.#clientId,
      keepalive,
      ...(packet.username === undefined ? {} : { username: packet.username }),
      ...(packet.password === undefined ? {} : { password: packet.password }),
      ...(will === undefined
        ? {}
        : {
            will: {
              topic: will.topic,
              qos: will.qos ?? 0,
              retain: will.retain ?? false,
              payload: sealEnvelope(withoutDelay(will.properties), will.payload),
            },
          }),
    }
  }

  #subscribe(packet: ISubscribePacket): Packet {
    if (packet.properties?.subscriptionIdentifier !== undefined) {
      throw new Mqtt5Refusal(reasons.subscriptionIdentifiersNotSupported)
    }
    for (const subscription of packet.subscriptions) this.#subscriptions.add(subscription)
    this.#subscribing.set(
      packet.messageId ?? 0,
      packet.subscriptions.map(({ topic }) => topic),
    )
    const subscriptions = packet.subscriptions.map(({ topic, qos }) => ({ topic, qos }))
    return withId({ cmd: 'subscribe', subscriptions }, packet.messageId)
  }

  #answer(packet: Packet): void {
    const translated = this.#translateAnswer(packet)
    if (translated !== undefined) this.#toClient.push(generate(translated, v5))
  }

  #translateAnswer(packet: Packet): Packet | undefined {
    switch (packet.cmd) {
      case 'connack':
        return this.#connackFor(packet.returnCode ?? 0)
      case 'publish': {
        const { attachment, payload } = openEnvelope<Outgoing>(packet.payload as Buffer)
        const { retain, properties } = attachment
        return withId(
          {
            cmd: 'publish',
            topic: packet.topic,
            qos: packet.qos,
            dup: packet.dup,
            retain,
            payload,
            properties,
          },
          packet.messageId,
        )
      }
      case 'suback': {
        const filters = this.#subscribing.get(packet.messageId ?? 0) ?? []
        this.#subscribing.delete(packet.messageId ?? 0)
        const granted = (packet.granted as number[]).map((qos, index) => {
          if (qos !== 0x80) return qos
          const filter = filters[index] ?? ''
          this.#subscriptions.delete(filter)
          return filter.startsWith('$share/')
            ? reasons.sharedSubscriptionsNotSupported
            : reasons.notAuthorized
        })
        return withId({ cmd: 'suback', granted }, packet.messageId)
      }
      case 'unsuback': {
        const filters = this.#unsubscribing.get(packet.messageId ?? 0) ?? []
        this.#unsubscribing.delete(packet.messageId ?? 0)
        const granted = filters.map((filter) =>
          this.#subscriptions.delete(filter) ? reasons.success : reasons.noSubscriptionExisted,
        )
        return withId({ cmd: 'unsuback', granted }, packet.messageId)
      }
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        return withId({ cmd: packet.cmd, reasonCode: reasons.success }, packet.messageId)
      case 'pingresp':
        return { cmd: 'pingresp' }
      default:
        return undefined
    }
  }

  #connackFor(returnCode: number): Packet {
    if (returnCode !== 0) {
      this.#left = true
      return {
        cmd: 'connack',
        sessionPresent: false,
        reasonCode: connackReason(returnCode),
      }
    }
    this.#accepted = true
    const { assigned, keepAliveS } = this.#connack
    return {
      cmd: 'connack',
      sessionPresent: false,
      reasonCode: reasons.success,
      properties: {
        sessionExpiryInterval: 0,
        ...(Number.isFinite(this.#maxPacketBytes) ? { maximumPacketSize: this.#maxPacketBytes } : {}),
        sharedSubscriptionAvailable: false,
        subscriptionIdentifiersAvailable: false,
        ...(assigned === undefined ? {} : { assignedClientIdentifier: assigned }),
        ...(keepAliveS === undefined ? {} : { serverKeepAlive: keepAliveS }),
      },
    }
  }
}

const published = (packet: IPublishPacket): Packet => {
  const { topicAlias, subscriptionIdentifier, ...properties } = packet.properties ?? {}
  if (topicAlias !== undefined) throw new Mqtt5Refusal(reasons.topicAliasInvalid)
  if (subscriptionIdentifier !== undefined) throw new Mqtt5Refusal(reasons.protocolError)
  return withId(
    {
      cmd: 'publish',
      topic: packet.topic,
      qos: packet.qos,
      dup: packet.dup,
      retain: packet.retain,
      payload: sealEnvelope(properties, packet.payload),
    },
    packet.messageId,
  )
}

/** A session that ends with its connection sends its will at once, so a delay has no meaning. */
const withoutDelay = (properties: NonNullable<IConnectPacket['will']>['properties']): PublishProperties => {
  const { willDelayInterval: _, ...rest } = properties ?? {}
  return rest
}

const withId = <P extends Packet>(packet: P, messageId: number | undefined): P =>
  messageId === undefined ? packet : { ...packet, messageId }
