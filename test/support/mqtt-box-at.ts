import { createServer, type Socket } from 'node:net'
import type { BrokerAddress } from '../../services/mqtt/broker-address.js'
import { MqttBox } from '../../services/mqtt/mqtt-box.js'
import type { MqttBoxEvents, MqttBoxTimes } from '../../services/mqtt/mqtt-box-options.js'
import { FakeBox } from './fake-box.js'
import { never } from './mqtt.js'
import { listenOnLoopback } from './ports.js'
import type { Teardown } from './teardown.js'

/** A box on whatever listens at the address; starts it, does not wait for a connection. */
export const boxAt = async (
  t: Teardown,
  broker: BrokerAddress,
  times: Partial<MqttBoxTimes> = {},
  protocolVersion?: 4 | 5,
) => {
  const box = new FakeBox()
  const mqttBox = new MqttBox({
    box,
    prefix: 'live-pusher',
    name: 'tripod',
    broker,
    claim: false,
    times: { minRetryMs: 20, maxRetryMs: 60, ...times },
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
  })
  const disconnections: MqttBoxEvents['disconnected'][] = []
  const connections: MqttBoxEvents['connected'][] = []
  mqttBox.on('disconnected', (event) => disconnections.push(event))
  mqttBox.on('connected', (event) => connections.push(event))
  await mqttBox.start(never())
  t.teardown(() => mqttBox.stop())
  return { box, mqttBox, disconnections, connections }
}

/** A TCP server of the test's own in place of a broker. */
export const serve = async (t: Teardown, onConnection: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  const port = await listenOnLoopback(server)
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `mqtt://127.0.0.1:${port}`
}
