/** Bytes as the encoder side delivers them, put together by hand from the layouts' own descriptions. */
import type { Track } from '../../../firmware/media/engine/flv.js'
import type { TimedTag } from '../../../firmware/media/engine/hub.js'

/** One FLV tag, Adobe FLV 10.1 E.4.1: type, size, time (24 bits and 8 more), stream 0, data, size of it all. */
export const flvTag = (type: number, timeMs: number, body: Buffer): Buffer => {
  const size = body.length
  const header = [
    type,
    (size >> 16) & 0xff,
    (size >> 8) & 0xff,
    size & 0xff,
    (timeMs >>> 16) & 0xff,
    (timeMs >>> 8) & 0xff,
    timeMs & 0xff,
    (timeMs >>> 24) & 0xff,
    0,
    0,
    0,
  ]
  const whole = size + header.length
  const trailer = [0, (whole >> 16) & 0xff, (whole >> 8) & 0xff, whole & 0xff]
  return Buffer.concat([Buffer.from(header), body, Buffer.from(trailer)])
}

/** A sample of gdppay: 62 bytes of header, the type in bytes 4 and 5, the timestamp in bytes 10 to 17. */
export const gdpSample = (payload: Buffer, pts: bigint | undefined, type = 1): Buffer => {
  const header = Buffer.alloc(62)
  header[0] = 1
  header.writeUInt16BE(type, 4)
  header.writeUInt32BE(payload.length, 6)
  header.writeBigUInt64BE(pts ?? 0xffff_ffff_ffff_ffffn, 10)
  return Buffer.concat([header, payload])
}

/** AVC video data: frame type and codec, packet type, composition time (24 bits, signed), NAL units. */
export const avc = (
  kind: 'config' | 'keyframe' | 'frame',
  payload: Buffer = Buffer.from([1, 2, 3]),
  compositionMs = 0,
): Buffer =>
  Buffer.concat([
    Buffer.from([
      kind === 'frame' ? 0x27 : 0x17,
      kind === 'config' ? 0 : 1,
      (compositionMs >> 16) & 0xff,
      (compositionMs >> 8) & 0xff,
      compositionMs & 0xff,
    ]),
    payload,
  ])

/** AAC audio data: format, packet type, AudioSpecificConfig or raw data. */
export const aac = (kind: 'config' | 'frame', payload: Buffer = Buffer.from([4, 5])): Buffer =>
  Buffer.concat([Buffer.from([0xaf, kind === 'config' ? 0 : 1]), payload])

export const timed = (track: Track, timeMs: number, facts: Partial<TimedTag> = {}): TimedTag => ({
  track,
  timeMs,
  config: false,
  keyframe: false,
  body: Buffer.from(`${track} ${timeMs}`),
  ...facts,
})

export const keyframe = (timeMs: number): TimedTag => timed('video', timeMs, { keyframe: true })

export const config = (track: Track, content: string, timeMs = 0): TimedTag =>
  timed(track, timeMs, { config: true, body: Buffer.from(content) })

/** Numbers below a bound, the same ones on every machine. */
export const generator = (seed: number): ((below: number) => number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
