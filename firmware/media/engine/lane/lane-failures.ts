/** GStreamer's words for a failed capture+encode pipeline → which part failed and why. */
import type { BusMessage } from 'gstreamer-superficial'
import type { LaneFailure } from '../../protocol.js'

const sourceRules: readonly [RegExp, string][] = [
  // First: an unplugged device also says that there is "no such device".
  [/Could not read|poll error|disconnected/i, 'device-lost'],
  [/busy|in use|used by another|EBUSY/i, 'device-busy'],
  [/permission|not authori|EACCES|access denied/i, 'device-denied'],
  [
    /No such file|Cannot identify device|does not exist|ENOENT|No such device|could not find/i,
    'device-missing',
  ],
  [/not-negotiated|negotiat|\bformat\b|not supported|unsupported|not-linked/i, 'format-unsupported'],
  [/ENODEV|Failed to allocate|buffer/i, 'device-lost'],
]

const encoderRules: readonly [RegExp, string][] = [
  [/not-negotiated|negotiat|unsupported|not supported|resolution/i, 'format-unsupported'],
]

/** Encoders, the parser behind them and the muxer: everything after the shape is the encoder's side. */
const encoderSide = /enc|parse|mux|aac/i

/**
 * @param source name of the source element; elements inside a source bin carry their own names, so whatever is
 *   not on the encoder's side counts as source
 */
export const laneFailure = (message: BusMessage, source: string): LaneFailure => {
  const text = `${message.message ?? ''} ${message.debug ?? ''}`
  const element = message._src_element_name
  const part = element !== source && encoderSide.test(element) ? 'encoder' : 'source'
  const rules = part === 'encoder' ? encoderRules : sourceRules
  const kind =
    rules.find(([rule]) => rule.test(text))?.[1] ?? `${part === 'encoder' ? part : 'device'}-failed`
  return { part, kind, element, detail: (message.message ?? 'no message').slice(0, 300) }
}

/**
 * The parser's words for a launch text that makes no pipeline. An element that lists what it takes, as hardware
 * encoders do, is not even linked when that does not fit.
 */
export const launchFailure = (words: string): LaneFailure => {
  const detail = words.slice(0, 300)
  const link = /could not link \S+ to (\S+)/.exec(words)?.[1]
  if (link === undefined) return { part: 'encoder', kind: 'element-missing', detail }
  return {
    part: encoderSide.test(link) ? 'encoder' : 'source',
    kind: 'format-unsupported',
    element: link,
    detail,
  }
}
