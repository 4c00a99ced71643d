/** One light that is on or off; patterns are made of that. */
export interface Lamp {
  /** what it is, for people */
  readonly title: string
  /** Takes it and switches it off, whatever it was before. @throws LineError, or whatever keeps it from working */
  start(onLost: (error: unknown) => void): Promise<void>
  /** @throws as start */
  set(on: boolean): Promise<void> | void
  /** Off at once, in a process that is ending: nothing asynchronous is finished any more. Never throws. */
  offNow(): void
  /** Off, and let go of. Idempotent; also after a start that failed. */
  stop(): Promise<void>
}
