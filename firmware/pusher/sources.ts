/**
 * What a user writes to name a camera or a microphone, parsed once at the edge. Nothing here touches the
 * machine: whether the device or the file exists is found out when it is opened. The strings end up as
 * element properties only, never in launch text, a path of ours or a shell; the character sets below keep
 * even that narrow.
 */

export type CameraSpec =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'test' }
  /** a capture node or a stable link to one, under /dev */
  | { readonly kind: 'v4l2'; readonly device: string }
  /** whatever node has the capture device of that card name or bus address, as `live-pusher probe` lists them */
  | { readonly kind: 'named'; readonly name: string }
  /** a camera of libcamera; without `id` its first one */
  | { readonly kind: 'libcamera'; readonly id?: string }
  /** a video file, looped */
  | { readonly kind: 'clip'; readonly file: string }

export type MicrophoneSpec =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'test' }
  /** an ALSA device name, e.g. `hw:CARD=Webcam,DEV=0` */
  | { readonly kind: 'alsa'; readonly device: string }
  /** the sound of `file`, or of the camera's clip when there is no `file` */
  | { readonly kind: 'clip'; readonly file?: string }

export type ParsedSpec<Spec> =
  | { readonly ok: true; readonly spec: Spec }
  | { readonly ok: false; readonly message: string }

export const cameraSpecForms =
  'auto, none, test, v4l2:/dev/videoN, camera:NAME, libcamera, libcamera:ID or clip:FILE'
export const microphoneSpecForms = 'auto, none, test, alsa:DEVICE, clip or clip:FILE'

const refuse = (message: string) => ({ ok: false, message }) as const
const accept = <Spec>(spec: Spec) => ({ ok: true, spec }) as const

const hasControlCharacter = (text: string): boolean =>
  [...text].some((character) => character < ' ' || (character >= '\x7f' && character <= '\x9f'))

/** Reason why `device` may not be opened, or undefined. Stable links (by-id, by-path) use these characters only. */
const badDevicePath = (device: string): string | undefined => {
  if (!device.startsWith('/dev/')) return 'the device must be a path under /dev/'
  if (device.length > 255) return 'the device path is longer than 255 characters'
  if (device.split('/').some((part) => part === '..' || part === '.')) {
    return 'the device path must not contain . or .. as a part'
  }
  if (!/^(?:\/[A-Za-z0-9_.:,@+=#~-]+)+$/.test(device)) {
    return 'the device path may contain letters, digits and _.:,@+=#~- only'
  }
  return undefined
}

const badClipFile = (file: string): string | undefined => {
  if (file === '') return 'clip: needs a file name'
  if (file.startsWith('~')) return 'the file must be written out: ~ is known to shells only'
  if (hasControlCharacter(file)) return 'the file name contains a control character'
  if (file.length > 4096) return 'the file name is longer than 4096 characters'
  return undefined
}

/** The kernel's names are at most 31 bytes long; they are compared, and nothing else. */
const badCameraName = (name: string): string | undefined => {
  if (name.trim() !== name || name === '') return 'camera: needs a name, without blanks around it'
  if (hasControlCharacter(name)) return 'the name contains a control character'
  if (name.length > 64) return 'the name is longer than 64 characters'
  return undefined
}

const split = (text: string): readonly [head: string, rest: string | undefined] => {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

/** Reads a camera as written in config.yaml, on the command line or in a command. */
export const parseCameraSpec = (text: string): ParsedSpec<CameraSpec> => {
  const [head, rest] = split(text)
  if (rest === undefined) {
    if (head === 'auto' || head === 'none' || head === 'test' || head === 'libcamera') {
      return accept({ kind: head })
    }
    if (head.startsWith('/dev/')) return refuse(`write v4l2:${hasControlCharacter(head) ? '/dev/…' : head}`)
    return refuse(`must be ${cameraSpecForms}`)
  }
  switch (head) {
    case 'v4l2': {
      const problem = badDevicePath(rest)
      return problem === undefined ? accept({ kind: 'v4l2', device: rest }) : refuse(problem)
    }
    case 'camera': {
      const problem = badCameraName(rest)
      return problem === undefined ? accept({ kind: 'named', name: rest }) : refuse(problem)
    }
    case 'libcamera':
      // ids are paths in the device tree (/base/soc/i2c0mux/i2c@1/imx708@1a) or ACPI names (\_SB_.PC00.LNK1)
      return /^[A-Za-z0-9/\\@_.:,+-]{1,255}$/.test(rest)
        ? accept({ kind: 'libcamera', id: rest })
        : refuse('the camera id may contain letters, digits and /\\@_.:,+- only (1 to 255 characters)')
    case 'clip': {
      const problem = badClipFile(rest)
      return problem === undefined ? accept({ kind: 'clip', file: rest }) : refuse(problem)
    }
    default:
      return refuse(`must be ${cameraSpecForms}`)
  }
}

/** Reads a microphone as written in config.yaml, on the command line or in a command. */
export const parseMicrophoneSpec = (text: string): ParsedSpec<MicrophoneSpec> => {
  const [head, rest] = split(text)
  if (rest === undefined) {
    return head === 'auto' || head === 'none' || head === 'test' || head === 'clip'
      ? accept({ kind: head })
      : refuse(`must be ${microphoneSpecForms}`)
  }
  switch (head) {
    case 'alsa':
      return /^[A-Za-z0-9_][A-Za-z0-9_:,=.@-]{0,127}$/.test(rest)
        ? accept({ kind: 'alsa', device: rest })
        : refuse('the ALSA device may contain letters, digits and _:,=.@- only (1 to 128 characters)')
    case 'clip': {
      const problem = badClipFile(rest)
      return problem === undefined ? accept({ kind: 'clip', file: rest }) : refuse(problem)
    }
    default:
      return refuse(`must be ${microphoneSpecForms}`)
  }
}

/** The text form of a camera: what {@link parseCameraSpec} reads. */
export const formatCameraSpec = (spec: CameraSpec): string => {
  switch (spec.kind) {
    case 'v4l2':
      return `v4l2:${spec.device}`
    case 'named':
      return `camera:${spec.name}`
    case 'libcamera':
      return spec.id === undefined ? 'libcamera' : `libcamera:${spec.id}`
    case 'clip':
      return `clip:${spec.file}`
    default:
      return spec.kind
  }
}

/** The text form of a microphone: what {@link parseMicrophoneSpec} reads. */
export const formatMicrophoneSpec = (spec: MicrophoneSpec): string => {
  switch (spec.kind) {
    case 'alsa':
      return `alsa:${spec.device}`
    case 'clip':
      return spec.file === undefined ? 'clip' : `clip:${spec.file}`
    default:
      return spec.kind
  }
}
