/**
 * The automatic focus of a V4L2 camera: the control `focus_automatic_continuous`. It is set on a descriptor of its own:
 * V4L2 lets anybody set controls while somebody else streams. Layouts: linux/videodev2.h.
 */
import { errnoName, type Ioctl } from '../../firmware/libc.js'
import { type Failure, u32, withNode } from './v4l2.js'

/** VIDIOC_QUERYCTRL, VIDIOC_S_CTRL */
const request = { query: 0xc0445624, set: 0xc008561c }
const size = { query: 68, set: 8 }
/** V4L2_CID_FOCUS_AUTO: base of the camera class + 12 */
const focusAuto = 0x009a090c
/** V4L2_CTRL_FLAG_DISABLED and …_READ_ONLY */
const unusable = 0x0001 | 0x0004

/** `none`: the camera has no such control; `refused`: it has, but did not take the value. */
export type FocusAnswer =
  | { readonly kind: 'set' }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly code: string }

/** `call` is ioctl(2); a seam so that tests can play a driver. */
export const writeAutoFocus = (fd: number, call: Ioctl, automatic: boolean): FocusAnswer => {
  const about = Buffer.alloc(size.query)
  u32.put(about, 0, focusAuto)
  // id, type, name[32], minimum, maximum, step, default_value, flags
  if (call(fd, request.query, about) !== 0 || (u32.get(about, 56) & unusable) !== 0) return { kind: 'none' }
  const control = Buffer.alloc(size.set)
  u32.put(control, 0, focusAuto)
  u32.put(control, 4, automatic ? 1 : 0)
  return call(fd, request.set, control) === 0 ? { kind: 'set' } : { kind: 'refused', code: errnoName() }
}

/** Why it has no effect, in words; undefined when it has. Never rejects; a driver that hangs costs two seconds. */
export const setAutoFocus = async (path: string, automatic: boolean): Promise<string | undefined> => {
  const asked = await withNode(path, (fd, call) => writeAutoFocus(fd, call, automatic))
  return 'answer' in asked ? wordsFor(asked.answer) : `no effect here: the camera ${unopened[asked.kind]}`
}

const wordsFor = (answer: FocusAnswer): string | undefined => {
  switch (answer.kind) {
    case 'set':
      return undefined
    case 'none':
      return 'no effect here: the camera has no automatic focus'
    case 'refused':
      return `no effect here: the camera refused it${answer.code && ` (${answer.code})`}`
  }
}

const unopened: Readonly<Record<Failure['kind'], string>> = {
  absent: 'is not there',
  denied: 'may not be opened',
  busy: 'is in use by another program',
  silent: 'does not answer',
  other: 'takes no commands',
}

/** Why a camera that is no V4L2 device has no focus to set. */
export const focusLack = (kind: 'none' | 'test' | 'clip' | 'libcamera'): string =>
  kind === 'libcamera'
    ? 'no effect here: libcamera focuses by itself'
    : `no effect here: ${kind === 'none' ? 'there is no camera' : `a ${kind === 'test' ? 'test picture' : kind} has no lens`}`
