/** Milliseconds of CLOCK_MONOTONIC: the same clock in every process of this machine, never set back. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** What to add to this process's `performance.now()` to get {@link monotonicMs}. */
export const monotonicOffsetMs: number = monotonicMs() - performance.now()

/** A measured window has a length: this is the one kind of wait that is not for an event. */
export const pass = (ms: number): Promise<void> =>
  ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()
