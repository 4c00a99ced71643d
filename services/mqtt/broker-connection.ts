import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { late, within } from '../deadline.js'
import {
  type BrokerAddress,
  BrokerError,
  brokerErrorOf,
  parseBrokerUrl,
  reasonCodeOf,
} from './broker-address.js'
import type { IncomingMessage, Message } from './contract.js'

export interface ConnectionOptions {
  readonly clientId: string
  readonly protocolVersion: 4 | 5
  readonly will?: Message
  readonly keepaliveS: number
  /** until the CONNACK */
  readonly connectMs: number
}

/** One connection to a broker, from its CONNACK to its end. It is never used again after that. */
export class BrokerConnection {
  readonly protocolVersion: 4 | 5
  /** resolves when the connection is gone, with what ended it */
  readonly closed: Promise<BrokerError>
  readonly #client: MqttClient

  private constructor(client: MqttClient, protocolVersion: 4 | 5) {
    this.#client = client
    this.protocolVersion = protocolVersion
    this.closed = new Promise((resolve) => {
      let cause: Error | undefined
      client.on('error', (error) => {
        cause ??= error
      })
      client.on('disconnect', ({ reasonCode }) => {
        cause ??= new Error(`the broker disconnected us with reason ${reasonCode ?? 0}`)
      })
      client.once('close', () => {
        // settles the callbacks of what is still on its way
        client.end(true)
        resolve(new BrokerError('broker-closed', cause))
      })
    })
  }

  /** Connects. Rejects with a {@link BrokerError} or the signal's reason. */
  static async open(
    address: BrokerAddress,
    options: ConnectionOptions,
    signal: AbortSignal,
  ): Promise<BrokerConnection> {
    signal.throwIfAborted()
    const client = connect(clientOptions(address, options))
    return new Promise((resolve, reject) => {
      let cause: unknown
      const onError = (error: Error) => {
        cause ??= error
        fail(brokerErrorOf(error))
      }
      const onClose = () => fail(new BrokerError('broker-hung-up', cause))
      const onAbort = () => fail(signal.reason)
      const onConnect = () => {
        settle()
        resolve(new BrokerConnection(client, options.protocolVersion))
      }
      const fail = (reason: unknown) => {
        settle()
        client.on('error', () => undefined)
        client.end(true)
        reject(reason)
      }
      const settle = () => {
        client.off('error', onError)
        client.off('close', onClose)
        client.off('connect', onConnect)
        signal.removeEventListener('abort', onAbort)
      }
      client.on('error', onError)
      client.on('close', onClose)
      client.on('connect', onConnect)
      signal.addEventListener('abort', onAbort)
    })
  }

  /** The largest packet that the broker takes, in bytes; Infinity when it did not say. */
  get maxPacketBytes(): number {
    return this.#client.serverProperties?.maximumPacketSize ?? Number.POSITIVE_INFINITY
  }

  /** How many QoS 1 messages the broker takes before it has acknowledged the first. */
  get receiveMaximum(): number {
    return this.#client.serverProperties?.receiveMaximum ?? 65_535
  }

  /**
   * Sends a message. QoS 0: resolves once it is with the kernel; QoS 1: once the broker has it.
   * Rejects with a {@link BrokerError}: `refused` when the broker did not want it, `broker-closed` when the
   * connection ended first.
   */
  async publish(message: Message): Promise<void> {
    const { topic, payload, qos, retain, correlationData, responseTopic } = message
    const bytes =
      typeof payload === 'string'
        ? payload
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    const properties = {
      ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
      ...(responseTopic === undefined ? {} : { responseTopic }),
    }
    return new Promise((resolve, reject) => {
      this.#client.publish(topic, bytes, { qos, retain, properties }, (error) => {
        if (!error) return resolve()
        const reason = reasonCodeOf(error)
        reject(
          reason === undefined
            ? new BrokerError('broker-closed', error)
            : new BrokerError('refused', error, reason),
        )
      })
    })
  }

  /**
   * Subscribes with QoS 1. On MQTT 5 the retain flag arrives as it was published, so that a retained command is
   * recognised even when it comes live. Rejects with a {@link BrokerError}.
   */
  async subscribe(filters: readonly string[], timeoutMs: number): Promise<void> {
    const options = this.protocolVersion === 5 ? { qos: 1 as const, rap: true } : { qos: 1 as const }
    const subscribed = new Promise<void>((resolve, reject) => {
      this.#client.subscribe([...filters], options, (error, _subscriptions, suback) => {
        if (error === null) return resolve()
        const reason = suback?.granted.find((code) => typeof code === 'number' && code >= 0x80)
        reject(
          new BrokerError(suback === undefined ? 'broker-closed' : 'refused', error, Number(reason ?? 0x80)),
        )
      })
    })
    if ((await within(subscribed, timeoutMs)) === late) throw new BrokerError('broker-silent')
  }

  /** Calls back for each message until the returned function is called. */
  onMessage(listener: (message: IncomingMessage) => void): () => void {
    const onMessage = (
      topic: string,
      payload: Buffer,
      packet: { retain: boolean; properties?: { responseTopic?: string; correlationData?: Buffer } },
    ) => {
      const { responseTopic, correlationData } = packet.properties ?? {}
      listener({
        topic,
        payload,
        retain: packet.retain,
        ...(responseTopic === undefined ? {} : { responseTopic }),
        ...(correlationData === undefined ? {} : { correlationData }),
      })
    }
    this.#client.on('message', onMessage)
    return () => {
      this.#client.off('message', onMessage)
    }
  }

  /** Says goodbye (so that the will is not sent) and closes, by force after `timeoutMs`. */
  async end(timeoutMs: number): Promise<void> {
    await within(
      new Promise<void>((resolve) => {
        this.#client.end(false, {}, () => resolve())
      }),
      timeoutMs,
    )
    this.#client.end(true)
    this.#client.stream.destroy()
  }
}

const clientOptions = (address: BrokerAddress, options: ConnectionOptions): IClientOptions => {
  const url = parseBrokerUrl(address.url)
  const secure = url.protocol === 'mqtts:' || url.protocol === 'wss:'
  const username = address.username ?? percentDecoded(url.username)
  const password = address.password ?? percentDecoded(url.password)
  const { ca, cert, key } = address
  return {
    protocol: url.protocol.slice(0, -1) as 'mqtt' | 'mqtts' | 'ws' | 'wss',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(url.protocol.startsWith('ws') ? { path: `${url.pathname}${url.search}` } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(secure
      ? {
          rejectUnauthorized: address.rejectUnauthorized ?? true,
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
        }
      : {}),
    clientId: options.clientId,
    protocolVersion: options.protocolVersion,
    clean: true,
    keepalive: options.keepaliveS,
    connectTimeout: options.connectMs,
    // coming back is the business of MqttBox
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(options.will === undefined
      ? {}
      : {
          will: {
            topic: options.will.topic,
            payload: Buffer.from(options.will.payload),
            qos: options.will.qos,
            retain: options.will.retain,
          },
        }),
  }
}

const percentDecoded = (part: string): string | undefined => {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
