import { timingSafeEqual } from 'node:crypto'
import type { Gate } from '../gate.js'
import { isLoopback } from '../loopback.js'
import type { Topics } from './contract.js'

/** Who a client of the embedded broker is: the daemon itself, somebody who may command it, or somebody who watches. */
export type Role = 'box' | 'owner' | 'viewer'

/** What a client shows when it connects. */
export interface Credentials {
  readonly remoteAddress: string | undefined
  readonly username: string | undefined
  readonly password: Uint8Array | undefined
}

/** Decides who a client is; `undefined` refuses it. */
export type Authenticate = (who: Credentials) => Role | undefined

/** Loopback clients that show no credentials are owners, everybody else is refused. */
export const loopbackOwners: Authenticate = ({ remoteAddress, username, password }) =>
  isLoopback(remoteAddress) && username === undefined && password === undefined ? 'owner' : undefined

/** That, and everybody who shows a token as the password: its role counts, whatever the user name says. */
export const behindGate =
  (gate: Gate): Authenticate =>
  (who) => {
    if (who.password === undefined) return loopbackOwners(who)
    const verdict = gate.judge(who.remoteAddress ?? '', Buffer.from(who.password).toString())
    return verdict.kind === 'known' ? verdict.role : undefined
  }

/** Compares in constant time. */
export const sameSecret = (given: Uint8Array | undefined, expected: Uint8Array): boolean =>
  given !== undefined && given.byteLength === expected.byteLength && timingSafeEqual(given, expected)

/** Whether a topic is one that a request to the box goes to. */
export const isRequestTopic = (topics: Topics, topic: string): boolean =>
  topic === topics.attributesSet || topic.startsWith(topics.commandPrefix)

const isOwn = (topics: Topics, topic: string): boolean =>
  topic === topics.base || topic.startsWith(`${topics.base}/`)

/**
 * Nobody publishes to `$…`, only the box publishes below its base topic, an owner sends requests and uses topics
 * that are not ours, a viewer publishes nothing.
 */
export const mayPublish = (role: Role, topics: Topics, topic: string): boolean => {
  if (topic.startsWith('$')) return false
  switch (role) {
    case 'box':
      return true
    case 'owner':
      return !isOwn(topics, topic) || isRequestTopic(topics, topic)
    case 'viewer':
      return false
  }
}

/** Shared subscriptions do not exist here; the broker's own `$` topics name other clients, which is no viewer's business. */
export const maySubscribe = (role: Role, filter: string): boolean =>
  !filter.startsWith('$share/') && (role !== 'viewer' || !filter.startsWith('$'))
