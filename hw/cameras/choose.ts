/** Which camera `auto` means, and why. Pure. */
import { type CameraSpec, formatCameraSpec, parseCameraSpec } from '../../firmware/pusher/sources.js'
import type { FoundCamera } from './discover.js'

export type Position = 'front' | 'back'

/** A camera that is decided upon: never `auto`. */
export type DecidedCamera = Exclude<CameraSpec, { readonly kind: 'auto' }>

export interface CameraChoice {
  readonly spec: DecidedCamera
  /** one sentence, for people */
  readonly why: string
}

export interface CamerasAsked {
  readonly front: CameraSpec
  readonly back: CameraSpec
}

export interface ChooseCamerasInput {
  readonly asked: CamerasAsked
  readonly found: readonly FoundCamera[]
  /** whether GStreamer's libcamerasrc is installed */
  readonly libcamera: boolean
}

interface Candidate {
  readonly spec: DecidedCamera
  /** what must not be used twice */
  readonly device: string
  readonly title: string
}

/**
 * `auto` is the first usable device that the other position hasn't got; a CSI camera through libcamera comes after
 * the others. Without any device it is the test picture. A real front camera gets no test picture as its companion:
 * then there is no back camera.
 */
export function chooseCameras({
  asked,
  found,
  libcamera,
}: ChooseCamerasInput): Readonly<Record<Position, CameraChoice>> {
  const candidates = candidatesOf(found, libcamera)
  const taken = new Set([deviceOf(asked.front, found), deviceOf(asked.back, found)])
  const front = decide(asked.front, candidates, taken, found)
  taken.add(deviceOf(front.spec, found))
  const back = decide(asked.back, candidates, taken, found)
  const real = front.spec.kind === 'v4l2' || front.spec.kind === 'libcamera'
  return asked.back.kind === 'auto' && back.spec.kind === 'test' && real
    ? { front, back: { spec: { kind: 'none' }, why: 'there is no second camera' } }
    : { front, back }
}

function decide(
  asked: CameraSpec,
  candidates: readonly Candidate[],
  taken: ReadonlySet<string>,
  found: readonly FoundCamera[],
): CameraChoice {
  if (asked.kind !== 'auto') return { spec: asked, why: 'as configured' }
  const free = candidates.find(({ device }) => !taken.has(device))
  if (free) return { spec: free.spec, why: `the first usable camera that is free: ${free.title}` }
  const csi = found.some((camera) => camera.csi) && !candidates.some(({ spec }) => spec.kind === 'libcamera')
  return {
    spec: { kind: 'test' },
    why: csi
      ? 'the CSI camera needs the GStreamer element libcamerasrc (Debian: gstreamer1.0-libcamera): the test picture'
      : 'no usable camera was found: the test picture',
  }
}

function candidatesOf(found: readonly FoundCamera[], libcamera: boolean): Candidate[] {
  const nodes = found
    .filter(({ usable }) => usable)
    .flatMap((camera): Candidate[] => {
      // The stable name leads to the same camera when it was unplugged and comes back as another node.
      const parsed = parseCameraSpec(camera.stable ?? camera.spec)
      const spec = parsed.ok && parsed.spec.kind !== 'auto' ? parsed.spec : undefined
      return spec
        ? [{ spec, device: identity(camera), title: `${camera.card} at ${camera.spec.slice(5)}` }]
        : []
    })
  const csi = found.find((camera) => camera.csi)
  return csi && libcamera
    ? [
        ...nodes,
        { spec: { kind: 'libcamera' }, device: 'libcamera', title: `the CSI camera (${csi.driver})` },
      ]
    : nodes
}

/** Two nodes of one camera count as one: they can't stream at the same time. */
const identity = ({ busInfo, spec }: FoundCamera): string => busInfo || spec

const deviceOf = (spec: CameraSpec, found: readonly FoundCamera[]): string => {
  if (spec.kind === 'libcamera') return 'libcamera'
  if (spec.kind !== 'v4l2') return ''
  const written = formatCameraSpec(spec)
  const camera = found.find((candidate) => candidate.spec === written || candidate.stable === written)
  return camera ? identity(camera) : written
}

/** For each camera that was found: what became of it, e.g. `front`, or why it was not chosen. */
export function cameraFate(camera: FoundCamera, chosen: Readonly<Record<Position, CameraChoice>>): string {
  if (!camera.usable) return `not usable: ${camera.why}`
  for (const position of ['front', 'back'] as const) {
    const { spec, why } = chosen[position]
    const written = formatCameraSpec(spec)
    if (written === camera.spec || written === camera.stable) {
      return `${position} camera: ${why === 'as configured' ? why : camera.why}`
    }
  }
  return 'usable, not chosen: a camera before it was'
}
