/** What a session leaves out when its server takes less than is encoded. */
import test from 'ava'
import type { GstPipeline } from '../../../firmware/media/engine/binding.js'
import type { TimedTag } from '../../../firmware/media/engine/hub.js'
import { SendQueue } from '../../../firmware/media/engine/rtmp/send-queue.js'

const tag = (name: string): TimedTag => {
  const kind = name[0]
  return {
    track: kind === 'a' ? 'audio' : 'video',
    config: kind === 'c',
    keyframe: kind === 'k',
    timeMs: 0,
    body: Buffer.from(name),
  } as TimedTag
}

/** A queue whose sink takes nothing until it is told to. */
const startQueue = (queueMs = 60_000) => {
  const sink = { ahead: 1_000_000, sent: [] as string[] }
  const pipeline = {
    bigNumber: () => sink.ahead,
    push: (_: string, bytes: Buffer) => sink.sent.push(bytes.toString()),
  } as unknown as GstPipeline
  let wanted = 0
  const queue = new SendQueue(
    { queueMs, stallMs: 60_000 },
    {
      sink: () => pipeline,
      socket: () => undefined,
      bytes: ({ body }) => [body],
      wantKeyframe: () => {
        wanted += 1
      },
    },
  )
  return {
    queue,
    put: (...names: string[]) => {
      for (const name of names) queue.put(tag(name))
    },
    /** what is sent once the sink takes everything */
    sent: () => {
      sink.ahead = 0
      queue.windowBytes = 0
      queue.stop()
      return sink.sent.join(' ')
    },
    keyframesWanted: () => wanted,
  }
}

test('with a keyframe that waits, the pictures before it go; sound and sequence headers stay', (t) => {
  const { queue, put, sent, keyframesWanted } = startQueue()
  put('k1', 'v1', 'a1', 'c2', 'k2', 'v2', 'a2')
  queue.dropPictures()
  t.is(queue.videoDropped, 2)
  put('v3')
  t.deepEqual([queue.count('video'), queue.count('audio')], [3, 2])
  t.is(keyframesWanted(), 0)
  t.is(sent(), 'a1 c2 k2 v2 a2 v3')
})

test('without one, pictures are left out up to the next, which is asked for', (t) => {
  const { queue, put, sent, keyframesWanted } = startQueue()
  put('v1', 'a1', 'v2')
  queue.dropPictures()
  t.is(keyframesWanted(), 1)
  put('v3', 'a2', 'c4', 'k4', 'v5')
  t.is(queue.videoDropped, 3)
  t.is(sent(), 'a1 a2 c4 k4 v5')
})

test('a queue that is too old drops pictures by itself', (t) => {
  const { put, sent, keyframesWanted } = startQueue(-1)
  put('v1', 'a1')
  t.true(keyframesWanted() > 0)
  t.is(sent(), 'a1')
})
