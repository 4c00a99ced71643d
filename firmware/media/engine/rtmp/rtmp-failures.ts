/**
 * GStreamer's words for a failed RTMP output → a cause (texts of rtmp2sink and rtmpsink 1.22 under LC_ALL=C).
 * rtmpsink has two sentences for everything.
 */
import type { BusMessage } from 'gstreamer-superficial'
import type { Cause } from '../../../pusher/events.js'

const rules: readonly [RegExp, string][] = [
  [/resolver-error|Could not resolve/i, 'dns'],
  [/certificate|TLS|handshake failure/i, 'tls'],
  [/Connection refused/i, 'refused'],
  [/No route to host|Network is unreachable|Host is unreachable/i, 'unreachable'],
  [/cmd failed|publish.*(denied|fail)|NetStream|not authori[sz]ed/i, 'rejected'],
  [/Short read|handshake/i, 'handshake'],
  [/reset by peer|Broken pipe/i, 'reset'],
  [/closed remotely|connection closed/i, 'closed'],
  [/timed out/i, 'timeout'],
  [/Could not connect to RTMP stream/i, 'unreachable'],
  [/Failed to write data/i, 'closed'],
]

/** The cause of an output's bus error; `kind` is one of {@link OutputFailureKind}. The text has no URL in it. */
export const outputCause = (message: BusMessage): Cause => {
  const text = `${message.message ?? ''} ${message.debug ?? ''}`
  const kind = rules.find(([pattern]) => pattern.test(text))?.[1] ?? 'output-failed'
  return { kind, detail: withoutUrls(message.message ?? 'no message') }
}

const withoutUrls = (text: string): string => text.replace(/rtmps?:\/\/\S+/gi, 'rtmp://***').slice(0, 300)
