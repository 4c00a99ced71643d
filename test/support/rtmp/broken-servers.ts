import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { listenOnLoopback, loopback, refusingPort } from '../ports.js'
import type { Teardown } from '../teardown.js'
import { tempDir } from '../temp-dir.js'
import { type RtmpIngest, startRtmpIngest } from './ingest.js'

/** Small enough that a client feels within a fraction of a second that nobody reads. */
const smallBufferBytes = 32_768

/** A server that never comes as far as a session. */
export interface BrokenServer {
  readonly port: number
  url(stream?: string): string
  /** TCP connections ever accepted */
  connections(): number
}

const startRawServer = async (t: Teardown, onConnection: (socket: Socket) => void): Promise<BrokenServer> => {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer((socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  const port = await listenOnLoopback(server)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, url: rtmpUrl(port), connections: () => accepted }
}

const rtmpUrl =
  (port: number) =>
  (stream = 'camera'): string =>
    `rtmp://${loopback}:${port}/live/${stream}`

/** Nobody listens: every connection is refused. */
export const startRefusing = async (t: Teardown): Promise<BrokenServer> => {
  const port = await refusingPort(t)
  return { port, url: rtmpUrl(port), connections: () => 0 }
}

/** Accepts, reads and never says a word. */
export const startSilent = (t: Teardown): Promise<BrokenServer> =>
  startRawServer(t, (socket) => {
    socket.resume()
  })

/** Answers the handshake with random bytes, as many as a real answer has, and goes on listening. */
export const startGarbage = (t: Teardown): Promise<BrokenServer> =>
  startRawServer(t, (socket) => {
    socket.once('data', () => socket.write(randomBytes(1 + 2 * 1536)))
  })

/** A real server up to the publish command, which it refuses with NetStream.Publish.BadName. */
export const startRejectingPublish = (t: Teardown): Promise<RtmpIngest> =>
  startRtmpIngest(t, { accept: () => false })

/** Closes the connection (FIN) so many bytes after publish was accepted. */
export const startClosing = (t: Teardown, afterBytes: number): Promise<RtmpIngest> =>
  startRtmpIngest(t, { atBytes: { bytes: afterBytes, act: (socket) => socket.destroySoon() } })

/** Resets the connection (RST) so many bytes after publish was accepted. */
export const startResetting = (t: Teardown, afterBytes: number): Promise<RtmpIngest> =>
  startRtmpIngest(t, { atBytes: { bytes: afterBytes, act: (socket) => socket.resetAndDestroy() } })

/** Keeps the connection but reads nothing any more so many bytes after publish was accepted. */
export const startNotReading = (t: Teardown, afterBytes: number): Promise<RtmpIngest> =>
  startRtmpIngest(t, {
    receiveBufferBytes: smallBufferBytes,
    atBytes: { bytes: afterBytes, act: (socket) => socket.pause() },
  })

/** Reads everything, but not faster than this; `setReadKbps` changes it while it runs. */
export const startSlow = (t: Teardown, kbps: number): Promise<RtmpIngest> =>
  startRtmpIngest(t, { receiveBufferBytes: smallBufferBytes, readKbps: kbps })

/** RTMPS with a certificate that nobody signed; a client that checks never reaches a session. */
export const startWrongTls = async (t: Teardown): Promise<RtmpIngest> => {
  const folder = await tempDir(t)
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=nobody.invalid', '-days', '2']
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', key, '-out', cert]
  await promisify(execFile)('openssl', ['req', '-x509', ...algorithm, ...subject, ...files], {
    timeout: 10_000,
  })
  return startRtmpIngest(t, { tls: { key: await readFile(key), cert: await readFile(cert) } })
}
