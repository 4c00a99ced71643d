import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { focusLack, setAutoFocus, writeAutoFocus } from '../../../hw/cameras/focus.js'
import { tempDir } from '../../support/temp-dir.js'

// V4L2_CID_FOCUS_AUTO as a UVC camera tells of it (VIDIOC_QUERYCTRL): a boolean, default 1, no flags.
const about = Buffer.from(
  '0c099a0002000000466f6375732c204175746f6d6174696320436f6e74696e756f757300000000000100000001000000010000000000000000000000',
  'hex',
)
const requests = { query: 0xc0445624, set: 0xc008561c }

/** A driver that has the control, with those flags; `set` are the values that it was given. */
const driver = ({ has = true, flags = 0, takes = true } = {}) => {
  const set: number[] = []
  const call = (fd: number, request: number, argument: Buffer): number => {
    if (fd !== 7 || argument.readUInt32LE(0) !== 0x009a090c) return -1
    if (request === requests.query && argument.length === 68 && has) {
      about.copy(argument)
      argument.writeUInt32LE(flags, 56)
      return 0
    }
    if (request !== requests.set || argument.length !== 8 || !takes) return -1
    set.push(argument.readUInt32LE(4))
    return 0
  }
  return { call, set }
}

test('the control is set where the camera has it', (t) => {
  const { call, set } = driver()
  t.deepEqual(writeAutoFocus(7, call, true), { kind: 'set' })
  t.deepEqual(writeAutoFocus(7, call, false), { kind: 'set' })
  t.deepEqual(set, [1, 0])
  // V4L2_CTRL_FLAG_INACTIVE and others are no reason not to
  t.deepEqual(writeAutoFocus(7, driver({ flags: 0x0010 | 0x0020 }).call, true), { kind: 'set' })
})

test('a camera without the control, or with one that can’t be set, is left alone', (t) => {
  for (const options of [{ has: false }, { flags: 1 }, { flags: 4 }]) {
    const { call, set } = driver(options)
    t.deepEqual(writeAutoFocus(7, call, true), { kind: 'none' })
    t.deepEqual(set, [])
  }
  t.like(writeAutoFocus(7, driver({ takes: false }).call, true), { kind: 'refused' })
})

test('what is no camera says why, in words', async (t) => {
  const file = join(await tempDir(t), 'video0')
  t.is(await setAutoFocus(file, true), 'no effect here: the camera is not there')
  await writeFile(file, '')
  t.is(await setAutoFocus(file, true), 'no effect here: the camera has no automatic focus')
  t.is(await setAutoFocus('/dev/null', false), 'no effect here: the camera has no automatic focus')
  t.is(focusLack('test'), 'no effect here: a test picture has no lens')
  t.is(focusLack('clip'), 'no effect here: a clip has no lens')
  t.regex(focusLack('libcamera') + focusLack('none'), /by itself.*no camera/)
})
