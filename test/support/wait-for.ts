const pollMs = 20
/** The virtual machine is emulated, and slower by that. */
export const patience = process.env.LIVE_PUSHER_VM === '1' ? 6 : 1

export interface WaitOptions {
  /** what is awaited, as the end of "timed out after 500 ms waiting for …" */
  readonly what: string
  readonly timeoutMs?: number
}

/**
 * Polls until `ask` gives something other than `undefined`, `null` or `false`, and resolves with it.
 * Rejects after the deadline (10 s) with what was awaited and the last error that `ask` threw, if any.
 */
export const waitFor = async <Value>(
  ask: () => Value | Promise<Value>,
  { what, timeoutMs: usualMs = 10_000 }: WaitOptions,
): Promise<Exclude<Awaited<Value>, undefined | null | false>> => {
  const timeoutMs = usualMs * patience
  const start = performance.now()
  let lastError: unknown
  while (performance.now() - start < timeoutMs) {
    try {
      const leftMs = timeoutMs - (performance.now() - start)
      const value = await withDeadline(Promise.resolve(ask()), { what, timeoutMs: leftMs / patience })
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<Awaited<Value>, undefined | null | false>
      }
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw timedOut({ what, timeoutMs }, lastError)
}

/** The promise's own outcome, or a rejection that names what was awaited once the deadline (10 s) is over. */
export const withDeadline = async <Value>(
  promise: Promise<Value>,
  { what, timeoutMs: usualMs = 10_000 }: WaitOptions,
): Promise<Value> => {
  const timeoutMs = usualMs * patience
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut({ what, timeoutMs })), timeoutMs)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

const timedOut = ({ what, timeoutMs }: Required<WaitOptions>, cause?: unknown): Error =>
  new Error(
    `timed out after ${Math.round(timeoutMs)} ms waiting for ${what}`,
    cause === undefined ? {} : { cause },
  )
