/** What a page that plays the preview is told. */
import { codes as knownCodes } from '../pusher/codes.js'
import type { StatusEvent } from '../pusher/events.js'
import type { DebugCode, DebugReport, PreviewView } from '../pusher/preview.js'
import type { LivePusher } from './live-pusher.js'

/** @param debug asked only while the attribute `debug` is set: without it nobody gets figures */
export const previewView = async (
  name: string,
  box: Pick<LivePusher, 'attributes' | 'preview' | 'state'>,
  debug: () => Promise<DebugReport>,
): Promise<PreviewView> => {
  const shown = { name, state: box.state().state, ...box.preview }
  if (box.attributes().debug !== true) return shown
  const { enabled: _enabled, state: _state, codes, ...figures } = await debug()
  return { ...shown, debug: { figures, codes: codes.map(listed) } }
}

const listed = ({ time, code, level, message, cause }: StatusEvent): DebugCode => {
  const known = knownCodes.get(code)
  return {
    time,
    code,
    level,
    message,
    messageZh: known?.messageZh ?? message,
    ...(cause ? { cause: cause.kind } : {}),
  }
}
