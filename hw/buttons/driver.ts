/** What a driver of buttons is; it knows levels, and nothing of gestures. */

export interface ButtonReports {
  /** @param atMs when, on the clock of performance.now() */
  level(button: string, down: boolean, atMs: number): void
  /** The buttons are gone (a panel was unplugged): the driver is stopped, and started again later. */
  lost(error: unknown): void
}

export interface ButtonDriver {
  /** what it is, for people */
  readonly title: string
  /**
   * Takes the buttons and reports the level of each; from then on every change. @throws LineError, or whatever
   * keeps it from working
   */
  start(reports: ButtonReports): Promise<void>
  /** Reports what is waiting, then the level of each button as it is now. @throws when they can't be read */
  refresh(): void
  /** Idempotent; reports nothing after it. Also after a start that failed. */
  stop(): Promise<void>
}

/** A button and where it is. */
export interface ButtonAt<Where> {
  readonly button: string
  readonly at: Where
}
