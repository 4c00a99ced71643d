declare module 'johnny-five' {
  import type { EventEmitter } from 'node:events'

  /** The parts that are used here. */
  interface Io {
    readonly transport?: {
      readonly isOpen?: boolean
      close(done: (error?: Error | null) => void): void
      on(event: 'error' | 'close', listener: (error?: Error) => void): void
    }
  }

  class Board extends EventEmitter {
    constructor(options: {
      port: string
      repl: boolean
      debug: boolean
      sigint: boolean
      /** ms to wait for the firmware */
      timeout: number
    })
    readonly io: Io | null
  }

  class Button extends EventEmitter {
    constructor(options: { pin: number | string; board: Board; isPullup?: boolean; invert?: boolean })
    readonly isDown: boolean
  }

  class Led {
    constructor(options: { pin: number | string; board: Board })
    on(): this
    off(): this
  }

  const five: { readonly Board: typeof Board; readonly Button: typeof Button; readonly Led: typeof Led }
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS
  export default five
  export type { Board, Button, Led }
}
