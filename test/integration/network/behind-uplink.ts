import { execFileSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { aFewAtOnce } from '../../support/a-few.js'
import { type RunningBox, startBox } from '../../support/box.js'
import { type RtmpIngest, startRtmpIngest } from '../../support/rtmp/ingest.js'
import { framesOf, type RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import type { LinkOptions } from '../../support/uplink/mover.js'
import { noUplinkBecause } from '../../support/uplink/namespaces.js'
import { startUplink, type Uplink } from '../../support/uplink/uplink.js'

const because = noUplinkBecause()
const few = aFewAtOnce(4)

/** Skipped with the reason where no link can be emulated. */
export const testBehindUplink = (title: string, body: (t: ExecutionContext) => Promise<void>): void =>
  because === undefined ? test(title, few(body)) : test.skip(`${title} (${because})`, body)

export interface BehindUplink {
  readonly link: Uplink
  readonly box: RunningBox
  readonly ingest: RtmpIngest
  readonly session: RecordedSession
}

const port = 1935

/** A box at one end of a link that pushes to a server at the other, with one retry before -1307. */
export const startBehindUplink = async (
  t: Teardown,
  options: Partial<LinkOptions> = {},
): Promise<BehindUplink> => {
  const link = await startUplink(t, options)
  // Another than the box wants, whatever this kernel's own is.
  const usual = 'net.ipv4.tcp_congestion_control=reno'
  execFileSync('ip', ['netns', 'exec', link.names.box, 'sysctl', '-qw', usual], { timeout: 10_000 })
  const ingest = await startRtmpIngest(t, { at: link.farEnd(port) })
  const box = await startBox(t, {
    uplink: link,
    config: {
      reconnect: { attempts: 1, 'interval-s': 3 },
      attributes: { url: ingest.url(), 'max-bitrate': 800 },
    },
  })
  await box.request('start')
  await box.code(1002)
  return { link, box, ingest, session: await ingest.session(1, { messages: 20 }) }
}

/** How much later the newest sound is than the newest picture, in the stream's own time, ms. */
export const soundAfterPicture = (session: RecordedSession): number =>
  (framesOf(session, 'audio').at(-1)?.timestamp ?? Number.NaN) -
  (framesOf(session, 'video').at(-1)?.timestamp ?? Number.NaN)
