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
import { waitFor } from '../../support/wait-for.js'

const because = noUplinkBecause()
const few = aFewAtOnce(2)

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

/** Resolves once the newest sound and the newest picture are of the same moment, which takes a drop a keyframe. */
export const inStep = async (session: RecordedSession): Promise<void> => {
  const newest = (kind: 'audio' | 'video'): number => framesOf(session, kind).at(-1)?.timestamp ?? Number.NaN
  const apartMs = (): number => newest('audio') - newest('video')
  await waitFor(() => Math.abs(apartMs()) < 200, { what: 'sound in step with its picture', timeoutMs: 2_500 })
}
