import { deserialize, serialize } from 'node:v8'
import type { IPublishPacket } from 'mqtt-packet'

export type PublishProperties = NonNullable<IPublishPacket['properties']>

/** What MQTT 5 knows about a message and the 3.1.1 broker in the middle does not carry. */
export interface MessageOrigin {
  /** the publisher's client id */
  readonly clientId: string
  /** the retain flag as it was published */
  readonly retain: boolean
  readonly properties: PublishProperties | undefined
  /** ms since the epoch after which nobody gets it any more; Infinity without an expiry */
  readonly expiresAt: number
}

/**
 * A payload with something in front of it: how MQTT 5 properties pass through the 3.1.1 codec, between a client's
 * translator and the broker of the same process. Nobody outside ever sees one.
 */
export const sealEnvelope = (attachment: object, payload: Uint8Array | string): Buffer => {
  const attached = serialize(attachment)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(attached.byteLength)
  return Buffer.concat([length, attached, typeof payload === 'string' ? Buffer.from(payload) : payload])
}

/** The two parts of {@link sealEnvelope}; the payload is a view, not a copy. */
export const openEnvelope = <T>(envelope: Buffer): { readonly attachment: T; readonly payload: Buffer } => {
  const end = 4 + envelope.readUInt32BE(0)
  return { attachment: deserialize(envelope.subarray(4, end)) as T, payload: envelope.subarray(end) }
}
