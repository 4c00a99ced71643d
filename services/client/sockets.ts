/** What an MQTT connection runs over: a WebSocket of a browser, of a mini-program, or of the `ws` package. */

export interface SocketEvents {
  open(): void
  bytes(bytes: Uint8Array): void
  /** the last word, once, whether or not it was open */
  closed(reason: string): void
}

export interface Socket {
  send(bytes: Uint8Array): void
  close(): void
}

/** Opens a connection with the subprotocol `mqtt`. Must not call back before it returns. */
export type OpenSocket = (url: string, events: SocketEvents) => Socket

/** The part of the WebSocket standard that is used; `ws` has it too. */
export interface WebSocketLike {
  binaryType: string
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
}

/** Sockets of a browser, of Node.js from 22 on, or of the `ws` package: `webSockets(WebSocket)`. */
export const webSockets =
  (WebSocket: new (url: string, protocols: string[]) => WebSocketLike): OpenSocket =>
  (url, events) => {
    const socket = new WebSocket(url, ['mqtt'])
    socket.binaryType = 'arraybuffer'
    const closed = once(events.closed)
    socket.addEventListener('open', () => events.open())
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) events.bytes(new Uint8Array(data))
    })
    socket.addEventListener('error', () => closed('unreachable'))
    socket.addEventListener('close', () => closed('closed'))
    return { send: (bytes) => socket.send(whole(bytes)), close: () => socket.close() }
  }

/** The part of a mini-program's `SocketTask` that is used. */
export interface WxSocketTask {
  onOpen(listener: () => void): void
  onMessage(listener: (message: { readonly data: unknown }) => void): void
  onClose(listener: (event: { readonly reason?: string }) => void): void
  onError(listener: (event: { readonly errMsg: string }) => void): void
  send(options: {
    readonly data: ArrayBuffer
    readonly fail?: (result: { readonly errMsg: string }) => void
  }): void
  close(options: { readonly code?: number }): void
}

/** The part of a mini-program's `wx` that is used. */
export interface Wx {
  connectSocket(options: {
    readonly url: string
    readonly protocols: readonly string[]
    readonly tcpNoDelay?: boolean
    readonly fail?: (result: { readonly errMsg: string }) => void
  }): WxSocketTask
  downloadFile?(options: {
    readonly url: string
    readonly header?: Readonly<Record<string, string>>
    readonly success: (result: { readonly tempFilePath: string; readonly statusCode: number }) => void
    readonly fail: (result: { readonly errMsg: string }) => void
  }): unknown
}

/** Sockets of a mini-program. */
export const wxSockets =
  (wx: Wx): OpenSocket =>
  (url, events) => {
    const closed = once(events.closed)
    const failed = ({ errMsg }: { readonly errMsg: string }): void => closed(errMsg)
    const task = wx.connectSocket({ url, protocols: ['mqtt'], tcpNoDelay: true, fail: failed })
    task.onOpen(() => events.open())
    task.onMessage(({ data }) => {
      // A text is no MQTT; the runtime's ArrayBuffer may be that of another realm.
      if (typeof data !== 'string') events.bytes(new Uint8Array(data as ArrayBuffer))
    })
    task.onError(failed)
    task.onClose(({ reason }) => closed(reason ?? 'closed'))
    return {
      send: (bytes) => task.send({ data: whole(bytes).buffer, fail: failed }),
      close: () => task.close({ code: 1000 }),
    }
  }

/** A copy without whatever shares its buffer. */
const whole = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

const once = (call: (reason: string) => void): ((reason: string) => void) => {
  let called = false
  return (reason) => {
    if (called) return
    called = true
    call(reason)
  }
}
