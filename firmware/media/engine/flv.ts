/**
 * FLV tags: read from `flvmux ! gdppay ! appsink`, written for outputs.
 * gdppay is there for one reason: flvmux counts from its own first buffer and the binding hides timestamps,
 * but GDP's header carries the running time of each buffer, which puts all pipelines on one clock.
 * Layouts: Adobe FLV 10.1 annex E; GStreamer Data Protocol 1.0 (62-byte header).
 */

export type Track = 'video' | 'audio'

export interface Tag {
  readonly track: Track
  /** sequence header (AVCDecoderConfigurationRecord or AudioSpecificConfig) */
  readonly config: boolean
  readonly keyframe: boolean
  /** the tag's data without FLV's own header and trailer */
  readonly body: Buffer
  /** running time in its own pipeline, ms; undefined for sequence headers */
  readonly runningMs: number | undefined
}

const gdpHeader = 62
const gdpBuffer = 1
const noTime = 0xffff_ffff_ffff_ffffn

const tagHeader = 11
const tagTrailer = 4
const typeAudio = 8
const typeVideo = 9
const typeScript = 18

/** Running time, ms, of the buffer in a sample of `… ! gdppay`; undefined for GDP's events. */
export const runningMsOf = (sample: Buffer): number | undefined => {
  if (sample.length < gdpHeader || sample.readUInt16BE(4) !== gdpBuffer) return undefined
  const pts = sample.readBigUInt64BE(10)
  return pts === noTime ? undefined : Number(pts) / 1e6
}

/** The tag in a sample of `flvmux ! gdppay`; undefined for GDP events, FLV's file header and metadata. */
export const readTag = (sample: Buffer): Tag | undefined => {
  if (sample.length < gdpHeader + tagHeader + 2 || sample.readUInt16BE(4) !== gdpBuffer) return undefined
  const flv = sample.subarray(gdpHeader)
  const type = flv[0]
  if (type !== typeAudio && type !== typeVideo) return undefined
  const size = flv.readUIntBE(1, 3)
  if (size < 2 || flv.length !== tagHeader + size + tagTrailer) return undefined
  const body = flv.subarray(tagHeader, tagHeader + size)
  const config = body[1] === 0
  const runningMs = config ? undefined : runningMsOf(sample)
  if (type === typeAudio) return { track: 'audio', config, keyframe: false, body, runningMs }
  if (size < 5) return undefined
  // FLV counts in decoding time; the difference (B-frames of a camera's own encoder) is in the tag.
  const compositionMs = body.readIntBE(2, 3)
  return {
    track: 'video',
    config,
    keyframe: body.readUInt8(0) >> 4 === 1 && body[1] === 1,
    body,
    runningMs: runningMs === undefined ? undefined : runningMs - compositionMs,
  }
}

/** One FLV tag, ready for the wire: header, body, size of what came before. `timeMs` wraps at 2^32. */
export const writeTag = (track: Track | 'script', timeMs: number, body: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(tagHeader + body.length + tagTrailer)
  const time = Math.max(0, Math.round(timeMs)) % 2 ** 32
  out[0] = track === 'video' ? typeVideo : track === 'audio' ? typeAudio : typeScript
  out.writeUIntBE(body.length, 1, 3)
  out.writeUIntBE(time % 2 ** 24, 4, 3)
  out[7] = Math.floor(time / 2 ** 24)
  out.writeUIntBE(0, 8, 3)
  body.copy(out, tagHeader)
  out.writeUInt32BE(tagHeader + body.length, tagHeader + body.length)
  return out
}

/** FLV's file header with the size field that follows it. */
export const fileHeader = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0])

export interface StreamFacts {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly videoKbps: number
  readonly audioKbps: number
  readonly sampleRate: number
}

/** The body of the one onMetaData tag that opens a session. */
export const metadataBody = (facts: StreamFacts): Buffer => {
  const values: [string, number | boolean | string][] = [
    ['width', facts.width],
    ['height', facts.height],
    ['framerate', facts.fps],
    ['videocodecid', 7],
    ['videodatarate', facts.videoKbps],
    ['audiocodecid', 10],
    ['audiodatarate', facts.audioKbps],
    ['audiosamplerate', facts.sampleRate],
    ['audiosamplesize', 16],
    ['stereo', false],
    ['encoder', 'LivePusher Box'],
  ]
  const count = Buffer.alloc(5)
  count[0] = 8
  count.writeUInt32BE(values.length, 1)
  return Buffer.concat([
    amfValue('onMetaData'),
    count,
    ...values.flatMap(([key, value]) => [amfKey(key), amfValue(value)]),
    Buffer.from([0, 0, 9]),
  ])
}

const amfKey = (key: string): Buffer => {
  const text = Buffer.from(key, 'utf8')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([length, text])
}

const amfValue = (value: number | boolean | string): Buffer => {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), amfKey(value)])
  if (typeof value === 'boolean') return Buffer.from([1, value ? 1 : 0])
  const out = Buffer.alloc(9)
  out.writeDoubleBE(value, 1)
  return out
}
