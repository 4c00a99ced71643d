import type { Box, NoticeEvent } from '../../firmware/pusher/events.js'
import type { BrokerAddress, BrokerErrorKind } from './broker-address.js'
import { type ClaimTimes, claimTimes } from './name-claim.js'
import type { OutboxStatus } from './outbox.js'

export interface MqttBoxOptions {
  readonly box: Box
  readonly prefix: string
  /** name of the box: the level after the prefix */
  readonly name: string
  readonly broker: BrokerAddress
  /** default 5; a broker that refuses 5 is spoken to in 4 (3.1.1) */
  readonly protocolVersion?: 4 | 5
  /**
   * Whether to make sure that no other box lives under the name; default true. False on the embedded broker, where
   * nobody else can.
   */
  readonly claim?: boolean
  readonly times?: Partial<MqttBoxTimes>
}

/** All in ms. */
export interface MqttBoxTimes extends ClaimTimes {
  readonly connectMs: number
  readonly minRetryMs: number
  readonly maxRetryMs: number
  readonly conflictRetryMs: number
  /** away longer than this, the name is claimed anew */
  readonly awayMs: number
  readonly requestMs: number
  readonly repeatMs: number
}

export interface MqttBoxEvents {
  connected: { readonly broker: string; readonly protocolVersion: 4 | 5 }
  /** once per outage and kind, also when the first connection fails */
  disconnected: { readonly broker: string; readonly kind: BrokerErrorKind; readonly message: string }
  /** another box answers under this name: nothing is published and nothing is obeyed until it is gone */
  conflict: { readonly broker: string; readonly base: string }
  /** what this service has to tell; it is published as `…/event/notice` too */
  notice: NoticeEvent
}

export interface MqttBoxStatus extends OutboxStatus {
  readonly state: 'stopped' | 'connecting' | 'connected' | 'waiting' | 'conflict'
  /** scheme, host and port */
  readonly broker: string
  /** of the connection, or of the last one */
  readonly protocolVersion: 4 | 5
  /** why there is no connection */
  readonly problem: { readonly kind: BrokerErrorKind | 'name-taken'; readonly message: string } | undefined
}

export const defaultTimes: MqttBoxTimes = {
  ...claimTimes,
  connectMs: 10_000,
  minRetryMs: 1000,
  maxRetryMs: 30_000,
  conflictRetryMs: 30_000,
  awayMs: 10_000,
  requestMs: 9500,
  repeatMs: 60_000,
}
