import test from 'ava'
import {
  messageIdentifier,
  nalLengthBytes,
  seiMessage,
  withUnits,
} from '../../../firmware/media/engine/sei.js'
import { seiMessages } from '../../support/sei.js'

const identifier = messageIdentifier.toString()

/** An AVC tag body: header, then each unit behind its length. */
const avc = (...units: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x17, 1, 0, 0, 0]),
    ...units.flatMap((unit) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(unit.length)
      return [length, unit]
    }),
  ])

const slice = Buffer.from([0x65, 1, 2, 3])
const delimiter = Buffer.from([0x09, 0xf0])

for (const [what, text] of [
  ['a word', 'hello'],
  ['Chinese', '直播开始了'],
  ['text of the greatest length', 'x'.repeat(1024)],
  ['bytes that look like start codes', '\0\0\0\0\u0001\0\0\u0002\0\0\u0003'],
  ['a length at the edge of its coding', 'y'.repeat(255 - 16)],
] as const)
  test(`carries ${what}`, (t) => {
    const body = withUnits(avc(slice), [seiMessage(Buffer.from(text))], 4)
    t.deepEqual(seiMessages(body), [{ identifier, text }])
    t.true(body.subarray(-slice.length).equals(slice))
  })

test('no unit looks like a start code', (t) => {
  const unit = seiMessage(Buffer.alloc(1000))
  t.is(unit.indexOf(Buffer.from([0, 0, 0])), -1)
  t.is(unit.indexOf(Buffer.from([0, 0, 1])), -1)
})

test('goes behind the delimiter and in front of the first slice', (t) => {
  const body = withUnits(
    avc(delimiter, slice),
    [seiMessage(Buffer.from('a')), seiMessage(Buffer.from('b'))],
    4,
  )
  t.true(body.subarray(0, 11).equals(avc(delimiter)))
  t.deepEqual(
    seiMessages(body).map(({ text }) => text),
    ['a', 'b'],
  )
})

test('leaves a tag without a slice as it is', (t) => {
  const body = avc(delimiter)
  t.is(withUnits(body, [seiMessage(Buffer.from('a'))], 4), body)
})

test('reads the length of lengths from the sequence header', (t) => {
  t.is(nalLengthBytes(Buffer.from([0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff])), 4)
  t.is(nalLengthBytes(Buffer.from([0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xfd])), 2)
})
