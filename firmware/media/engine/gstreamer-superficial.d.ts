/** The binding ships no types: this is what its 1.7.4 really offers (see ../../../docs/architecture.md). */
declare module 'gstreamer-superficial' {
  export interface BusMessage {
    readonly type: string
    readonly _src_element_name: string
    /** path of the failing element, errors only */
    readonly name?: string
    readonly message?: string
    readonly debug?: string
    readonly [field: string]: unknown
  }

  /** A GStreamer element; its properties are accessors. Unknown properties are ignored silently. */
  export interface Element {
    [property: string]: unknown
  }

  export interface AppSink extends Element {
    /** null: end of stream, stopped, or not yet in PAUSED */
    pull(callback: (buffer: Buffer | null, caps: Record<string, unknown>) => void): void
  }

  export interface AppSrc extends Element {
    /** pts: 8 bytes, big endian, nanoseconds of running time */
    push(buffer: Uint8Array, pts?: Uint8Array): void
  }

  export class Pipeline {
    constructor(launch: string)
    'auto-flush-bus': boolean
    play(): void
    pause(): void
    stop(): void
    /** whole seconds, GstSeekFlags; false when refused */
    seek(seconds: number, flags: number): boolean
    queryDuration(): number
    findChild(name: string): Element | undefined
    /** Sends the event upstream from the sink pad of `name`: name the element behind the encoder. */
    forceKeyUnit(name: string, count: number): void
    setPad(element: string, property: string, pad: string): void
    /** Every source of the pipeline ends, before what it still holds. */
    sendEOS(): void
    pollBus(callback: (message: BusMessage) => void): void
  }
}
