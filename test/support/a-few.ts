import type { ExecutionContext, ImplementationFn } from 'ava'

/**
 * Lets the tests of a file run at once, but only so many: each starts processes of its own, and most of its time is
 * spent waiting. Wrap each body with what this gives.
 */
export const aFewAtOnce = (most: number): ((body: ImplementationFn<[]>) => ImplementationFn<[]>) => {
  const waiting: (() => void)[] = []
  let running = 0
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
  return (body) => async (t: ExecutionContext) => {
    if (running < most) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    t.teardown(leave)
    await body(t)
  }
}
