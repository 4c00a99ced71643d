import { createServer } from 'node:net'
import type { IClientOptions } from 'mqtt'
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../services/mqtt/embedded-broker.js'
import { connectListener, type Listener, never } from './mqtt.js'
import { listenOnLoopback } from './ports.js'
import type { Teardown } from './teardown.js'
import { withDeadline } from './wait-for.js'

export const base = 'live-pusher/tripod'

/** A started broker, and connections to it as the box or as anybody. */
export const embeddedBroker = async (t: Teardown, options: Partial<EmbeddedBrokerOptions> = {}) => {
  const broker = new EmbeddedBroker({ prefix: 'live-pusher', box: 'tripod', port: 0, ...options })
  await broker.start(never())
  t.teardown(() => broker.stop())
  const { url, username, password } = broker.boxConnection()
  const connect = async (version: 4 | 5, more: IClientOptions = {}): Promise<Listener> => {
    const listener = await connectListener(url, version, more)
    t.teardown(() => listener.client.endAsync(true))
    return listener
  }
  return { broker, url, connect, asBox: (version: 4 | 5) => connect(version, { username, password }) }
}

/** Resolves when the connection is closed, with the reason of an MQTT 5 broker. */
export const closed = async (listener: Listener): Promise<number | undefined> => {
  let reason: number | undefined
  listener.client.on('disconnect', ({ reasonCode }) => {
    reason = reasonCode
  })
  const gone = new Promise<void>((resolve) => listener.client.once('close', () => resolve()))
  if (listener.client.connected) await withDeadline(gone, { what: 'the close' })
  return reason
}

/** A port whose connections reach the broker as if they came from `remoteAddress`. */
export const forwardTo = async (
  t: Teardown,
  broker: EmbeddedBroker,
  remoteAddress: string,
): Promise<number> => {
  const server = createServer((socket) => broker.accept(socket, remoteAddress))
  t.teardown(() => server.close())
  return listenOnLoopback(server)
}
