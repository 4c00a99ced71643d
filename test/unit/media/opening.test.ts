import test from 'ava'
import { Hub, type TimedTag } from '../../../firmware/media/engine/hub.js'
import { Opening } from '../../../firmware/media/engine/opening.js'
import { config, keyframe, timed } from './samples.js'

interface Written {
  readonly type: 'video' | 'audio' | 'script'
  readonly timeMs: number
  readonly body: string
}

const types: Readonly<Record<number, Written['type']>> = { 8: 'audio', 9: 'video', 18: 'script' }

const parse = (tag: Buffer): Written => {
  const size = tag.readUIntBE(1, 3)
  return {
    type: types[tag.readUInt8(0)]!,
    timeMs: tag.readUIntBE(4, 3) + tag.readUInt8(7) * 2 ** 24,
    body: tag.toString('latin1', 11, 11 + size),
  }
}

/** A hub with an opening on it; `put` gives what a listener would get, as `type@time`. */
const newSession = () => {
  const hub = new Hub()
  const opening = new Opening(hub)
  let written: Written[] = []
  hub.attach({ take: (tag) => written.push(...opening.bytes(tag).map(parse)) })
  const put = (...tags: readonly TimedTag[]): string[] => {
    written = []
    for (const tag of tags) hub.put(tag)
    return written.map(({ type, timeMs }) => `${type}@${timeMs}`)
  }
  return { hub, opening, put, written: () => written }
}

test('begins with metadata, both sequence headers and a keyframe, all at 0', (t) => {
  const { hub, opening, put, written } = newSession()
  hub.setFacts('video', { width: 360, height: 640, fps: 15, kbps: 800 })
  t.deepEqual(put(config('video', 'avcC'), config('audio', 'asc')), [])
  t.deepEqual(put(timed('video', 90_000), timed('audio', 90_001)), [])
  t.false(opening.done)
  t.deepEqual(put(keyframe(90_033)), ['script@0', 'video@0', 'audio@0', 'video@0'])
  t.true(opening.done)
  const [metadata, ...rest] = written()
  t.true(metadata?.body.includes('onMetaData'))
  t.deepEqual(
    rest.map(({ body }) => body),
    ['avcC', 'asc', 'video 90033'],
  )
})

test('counts from its first keyframe; what was captured before is not sent', (t) => {
  const { put } = newSession()
  put(config('video', 'avcC'), keyframe(5000))
  t.deepEqual(put(timed('audio', 4980)), [])
  t.deepEqual(put(timed('audio', 5001), timed('video', 5033), keyframe(7000)), [
    'audio@1',
    'video@33',
    'video@2000',
  ])
})

test('a track that comes later brings its sequence header along', (t) => {
  const { put } = newSession()
  t.deepEqual(put(config('video', 'avcC'), keyframe(1000)), ['script@0', 'video@0', 'video@0'])
  t.deepEqual(put(config('audio', 'asc', 1500), timed('audio', 1520)), ['audio@500', 'audio@520'])
})

test('a changed sequence header is sent before its keyframe, and metadata is not repeated', (t) => {
  const { put, written } = newSession()
  put(config('video', 'small'), keyframe(0), timed('video', 33))
  t.deepEqual(put(config('video', 'large'), keyframe(66)), ['video@33', 'video@66'])
  t.deepEqual(
    written().map(({ body }) => body),
    ['large', 'video 66'],
  )
})

test('a sequence header from before the first keyframe is sent at 0, not lost', (t) => {
  const { put } = newSession()
  put(config('video', 'avcC'), config('audio', 'old'), timed('audio', 900), keyframe(1000))
  t.deepEqual(put(config('audio', 'new')), ['audio@0'])
})

test('two listeners count each for themselves', (t) => {
  const { hub, put } = newSession()
  put(config('video', 'avcC'), keyframe(1000), timed('video', 1033))
  const later = new Opening(hub)
  const bytes = hub.gop().flatMap((tag) => later.bytes(tag))
  t.deepEqual(
    bytes.map(parse).map(({ type, timeMs }) => `${type}@${timeMs}`),
    ['script@0', 'video@0', 'video@0', 'video@33'],
  )
  t.deepEqual(put(keyframe(3000)), ['video@2000'])
})

test('a session of more than 2^24 and 2^32 ms goes on', (t) => {
  const { put } = newSession()
  put(config('video', 'avcC'), keyframe(10))
  t.deepEqual(put(keyframe(10 + 2 ** 24)), [`video@${2 ** 24}`])
  t.deepEqual(put(keyframe(10 + 2 ** 32 + 33)), ['video@33'])
})
