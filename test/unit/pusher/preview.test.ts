import test from 'ava'
import { isPreviewFlipped } from '../../../firmware/pusher/preview.js'

const table = [
  ['auto', 'front', true],
  ['auto', 'back', false],
  ['enable', 'front', true],
  ['enable', 'back', true],
  ['disable', 'front', false],
  ['disable', 'back', false],
] as const

test('auto mirrors the preview of the front camera only, enable and disable each of both', (t) => {
  for (const [wish, position, mirrored] of table)
    t.is(isPreviewFlipped(wish, position, false), mirrored, `${wish} ${position}`)
})

test('a stream that is mirrored already is left so where the preview is, and flipped back where it is not', (t) => {
  for (const [wish, position, mirrored] of table)
    t.is(isPreviewFlipped(wish, position, true), !mirrored, `${wish} ${position}`)
})
