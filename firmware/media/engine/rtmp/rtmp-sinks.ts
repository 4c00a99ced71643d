/**
 * The sinks that GStreamer has for RTMP: rtmp2sink, and rtmpsink (librtmp) where that is missing. What differs is
 * how they begin, what their statistics tell, and whether they let go at once.
 */
import type { OutputLimits } from '../../protocol.js'
import { elementExists } from '../binding.js'

export interface RtmpSink {
  /** the element named `sink` behind the appsrc named `feed` */
  readonly launch: string
  /** the property that says where to; `url` holds no white space */
  location(url: string, limits: OutputLimits): string
  /** seconds for the property of that name, where the sink has one */
  readonly hasTimeout: boolean
  /** connects only once it has something to send */
  readonly needsFirstTag: boolean
  /** calls of the network hold up a state change: the socket must be ended before */
  readonly blocks: boolean
  /** by its `stats` property: whether the server accepted publish */
  accepted(stats: string): boolean
  /** bytes that it sent, where `stats` has them */
  bytesSent(stats: string): number | undefined
}

const feed = 'appsrc name=feed is-live=true format=time caps=video/x-flv max-bytes=0'

const rtmp2sink: RtmpSink = {
  launch: `${feed} ! rtmp2sink name=sink chunk-size=4096 sync=false async-connect=true`,
  location: (url) => url,
  hasTimeout: true,
  needsFirstTag: false,
  blocks: false,
  // Zero until publish stands.
  accepted: (stats) => /in-bytes-total=\(guint64\)[1-9]/.test(stats),
  bytesSent: (stats) => {
    const sent = /out-bytes-total=\(guint64\)(\d+)/.exec(stats)?.[1]
    return sent === undefined ? undefined : Number(sent)
  },
}

const rtmpsink: RtmpSink = {
  launch: `${feed} ! rtmpsink name=sink sync=false async=false`,
  // librtmp's options stand behind the address.
  location: (url, { publishMs }) => `${url} timeout=${Math.ceil(publishMs / 1000)}`,
  hasTimeout: false,
  needsFirstTag: true,
  blocks: true,
  // The first tag is written once publish stands.
  accepted: (stats) => /rendered=\(guint64\)[1-9]/.test(stats),
  bytesSent: () => undefined,
}

/** The Debian package with the preferred one, for the cause of a failure. */
export const sinkPackage = 'gstreamer1.0-plugins-bad'

/** The one to use; undefined when neither is installed. */
export const installedSink = (): RtmpSink | undefined =>
  elementExists('rtmp2sink') ? rtmp2sink : elementExists('rtmpsink') ? rtmpsink : undefined
