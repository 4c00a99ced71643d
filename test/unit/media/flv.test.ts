import test from 'ava'
import { fileHeader, metadataBody, readTag, writeTag } from '../../../firmware/media/engine/flv.js'
import { aac, avc, flvTag, gdpSample, generator } from './samples.js'

const second = 1_000_000_000n

/** The values of an AMF0 body: strings, numbers, booleans and ECMA arrays (AMF0 specification, section 2). */
const decodeAmf = (bytes: Buffer): unknown[] => {
  let at = 0
  const text = (): string => {
    const length = bytes.readUInt16BE(at)
    at += 2 + length
    return bytes.toString('utf8', at - length, at)
  }
  const value = (): unknown => {
    const type = bytes.readUInt8(at)
    at += 1
    if (type === 0) {
      at += 8
      return bytes.readDoubleBE(at - 8)
    }
    if (type === 1) {
      at += 1
      return bytes.readUInt8(at - 1) === 1
    }
    if (type === 2) return text()
    if (type !== 8) throw new Error(`AMF type ${type} at ${at}`)
    const count = bytes.readUInt32BE(at)
    at += 4
    const entries: [string, unknown][] = []
    while (bytes.readUIntBE(at, 3) !== 9) entries.push([text(), value()])
    at += 3
    if (entries.length !== count) throw new Error(`${entries.length} entries instead of ${count}`)
    return Object.fromEntries(entries)
  }
  const values: unknown[] = []
  while (at < bytes.length) values.push(value())
  return values
}

test('reads a keyframe, a frame and the sequence headers out of a sample', (t) => {
  const read = (type: number, body: Buffer) => readTag(gdpSample(flvTag(type, 77, body), 2n * second))
  const common = { config: false, keyframe: false, runningMs: 2000 }
  t.deepEqual(read(9, avc('keyframe')), { ...common, track: 'video', keyframe: true, body: avc('keyframe') })
  t.deepEqual(read(9, avc('frame')), { ...common, track: 'video', body: avc('frame') })
  t.deepEqual(read(8, aac('frame')), { ...common, track: 'audio', body: aac('frame') })
  const header = { ...common, config: true, runningMs: undefined }
  t.deepEqual(read(9, avc('config')), { ...header, track: 'video', body: avc('config') })
  t.deepEqual(read(8, aac('config')), { ...header, track: 'audio', body: aac('config') })
})

test('takes the time of decoding: presentation less the composition offset, in either direction', (t) => {
  for (const compositionMs of [0, 40, 8_388_607, -40, -8_388_608]) {
    const sample = gdpSample(flvTag(9, 0, avc('frame', undefined, compositionMs)), 20_000n * second)
    t.is(readTag(sample)?.runningMs, 20_000_000 - compositionMs)
  }
})

test('a sample without a timestamp gives a tag without a time', (t) => {
  t.is(readTag(gdpSample(flvTag(8, 0, aac('frame')), undefined))?.runningMs, undefined)
})

test('times stay exact to the microsecond after a year', (t) => {
  const year = 31_536_000n * second
  const tag = readTag(gdpSample(flvTag(8, 0, aac('frame')), year + 1_234_000n))
  t.true(Math.abs((tag?.runningMs ?? 0) - 31_536_000_001.234) < 0.001)
})

test('metadata, the file header and stream events are not tags', (t) => {
  t.is(readTag(gdpSample(flvTag(18, 0, metadataBody(facts)), 0n)), undefined)
  t.is(readTag(gdpSample(fileHeader, 0n)), undefined)
  for (const type of [0, 2, 64, 65, 257])
    t.is(readTag(gdpSample(flvTag(9, 0, avc('frame')), 0n, type)), undefined)
})

test('a sample that is cut off anywhere, or too long, gives nothing', (t) => {
  for (const whole of [
    gdpSample(flvTag(9, 5, avc('keyframe')), second),
    gdpSample(flvTag(8, 5, aac('frame')), second),
  ]) {
    t.not(readTag(whole), undefined)
    for (let length = 0; length < whole.length; length += 1)
      t.is(readTag(whole.subarray(0, length)), undefined, `${length} of ${whole.length} bytes`)
    t.is(readTag(Buffer.concat([whole, Buffer.from([0])])), undefined)
  }
})

test('a tag too small to be media gives nothing', (t) => {
  for (let size = 0; size < 5; size += 1)
    t.is(readTag(gdpSample(flvTag(9, 0, avc('frame').subarray(0, size)), 0n)), undefined, `video, ${size}`)
  for (let size = 0; size < 2; size += 1)
    t.is(readTag(gdpSample(flvTag(8, 0, aac('frame').subarray(0, size)), 0n)), undefined, `audio, ${size}`)
})

test('10,000 random buffers give nothing and break nothing', (t) => {
  const random = generator(2)
  for (let index = 0; index < 10_000; index += 1) {
    const bytes = Buffer.from(Array.from({ length: random(160) }, () => random(256)))
    // Every other one looks like a buffer of media for as long as possible.
    if (index % 2 > 0 && bytes.length > 63) {
      bytes.writeUInt16BE(1, 4)
      bytes[62] = 8 + random(2)
    }
    t.is(readTag(bytes), undefined)
  }
})

test('writes a tag to the byte', (t) => {
  const expected = [9, 0, 0, 3, 0x23, 0x45, 0x67, 0x01, 0, 0, 0, 7, 8, 9, 0, 0, 0, 14]
  t.deepEqual([...writeTag('video', 0x01234567, Buffer.from([7, 8, 9]))], expected)
  t.is(writeTag('audio', 0, Buffer.alloc(1))[0], 8)
  t.is(writeTag('script', 0, Buffer.alloc(1))[0], 18)
})

test('what is written reads back as it was, whatever its size and time', (t) => {
  for (const size of [0, 1, 255, 256, 65_536, 1_000_000])
    for (const timeMs of [0, 1, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 1, 2 ** 31, 2 ** 32 - 1]) {
      const body = avc('keyframe', Buffer.alloc(size, 7))
      const written = writeTag('video', timeMs, body)
      t.true(written.equals(flvTag(9, timeMs, body)), `${size} bytes at ${timeMs}`)
      t.true(readTag(gdpSample(written, second))?.body.equals(body))
    }
})

test('time is rounded, starts over after 2^32 ms, and is never below zero', (t) => {
  const time = (timeMs: number): number => {
    const tag = writeTag('audio', timeMs, Buffer.alloc(2))
    return tag.readUIntBE(4, 3) + tag.readUInt8(7) * 2 ** 24
  }
  t.is(time(41.666), 42)
  t.is(time(2 ** 32 - 0.4), 0)
  t.is(time(2 ** 32), 0)
  t.is(time(2 ** 32 + 33), 33)
  t.is(time(-5), 0)
})

const facts = { width: 360, height: 640, fps: 15, videoKbps: 1000, audioKbps: 64, sampleRate: 48_000 }

test('metadata says what is in the stream', (t) => {
  t.deepEqual(decodeAmf(metadataBody(facts)), [
    'onMetaData',
    {
      width: 360,
      height: 640,
      framerate: 15,
      videocodecid: 7,
      videodatarate: 1000,
      audiocodecid: 10,
      audiodatarate: 64,
      audiosamplerate: 48_000,
      audiosamplesize: 16,
      stereo: false,
      encoder: 'LivePusher Box',
    },
  ])
})

test('the file header announces sound and picture', (t) => {
  t.is(fileHeader.toString('latin1', 0, 3), 'FLV')
  t.deepEqual([...fileHeader.subarray(3)], [1, 0b101, 0, 0, 0, 9, 0, 0, 0, 0])
})
