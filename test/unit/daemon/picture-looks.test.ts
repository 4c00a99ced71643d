import test from 'ava'
import { PictureLooks } from '../../../firmware/daemon/capture/picture-looks.js'
import type { EffectPlace } from '../../../firmware/media/graph/looks.js'
import type { ToEngine } from '../../../firmware/media/protocol.js'
import { type Attributes, defaultAttributes } from '../../../firmware/pusher/attributes.js'

const pretty: Attributes = { ...defaultAttributes, beauty: 9 }

const setUp = (place: EffectPlace, attributes: Attributes = defaultAttributes) => {
  const sent: Extract<ToEngine, { type: 'look' }>[] = []
  const notices: string[] = []
  const looks = new PictureLooks(
    place,
    attributes,
    (message) => {
      if (message.type === 'look') sent.push(message)
    },
    (kind) => notices.push(kind),
  )
  return { looks, sent, notices }
}

test('nothing is sent as long as no look is wanted; a look is sent when it changes, and its end', (t) => {
  const { looks, sent } = setUp('auto')
  looks.mediaUp()
  looks.apply({ ...defaultAttributes, 'beauty-style': 'nature' })
  t.deepEqual(sent, [])
  looks.apply(pretty)
  looks.apply({ ...pretty, fps: 20 })
  looks.apply(defaultAttributes)
  t.deepEqual(
    sent.map(({ look, place }) => [look?.smooth, place]),
    [
      [1, 'auto'],
      [undefined, 'auto'],
    ],
  )
})

test('a media process that starts anew is told the look', (t) => {
  const { looks, sent } = setUp('cpu', pretty)
  looks.mediaUp()
  looks.mediaDown()
  looks.mediaUp()
  t.is(sent.length, 2)
})

test('a place that failed is told once; with none left every reply says why there is no effect', (t) => {
  const { looks, notices } = setUp('auto', pretty)
  looks.mediaUp()
  const failed = (place: 'gpu' | 'cpu'): void =>
    looks.on({ type: 'look', event: 'failed', place, cause: { kind: `${place}-failed` } })
  failed('gpu')
  t.is(looks.lack('beauty'), undefined)
  failed('cpu')
  failed('cpu')
  t.deepEqual(notices, ['effects-gpu-failed', 'effects-cpu-failed'])
  t.is(looks.lack('beauty'), "no effect here: the CPU can't compute effects (cpu-failed)")
  t.is(looks.lack('fps'), undefined)
  looks.on({ type: 'look', event: 'works', place: 'cpu' })
  t.is(looks.lack('beauty'), undefined)
})

test('a GPU that ends the media process while it is tried is not asked again', (t) => {
  const { looks, sent, notices } = setUp('auto', pretty)
  looks.mediaUp()
  looks.on({ type: 'look', event: 'trying', place: 'gpu' })
  looks.mediaDown()
  looks.mediaUp()
  t.deepEqual(
    sent.map(({ place }) => place),
    ['auto', 'cpu'],
  )
  t.deepEqual(notices, ['effects-gpu-failed'])
  t.true(looks.possible)

  const only = setUp('gpu', pretty)
  only.looks.mediaUp()
  only.looks.on({ type: 'look', event: 'trying', place: 'gpu' })
  only.looks.mediaDown()
  t.false(only.looks.possible)
  t.is(only.looks.lack('beauty'), "no effect here: the GPU's driver ended the media process")
})

test('a process that ends while its GPU works was ended by something else', (t) => {
  const { looks, sent } = setUp('auto', pretty)
  looks.mediaUp()
  looks.on({ type: 'look', event: 'trying', place: 'gpu' })
  looks.on({ type: 'look', event: 'works', place: 'gpu' })
  looks.mediaDown()
  looks.mediaUp()
  t.is(sent.at(-1)?.place, 'auto')
})

test('switched off, effects need no stage, send nothing, and say so', (t) => {
  const { looks, sent } = setUp('off', pretty)
  looks.mediaUp()
  t.false(looks.possible)
  t.deepEqual(sent, [])
  t.is(looks.lack('beauty'), 'no effect here: effects are switched off (media.effects)')
})
