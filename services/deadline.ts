/** What {@link within} answers when the time was up first. */
export const late: unique symbol = Symbol('late')

/**
 * The value of `promise`, or {@link late} after `ms` milliseconds. The promise itself is not cancelled; whoever
 * made it still owns it, and a rejection that comes too late is swallowed here.
 */
export const within = async <T>(promise: Promise<T>, ms: number): Promise<T | typeof late> => {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, ms, late)
  })
  try {
    return await Promise.race([promise, timeUp])
  } finally {
    clearTimeout(timer)
    promise.catch(() => undefined)
  }
}
