/** What a network does to a box that pushes: codes and causes, what goes on, and how it is back by itself. */
import { execFileSync } from 'node:child_process'
import type { ExecutionContext } from 'ava'
import { faultsOf, framesOf, longestGap, type RecordedSession } from '../../support/rtmp/recorded.js'
import { constantRate } from '../../support/uplink/rate.js'
import type { Uplink } from '../../support/uplink/uplink.js'
import { waitFor } from '../../support/wait-for.js'
import { causesOf, connectionCodes, msBetween } from '../box/faulty-server.js'
import { receivedUntil } from '../box/pushing.js'
import { type BehindUplink, inStep, startBehindUplink, testBehindUplink } from './behind-uplink.js'

/** An interval between tries of TCP or of the box, and what a busy machine adds. */
const soonMs = 2_500

/** What a command says that runs at the box's end. */
const inside = ({ names }: Uplink, ...command: readonly string[]): string =>
  execFileSync('ip', ['netns', 'exec', names.box, ...command], { encoding: 'utf8', timeout: 10_000 })

/** A session that began after an outage is whole: keyframe first, sound and picture in step. */
const wholeSession = async (
  t: ExecutionContext,
  { ingest }: BehindUplink,
  nth: number,
): Promise<RecordedSession> => {
  const session = await ingest.session(nth, { messages: 60 })
  await inStep(session)
  t.deepEqual(faultsOf(session), [])
  return session
}

testBehindUplink('5 % loss: the push goes on, no sound is missing; the sink’s socket has BBR', async (t) => {
  const { link, box, ingest, session } = await startBehindUplink(t, { rate: constantRate(4_000) })
  t.regex(inside(link, 'ss', '-Htin', 'dport', '=', ':1935'), /^\s+bbr\b/m)
  await link.setLoss(5)
  const lossyMs = performance.now()
  await receivedUntil(session, lossyMs + 4_000)
  await link.setLoss(0)
  await receivedUntil(session, performance.now() + 500)
  t.true((await link.slots()).at(-1)!.lost > 10)
  t.deepEqual(connectionCodes(box), [1001, 1002])
  t.is(ingest.sessions.length, 1)
  t.deepEqual(faultsOf(session), [])
  const gapMs = longestGap(framesOf(session, 'audio')).timestampMs
  t.true(gapMs < 250, `${gapMs} ms without sound`)
  await inStep(session)
})

testBehindUplink('200 ms round trip: pushes as ever; a half-open connection is found', async (t) => {
  const all = await startBehindUplink(t, { delayMs: 100 })
  const { link, box, ingest, session } = all
  const [connected, began] = [await box.code(1001), await box.code(1002)]
  t.true(msBetween(connected, began) > 600 && msBetween(connected, began) < 3_000)
  await receivedUntil(session, performance.now() + 1_000)
  t.true(longestGap(framesOf(session, 'video')).timestampMs < 200, 'no picture was left out')
  t.deepEqual(connectionCodes(box), [1001, 1002])

  // The server forgets the connection, and its word of that is lost.
  await link.swallow(true)
  ingest.drop('reset')
  await waitFor(() => ingest.connections().open === 0, { what: 'the server to forget' })
  await link.swallow(false)
  const failed = await box.code(3004)
  t.like(failed.cause, { kind: 'reset', during: 'published' })
  t.true(msBetween(failed, await box.code(1002, { nth: 2 })) < soonMs + 1_000)
  t.deepEqual(connectionCodes(box), [1001, 1002, 3004, 1102, 1001, 1002])
  await wholeSession(t, all, 2)
})

testBehindUplink('link down: 3005, 3002, -1307; link up: back; another address: back', async (t) => {
  const all = await startBehindUplink(t)
  const { link, box } = all
  link.setLink(false)
  const downAt = Date.now()
  const failed = await box.code(3005)
  t.true(failed.time - downAt < 8_500, `${failed.time - downAt} ms`)
  t.is(failed.cause?.during, 'published')
  await box.code(-1307, { timeoutMs: 12_000 })
  t.deepEqual(connectionCodes(box), [1001, 1002, 3005, 1102, 3002, -1307])
  t.is(causesOf(box, 3002)[0]?.kind, 'unreachable')
  t.true((await box.request('snapshot')).ok, 'the camera runs on')

  link.setLink(true)
  const upAt = Date.now()
  const again = await box.code(1002, { nth: 2 })
  t.true(again.time - upAt < soonMs, `${again.time - upAt} ms`)
  await wholeSession(t, all, 2)

  link.changeAddress('10.99.0.77')
  const changedAt = Date.now()
  t.is((await box.code(3005, { nth: 2 })).cause?.kind, 'address-gone')
  const moved = await box.code(1002, { nth: 3 })
  t.true(moved.time - changedAt < soonMs + 1_000, `${moved.time - changedAt} ms`)
  const session = await wholeSession(t, all, 3)
  t.is(session.socket.remoteAddress?.replace('::ffff:', ''), '10.99.0.77')
  t.is(box.codes().filter(({ code }) => code === 1003).length, 1, 'the camera was not opened again')
})

testBehindUplink('black hole: 3005 at its deadline, 3002; back within an attempt that hangs', async (t) => {
  const all = await startBehindUplink(t)
  const { link, box } = all
  await link.swallow(true)
  const failed = await box.code(3005, { timeoutMs: 12_000 })
  t.regex(failed.cause?.kind ?? '', /^(stalled|timeout)$/)
  // three seconds of pause, five of an attempt
  const refused = await box.code(3002, { timeoutMs: 12_000 })
  t.regex(refused.cause?.kind ?? '', /^(connect-)?timeout$/)
  t.true(msBetween(failed, refused) < 9_500)
  await box.code(-1307)
  t.deepEqual(connectionCodes(box), [1001, 1002, 3005, 1102, 3002, -1307])

  await link.swallow(false)
  const openAt = Date.now()
  const again = await box.code(1002, { nth: 2 })
  t.true(again.time - openAt < soonMs, `${again.time - openAt} ms`)
  await wholeSession(t, all, 2)
})
