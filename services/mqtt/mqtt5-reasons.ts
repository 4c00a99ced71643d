import { PacketTooLargeError } from './packet-meter.js'

/** Reason codes of MQTT 5 that the embedded broker uses. */
export const reasons = {
  success: 0x00,
  noSubscriptionExisted: 0x11,
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  badAuthenticationMethod: 0x8c,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  shuttingDown: 0x8b,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  sharedSubscriptionsNotSupported: 0x9e,
  subscriptionIdentifiersNotSupported: 0xa1,
} as const

/** The client did something that MQTT 5 answers with a DISCONNECT (or CONNACK) of this reason. */
export class Mqtt5Refusal extends Error {
  readonly kind = 'mqtt5-refusal'
  readonly reason: number

  constructor(reason: number) {
    super(`refused with MQTT 5 reason 0x${reason.toString(16)}`)
    this.name = 'Mqtt5Refusal'
    this.reason = reason
  }
}

/** CONNACK return codes of 3.1.1 as reasons of MQTT 5. */
const connackReasons = [
  reasons.success,
  0x84,
  0x85,
  0x88,
  reasons.badUserNameOrPassword,
  reasons.notAuthorized,
]

/** The MQTT 5 reason for a CONNACK return code of 3.1.1. */
export const connackReason = (returnCode: number): number => connackReasons[returnCode] ?? reasons.unspecified

/** Why a connection was closed, as MQTT 5 says it. */
export const closingReason = (error: Error | null): number => {
  if (error instanceof Mqtt5Refusal) return error.reason
  if (error instanceof PacketTooLargeError) return reasons.packetTooLarge
  if (error === null) return reasons.sessionTakenOver
  return error.message === 'keep alive timeout' ? reasons.keepAliveTimeout : reasons.malformedPacket
}
