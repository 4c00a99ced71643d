/**
 * The box's cameras and microphone as the capture side asks for them: decided once at the start, looked at again
 * whenever one is opened. A real camera that is gone stays the camera of its position; it never turns into a test
 * picture behind somebody's back.
 */
import { access, constants, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Cause } from '../firmware/pusher/events.js'
import type { CameraSpec, MicrophoneSpec } from '../firmware/pusher/sources.js'
import { type CameraChoice, chooseCameras, namedCamera, type Position } from './cameras/choose.js'
import {
  type DiscoverOptions,
  discoverCamera,
  discoverCameras,
  type FoundCamera,
} from './cameras/discover.js'
import { focusLack, setAutoFocus } from './cameras/focus.js'
import { type CaptureFormat, captureFormat } from './cameras/formats.js'
import { holderOf } from './holder.js'
import { chooseMicrophone, type MicrophoneChoice } from './microphones/choose.js'
import { discoverMicrophones } from './microphones/discover.js'

export interface PictureWish {
  readonly width: number
  readonly height: number
  readonly fps: number
}

export type CameraSource =
  | { readonly kind: 'test'; readonly label: string; readonly look: 'bars' | 'wheel' }
  | { readonly kind: 'v4l2'; readonly device: string; readonly format?: CaptureFormat }
  | { readonly kind: 'libcamera'; readonly id?: string }
  | { readonly kind: 'clip'; readonly file: string }

export type MicrophoneSource =
  | { readonly kind: 'test' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'alsa'; readonly device: string }
  | { readonly kind: 'clip'; readonly file: string }

export type Found<Source> = { readonly source: Source } | { readonly missing: Cause }

export interface DevicesAsked {
  /** name of the box, shown in the test picture */
  readonly name: string
  readonly front: CameraSpec
  readonly back: CameraSpec
  readonly microphone: MicrophoneSpec
  readonly libcamera: boolean
}

export class Devices {
  readonly #asked: DevicesAsked
  readonly #machine: DiscoverOptions
  #cameras: Readonly<Record<Position, CameraChoice>> | undefined
  #microphone: MicrophoneChoice | undefined
  /** where a camera that is known by name was last */
  readonly #nodes = new Map<string, string>()

  /** @param machine where to look; another tree of files in tests */
  constructor(asked: DevicesAsked, machine: DiscoverOptions = {}) {
    this.#asked = asked
    this.#machine = machine
  }

  /** Looks at what is there and decides what `auto` means. */
  async decide(): Promise<{
    cameras: Readonly<Record<Position, CameraChoice>>
    microphone: MicrophoneChoice
  }> {
    const [found, microphones] = await Promise.all([
      discoverCameras(this.#machine),
      discoverMicrophones(this.#machine.root),
    ])
    const { front, back, microphone, libcamera } = this.#asked
    this.#cameras = chooseCameras({ asked: { front, back }, found, libcamera })
    this.#microphone = chooseMicrophone(microphone, microphones, this.#cameras.front.spec.kind === 'clip')
    return { cameras: this.#cameras, microphone: this.#microphone }
  }

  async camera(position: Position, wish: PictureWish): Promise<Found<CameraSource>> {
    const { cameras } = await this.#decided()
    const { spec } = cameras[position]
    switch (spec.kind) {
      case 'none':
        return { missing: { kind: 'no-camera', position } }
      case 'test':
        return {
          source: {
            kind: 'test',
            label: `${this.#asked.name} ${position}`,
            look: position === 'front' ? 'bars' : 'wheel',
          },
        }
      case 'clip': {
        const problem = await unreadable(spec.file, constants.R_OK)
        return problem ? { missing: { kind: problem, device: spec.file, position } } : { source: spec }
      }
      case 'libcamera':
        return { source: spec }
      case 'v4l2': {
        const path = join(this.#machine.root ?? '/', spec.device)
        const problem = await unreadable(path, constants.R_OK | constants.W_OK)
        if (problem) return { missing: { kind: problem, device: spec.device, position } }
        const node = await realpath(path).catch(() => undefined)
        // Unplugged between the two looks.
        if (!node) return { missing: { kind: 'device-missing', device: spec.device, position } }
        const found = await discoverCamera(basename(node), this.#machine)
        return { source: capture(spec.device, found, wish) }
      }
      case 'named': {
        const found = await this.#named(spec.name, position)
        if (!found) return { missing: { kind: 'device-missing', device: spec.name, position } }
        const device = found.spec.slice('v4l2:'.length)
        const problem = await unreadable(
          join(this.#machine.root ?? '/', device),
          constants.R_OK | constants.W_OK,
        )
        if (problem) return { missing: { kind: problem, device: `${spec.name} (${device})`, position } }
        return { source: capture(device, found, wish) }
      }
    }
  }

  /**
   * Switches the automatic focus of a camera on or off, whether or not it is streaming. Gives why that has no effect,
   * or undefined when it has; never rejects.
   */
  async focus(position: Position, automatic: boolean): Promise<string | undefined> {
    const { cameras } = await this.#decided()
    const { spec } = cameras[position]
    if (spec.kind === 'named') {
      const device = (await this.#named(spec.name, position))?.spec.slice('v4l2:'.length)
      return device === undefined
        ? `there is no camera ${spec.name}`
        : setAutoFocus(join(this.#machine.root ?? '/', device), automatic)
    }
    if (spec.kind !== 'v4l2') return focusLack(spec.kind)
    return setAutoFocus(join(this.#machine.root ?? '/', spec.device), automatic)
  }

  /** Who has a device open that a source names, e.g. `ffmpeg (812)`, as far as this user may know. Never rejects. */
  holder(device: string): Promise<string | undefined> {
    return holderOf(device, this.#machine.root)
  }

  /** The plain `clip` is the sound of that position's clip. */
  async microphone(position: Position): Promise<Found<MicrophoneSource>> {
    const { cameras, microphone } = await this.#decided()
    const { spec } = microphone
    switch (spec.kind) {
      case 'none':
        return { source: { kind: 'silence' } }
      case 'test':
      case 'alsa':
        return { source: spec }
      case 'clip': {
        const camera = cameras[position].spec
        const file = spec.file ?? (camera.kind === 'clip' ? camera.file : undefined)
        return file === undefined
          ? { missing: { kind: 'no-clip', position } }
          : { source: { kind: 'clip', file } }
      }
    }
  }

  async #named(name: string, position: Position): Promise<FoundCamera | undefined> {
    const { cameras } = await this.#decided()
    const { spec } = cameras.front
    const sameNameBefore = position === 'back' && spec.kind === 'named' && spec.name === name
    const before = this.#nodes.get(`${position} ${name}`)
    const there = before && (await discoverCamera(before, this.#machine))
    // A driver that lets nobody in beside who streams doesn't say its address either.
    if (there && (there.busInfo === name || there.busInfo === '')) return there
    const found = await discoverCameras(this.#machine)
    const camera = namedCamera(name, found, sameNameBefore)
    if (camera) this.#nodes.set(`${position} ${name}`, basename(camera.spec))
    return camera
  }

  async #decided(): Promise<{
    cameras: Readonly<Record<Position, CameraChoice>>
    microphone: MicrophoneChoice
  }> {
    return this.#cameras && this.#microphone
      ? { cameras: this.#cameras, microphone: this.#microphone }
      : await this.decide()
  }
}

const capture = (device: string, found: FoundCamera | undefined, wish: PictureWish): CameraSource => {
  const format = found && captureFormat(found.formats, wish)
  return { kind: 'v4l2', device, ...(format ? { format } : {}) }
}

const unreadable = async (path: string, mode: number): Promise<string | undefined> => {
  try {
    await access(path, mode)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return code === 'EACCES' || code === 'EPERM' ? 'device-denied' : 'device-missing'
  }
}
