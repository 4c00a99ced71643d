import type { ExecutionContext } from 'ava'
import type { Reply, RunningBox } from '../../support/box.js'
import { faultsOf, framesOf, longestGap, type MediaMessage } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { arrivedBetween, type Pushing } from './pushing.js'

type Changed = Readonly<
  Record<string, { readonly value: unknown; readonly took: string; readonly note?: string }>
>
/** What a reply says was changed. */
export const changedBy = (reply: Reply): Changed => reply.result?.changed as Changed

/** Sets them and checks that the reply says so, each with what it took. */
export const set = async (
  t: ExecutionContext,
  { box }: Pick<Pushing, 'box'>,
  attributes: Readonly<Record<string, unknown>>,
  took: string,
): Promise<void> => {
  const reply = await box.set(attributes)
  t.true(reply.ok, JSON.stringify(reply))
  t.deepEqual(
    changedBy(reply),
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { value, took }])),
  )
}

/** Resolves when the attributes with these values are published. */
export const publishes = (box: RunningBox, values: Readonly<Record<string, unknown>>): Promise<true> =>
  waitFor(() => Object.entries(values).every(([name, value]) => box.attributes()?.[name] === value), {
    what: `the attributes ${JSON.stringify(values)}`,
  })

/** One RTMP session from the first to the last frame, whose times go on without a jump. */
export const wasOneSession = (t: ExecutionContext, { box, ingest, session }: Pushing): void => {
  t.is(ingest.sessions.length, 1)
  t.is(session.ended, undefined)
  t.is(box.state()?.session, 1)
  t.deepEqual(ingest.protocolErrors, [])
  t.deepEqual(faultsOf(session), [])
  const gaps = (['video', 'audio'] as const).map(
    (kind) => [kind, longestGap(framesOf(session, kind))] as const,
  )
  for (const [kind, { timestampMs, arrivalMs }] of gaps) {
    t.log(`longest gap of ${kind}: ${timestampMs} ms, arriving ${Math.round(arrivalMs)} ms`)
    t.true(timestampMs < 500, `${kind} jumps by ${timestampMs} ms`)
  }
}

/** The first part that lasts so long and is as it must be; the time since the call, ms. */
export const becomes = async (
  { session }: Pick<Pushing, 'session'>,
  what: string,
  isSo: (part: readonly MediaMessage[]) => boolean,
  { lastingMs = 500, timeoutMs = 3_000 } = {},
): Promise<number> => {
  const sinceMs = performance.now()
  await waitFor(
    () => {
      const nowMs = session.messages.at(-1)!.arrivedMs
      return nowMs - lastingMs > sinceMs && isSo(arrivedBetween(session, nowMs - lastingMs, nowMs))
    },
    { what, timeoutMs },
  )
  return performance.now() - sinceMs
}
