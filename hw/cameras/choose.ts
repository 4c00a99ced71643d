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
 * `auto` is the first usable device that the other position hasn't got, by a name that stays; a CSI camera through libcamera comes after
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
  const real = ['v4l2', 'named', 'libcamera'].includes(front.spec.kind)
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
      const parsed = parseCameraSpec(lastingName(camera, found))
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

/**
 * The name that leads to the same camera when it was unplugged and comes back as another node: its serial number, or
 * else where it is plugged in. Links by path are made for one of several devices on the same path; its address tells
 * them apart.
 */
const lastingName = (camera: FoundCamera, found: readonly FoundCamera[]): string => {
  const { stable, busInfo, spec } = camera
  if (stable?.includes('/by-id/')) return stable
  const leadsHere = namedCamera(busInfo, found, false) === camera
  return busInfo !== '' && leadsHere ? `camera:${busInfo}` : (stable ?? spec)
}

/**
 * The node of a camera that is known by its card's name or by its address on the bus. Of several with one name the
 * front camera is the first in the order of addresses, and the back one the second when the front has that name too.
 */
export function namedCamera(
  name: string,
  found: readonly FoundCamera[],
  sameNameBefore: boolean,
): FoundCamera | undefined {
  const captures = found.filter(({ usable }) => usable)
  const byAddress = captures.find(({ busInfo }) => busInfo === name)
  if (byAddress) return byAddress
  const alike = captures
    .filter(({ card }) => card === name)
    .sort((a, b) => a.busInfo.localeCompare(b.busInfo, 'en', { numeric: true }))
  // Two nodes of one camera count as one.
  const addresses = alike.map(identity)
  const cameras = alike.filter((camera, index) => addresses.indexOf(identity(camera)) === index)
  return cameras[sameNameBefore ? 1 : 0]
}

/** Two nodes of one camera count as one: they can't stream at the same time. */
const identity = ({ busInfo, spec }: FoundCamera): string => busInfo || spec

const deviceOf = (spec: CameraSpec, found: readonly FoundCamera[]): string => {
  if (spec.kind === 'libcamera') return 'libcamera'
  if (spec.kind === 'named') {
    const camera = namedCamera(spec.name, found, false)
    return camera ? identity(camera) : spec.name
  }
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
    const names = [camera.spec, camera.stable, `camera:${camera.busInfo}`, `camera:${camera.card}`]
    if (names.includes(written)) {
      return `${position} camera: ${why === 'as configured' ? why : camera.why}`
    }
  }
  return 'usable, not chosen: a camera before it was'
}
