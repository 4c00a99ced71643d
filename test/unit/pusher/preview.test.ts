import test from 'ava'
import { isPreviewFlipped, type MirrorAttributes } from '../../../firmware/pusher/preview.js'

const flipped = (attributes: Partial<MirrorAttributes>): boolean =>
  isPreviewFlipped({
    'local-mirror': 'auto',
    'device-position': 'front',
    mirror: false,
    'remote-mirror': false,
    ...attributes,
  })

test('auto mirrors the preview of the front camera only, enable and disable each of both', (t) => {
  const table = [
    ['auto', 'front', true],
    ['auto', 'back', false],
    ['enable', 'front', true],
    ['enable', 'back', true],
    ['disable', 'front', false],
    ['disable', 'back', false],
  ] as const
  for (const [local, position, expected] of table)
    t.is(flipped({ 'local-mirror': local, 'device-position': position }), expected, `${local} ${position}`)
})

test('a stream that is mirrored already is flipped back where the preview is not, and left where it is', (t) => {
  for (const name of ['remote-mirror', 'mirror'] as const) {
    t.false(flipped({ [name]: true }), name)
    t.true(flipped({ [name]: true, 'local-mirror': 'disable' }), name)
  }
})
