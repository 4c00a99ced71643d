declare module 'johnny-five' {
  import type { EventEmitter } from 'node:events'

  /** The parts that are used here. */
  interface Io {
    /** by the firmware's numbers */
    readonly pins?: readonly unknown[]
    /** numbers of the pins A0, A1 … */
    readonly analogPins?: readonly number[]
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
    readonly MODES: { readonly INPUT: number; readonly PULLUP: number }
    pinMode(pin: number, mode: number): this
    /** Calls back with the first value and every change. */
    digitalRead(pin: number, changed: (value: 0 | 1) => void): this
  }

  class Led {
    constructor(options: { pin: number | string; board: Board })
    on(): this
    off(): this
  }

  const five: { readonly Board: typeof Board; readonly Led: typeof Led }
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS
  export default five
  export type { Board, Led }
}
