/**
 * The process that runs node-media-server: forked by LocalRtmpServer with
 * `<folder> <rtmp port> <http port>`, says `{rtmpPort, httpPort}` over IPC when both ports accept, and ends
 * as soon as the parent closes the channel or dies.
 */
import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import NodeMediaServer from 'node-media-server'
import context from 'node-media-server/src/core/context.js'
import logger from 'node-media-server/src/core/logger.js'
import { dropSlowPlayers, readOnlyForLoopback } from './guards.js'

const bind = '127.0.0.1'
/** 6 s of the greatest bitrate there is: no player that keeps up is ever so far behind. */
const slowPlayerBytes = 16_000_000
const slowPlayerCheckMs = 250

/** The preferred port when it can be had, else 0: node-media-server ends the process on a taken port. */
const portOrAny = (preferred: number): Promise<number> =>
  new Promise((resolve) => {
    const trial = createServer()
    trial.once('error', () => resolve(0))
    trial.listen(preferred, bind, () => trial.close(() => resolve(preferred)))
  })

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.once('listening', () => {
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : 0)
    })
  })

const [folder, rtmpPort, httpPort] = process.argv.slice(2)
if (folder === undefined || process.send === undefined) {
  throw new Error('this file is forked by LocalRtmpServer')
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('disconnect', () => process.exit(0))
if (!process.connected) process.exit(0)
// Ctrl-C and systemd's stop reach the whole group; this one ends after its parent has stopped pushing.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)

const config = {
  bind,
  // a listener is made only for a port that is not 0; the real ports are set before run()
  rtmp: { port: 1 },
  http: { port: 1 },
  store: { path: `${folder}/data`, maxHistory: 10 },
  webadmin: { enable: false },
}
const server = new NodeMediaServer(config)
logger.level = 'error'
config.rtmp.port = await portOrAny(Number(rtmpPort))
config.http.port = await portOrAny(Number(httpPort))
readOnlyForLoopback(server.httpServer.httpServer)
const ports = Promise.all([listening(server.rtmpServer.tcpServer), listening(server.httpServer.httpServer)])
await server.run()
setInterval(() => dropSlowPlayers(context.sessions.values(), slowPlayerBytes), slowPlayerCheckMs)
const [rtmp, http] = await ports
process.send({ rtmpPort: rtmp, httpPort: http })
