import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { HttpServer, type HttpServerOptions } from '../../services/http/server.js'
import { FakeBox } from './fake-box.js'
import { never } from './mqtt.js'
import type { Teardown } from './teardown.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A started server, and a client of it that tidies nothing. */
export const httpServer = async (t: Teardown, options: Partial<HttpServerOptions> = {}) => {
  const box = new FakeBox()
  const server = new HttpServer({
    port: 0,
    box,
    name: 'tripod',
    health: () => ({ ok: true, reasons: [] }),
    ...options,
  })
  await server.start(never())
  t.teardown(() => server.stop())
  const { port = 0 } = server.address() ?? {}
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET', host = '127.0.0.1') =>
    new Promise<Answer>((resolve, reject) => {
      const request = httpRequest({ host, port, path, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
      })
      request.on('error', reject)
      request.end()
    })
  return { server, box, port, get }
}

/** What the server answers to these bytes, whatever they are. */
export const rawAnswer = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.write(bytes)
  })

/** The `kind` of an error answer. */
export const errorKind = ({ body }: Answer): unknown => JSON.parse(body.toString()).error.kind
