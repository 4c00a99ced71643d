import test from 'ava'
import { Hub, type TimedTag } from '../../../firmware/media/engine/hub.js'
import { config, generator, keyframe, timed } from './samples.js'

const newHub = (): { hub: Hub; taken: TimedTag[] } => {
  const hub = new Hub()
  const taken: TimedTag[] = []
  hub.attach({ take: (tag) => taken.push(tag) })
  return { hub, taken }
}

const put = (hub: Hub, ...tags: readonly TimedTag[]): void => {
  for (const tag of tags) hub.put(tag)
}

const told = (tags: readonly TimedTag[]): string[] =>
  tags.map(({ track, timeMs, config: header, keyframe: key, body }) =>
    header ? `${track} header ${body}` : `${track}${key ? ' key' : ''} ${timeMs}`,
  )

test('every output gets every tag, in order, until it leaves', (t) => {
  const { hub, taken } = newHub()
  const other: TimedTag[] = []
  const leave = hub.attach({ take: (tag) => other.push(tag) })
  put(hub, config('video', 'a'), keyframe(0), timed('audio', 5))
  leave()
  put(hub, timed('video', 33))
  t.deepEqual(told(taken), ['video header a', 'video key 0', 'audio 5', 'video 33'])
  t.deepEqual(told(other), ['video header a', 'video key 0', 'audio 5'])
})

test('times of a track never stand still or go back; the other track does not mind', (t) => {
  const { hub, taken } = newHub()
  put(hub, keyframe(100), timed('video', 100), timed('video', 40), timed('audio', 50), timed('audio', 49))
  put(hub, timed('video', 200), timed('audio', 60))
  t.deepEqual(told(taken), [
    'video key 100',
    'video 101',
    'video 102',
    'audio 50',
    'audio 51',
    'video 200',
    'audio 60',
  ])
})

test('times are whole milliseconds that grow by one at least, however close the tags come', (t) => {
  const { hub, taken } = newHub()
  const random = generator(7)
  for (let index = 0; index < 5000; index += 1)
    hub.put(timed(random(2) > 0 ? 'video' : 'audio', random(20_000) / 10 + index / 3))
  for (const track of ['video', 'audio'] as const) {
    const times = taken.filter((tag) => tag.track === track).map(({ timeMs }) => timeMs)
    t.true(times.length > 2000)
    t.true(times.every((time, index) => Number.isInteger(time) && time > (times[index - 1] ?? -1)))
  }
})

test('a time on the clock is moved by half a millisecond at most', (t) => {
  const { hub, taken } = newHub()
  const wanted = Array.from({ length: 100 }, (_, index) => 1000 + index * 21.333)
  for (const time of wanted) hub.put(timed('audio', time))
  t.true(taken.every(({ timeMs }, index) => Math.abs(timeMs - (wanted[index] ?? 0)) <= 0.5))
})

test('a sequence header goes out once, and again only when it is another', (t) => {
  const { hub, taken } = newHub()
  put(hub, config('video', 'a'), config('audio', 'x'), keyframe(0))
  put(hub, config('video', 'a'), keyframe(1000), config('audio', 'x'), config('video', 'b'), keyframe(2000))
  t.deepEqual(told(taken), [
    'video header a',
    'audio header x',
    'video key 0',
    'video key 1000',
    'video header b',
    'video key 2000',
  ])
  t.is(String(hub.config('video')?.body), 'b')
  t.is(String(hub.config('audio')?.body), 'x')
})

test('a sequence header never lies in the future of the frame that follows', (t) => {
  const { hub, taken } = newHub()
  put(hub, config('video', 'a', 5000), keyframe(100), config('video', 'b', 9999), keyframe(200))
  t.deepEqual(
    taken.slice(1).map(({ timeMs }) => timeMs),
    [100, 100, 200],
  )
})

test('a late joiner finds what came since the last keyframe, of both tracks', (t) => {
  const { hub } = newHub()
  t.deepEqual(hub.gop(), [])
  put(hub, timed('audio', 1), timed('video', 2), keyframe(10), timed('audio', 15), timed('video', 20))
  t.deepEqual(told(hub.gop()), ['video key 10', 'audio 15', 'video 20'])
  put(hub, keyframe(1000))
  t.deepEqual(told(hub.gop()), ['video key 1000'])
  put(hub, timed('audio', 1001))
  t.deepEqual(told(hub.gop()), ['video key 1000', 'audio 1001'])
})

test('a late joiner never gets frames that do not fit the sequence headers of now', (t) => {
  const { hub } = newHub()
  put(hub, config('video', 'a'), config('audio', 'x'), keyframe(0), timed('audio', 5), timed('video', 33))
  put(hub, config('audio', 'y'))
  t.deepEqual(told(hub.gop()), ['video key 0', 'video 33'])
  put(hub, timed('audio', 40))
  t.deepEqual(told(hub.gop()), ['video key 0', 'video 33', 'audio 40'])
  put(hub, config('video', 'b'))
  t.deepEqual(hub.gop(), [])
})

test('a group without end is not kept: a late joiner waits for the next keyframe', (t) => {
  const { hub } = newHub()
  put(hub, keyframe(0))
  for (let index = 1; index < 2000; index += 1) hub.put(timed('video', index))
  t.is(hub.gop().length, 2000)
  hub.put(timed('video', 2000))
  t.deepEqual(hub.gop(), [])
  put(hub, timed('video', 2001), keyframe(2002))
  t.deepEqual(told(hub.gop()), ['video key 2002'])
})

test('a track that ended leaves nothing to those who join later, but time goes on', (t) => {
  const { hub, taken } = newHub()
  put(hub, config('video', 'a'), config('audio', 'x'), keyframe(500), timed('video', 533))
  hub.forget('video')
  t.deepEqual(hub.gop(), [])
  t.is(hub.config('video'), undefined)
  t.is(String(hub.config('audio')?.body), 'x')
  put(hub, config('video', 'a'), keyframe(0), timed('audio', 600))
  t.deepEqual(told(taken).slice(-3), ['video header a', 'video key 534', 'audio 600'])
  hub.forget('audio')
  t.deepEqual(told(hub.gop()), ['video key 534'])
})

test('counts bytes and frames exactly, and the distance of keyframes', (t) => {
  const { hub } = newHub()
  put(hub, config('video', 'not counted'), config('audio', 'not counted'))
  put(hub, { ...keyframe(0), body: Buffer.alloc(1000) }, timed('video', 33, { body: Buffer.alloc(10) }))
  put(hub, timed('audio', 5, { body: Buffer.alloc(7) }), timed('audio', 26, { body: Buffer.alloc(8) }))
  const first = { videoBytes: 1010, audioBytes: 15, videoFrames: 2, audioFrames: 2 }
  t.deepEqual({ ...hub.counters }, { ...first, gopMs: 0 })
  put(hub, { ...keyframe(2000), body: Buffer.alloc(1) })
  t.deepEqual({ ...hub.counters }, { ...first, videoBytes: 1011, videoFrames: 3, gopMs: 2000 })
  hub.forget('video')
  put(hub, keyframe(9000))
  t.is(hub.counters.gopMs, 2000)
})

test('what is known of the stream comes from both tracks', (t) => {
  const { hub } = newHub()
  const nothing = { width: 0, height: 0, fps: 0, videoKbps: 0, audioKbps: 0, sampleRate: 0 }
  t.deepEqual(hub.streamFacts, nothing)
  hub.setFacts('video', { width: 360, height: 640, fps: 15, kbps: 800 })
  hub.setFacts('audio', { kbps: 64, sampleRate: 48_000 })
  t.deepEqual(hub.streamFacts, {
    width: 360,
    height: 640,
    fps: 15,
    videoKbps: 800,
    audioKbps: 64,
    sampleRate: 48_000,
  })
})
