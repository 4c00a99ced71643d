/** What the rate controller makes of an uplink that shrinks and grows again, judged at the server. */

import { frameSizes } from '../../support/judge.js'
import { faultsOf, framesOf, longestGap } from '../../support/rtmp/recorded.js'
import { constantRate } from '../../support/uplink/rate.js'
import { waitFor } from '../../support/wait-for.js'
import { connectionCodes } from '../box/faulty-server.js'
import { fileOf, kbpsOf, receivedUntil } from '../box/pushing.js'
import { startBehindUplink, testBehindUplink } from './behind-uplink.js'

testBehindUplink(
  'a shrinking uplink: 1006, 1005 and 1101, a smaller picture, sound without a gap; and all of it back',
  async (t) => {
    const all = await startBehindUplink(t, { rate: constantRate(4_000) })
    const { link, box, ingest, session } = all
    await receivedUntil(session, performance.now() + 1_500)
    t.true((await box.set({ 'min-bitrate': 120 })).ok)
    await link.setRate(constantRate(260))
    const shrunkMs = performance.now()
    t.is((await box.code(1006)).cause?.kind, 'uplink-slow')
    t.is((await box.code(1005)).cause?.kind, 'uplink-slow')
    await receivedUntil(session, shrunkMs + 9_000)
    const tight = session.messages.filter(({ arrivedMs }) => arrivedMs > shrunkMs + 4_000)
    t.true(kbpsOf(tight, 'video') > 80 && kbpsOf(tight, 'video') < 220, `${kbpsOf(tight, 'video')} kbit/s`)
    t.true((box.state()?.width ?? 0) < 360, `${box.state()?.width} pixels`)

    // Less than the least picture and the sound together.
    await link.setRate(constantRate(130))
    t.regex((await box.code(1101, { timeoutMs: 15_000 })).cause?.kind ?? '', /^uplink-/)

    await link.setRate(constantRate(4_000))
    await waitFor(() => box.state()?.width === 360, { what: 'the full size', timeoutMs: 40_000 })
    const backMs = performance.now()
    await receivedUntil(session, backMs + 2_500)
    const free = session.messages.filter(({ arrivedMs }) => arrivedMs > backMs)
    t.true(kbpsOf(free, 'video') > 600, `${kbpsOf(free, 'video')} kbit/s`)

    t.is(ingest.sessions.length, 1)
    t.deepEqual(connectionCodes(box), [1001, 1002])
    t.deepEqual(faultsOf(session), [])
    const gapMs = longestGap(framesOf(session, 'audio')).timestampMs
    t.true(gapMs < 100, `${gapMs} ms without sound`)
    const sizes = new Set(await frameSizes(await fileOf(t, session, session.messages)))
    t.true(sizes.has('360x640') && sizes.size > 1, [...sizes].join(' '))
  },
)
