/** The parts of node-media-server 4.4 that we use; the package ships no types. */
declare module 'node-media-server' {
  import type { Server as HttpServer } from 'node:http'
  import type { Server as TcpServer } from 'node:net'

  interface Config {
    bind: string
    rtmp: { port: number }
    http: { port: number }
    store: { path: string; maxHistory: number }
    webadmin: { enable: boolean }
  }

  class NodeMediaServer {
    /** Keeps the object itself: a port that is changed before `run()` is the one that is used. */
    constructor(config: Config)
    readonly rtmpServer: { readonly tcpServer: TcpServer }
    readonly httpServer: { readonly httpServer: HttpServer }
    run(): Promise<void>
  }
  export = NodeMediaServer
}

declare module 'node-media-server/src/core/context.js' {
  import type { ServerResponse } from 'node:http'
  import type { Socket } from 'node:net'

  /** An RTMP session has a socket, an HTTP-FLV session has a response. */
  interface Session {
    readonly socket?: Socket
    readonly res?: ServerResponse
  }
  const context: { readonly sessions: ReadonlyMap<string, Session> }
  export = context
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { level: 'trace' | 'debug' | 'info' | 'warn' | 'error' }
  export = logger
}
