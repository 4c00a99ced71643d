/** Which microphone `auto` means, and why. Pure. */
import {
  formatMicrophoneSpec,
  type MicrophoneSpec,
  parseMicrophoneSpec,
} from '../../firmware/pusher/sources.js'
import type { FoundMicrophone } from './discover.js'

/** A microphone that is decided upon: never `auto`. */
export type DecidedMicrophone = Exclude<MicrophoneSpec, { readonly kind: 'auto' }>

export interface MicrophoneChoice {
  readonly spec: DecidedMicrophone
  /** one sentence, for people */
  readonly why: string
}

/**
 * `auto` is the sound of the front camera's clip when it is one, else the first usable device, else the test tone.
 * @param cameraIsClip whether the front camera was decided to be a clip
 */
export function chooseMicrophone(
  asked: MicrophoneSpec,
  found: readonly FoundMicrophone[],
  cameraIsClip: boolean,
): MicrophoneChoice {
  if (asked.kind !== 'auto') return { spec: asked, why: 'as configured' }
  if (cameraIsClip) return { spec: { kind: 'clip' }, why: "the front camera is a clip: the clip's sound" }
  for (const microphone of found) {
    const parsed = parseMicrophoneSpec(microphone.spec)
    if (microphone.usable && parsed.ok && parsed.spec.kind !== 'auto') {
      return { spec: parsed.spec, why: `the first usable microphone: ${microphone.title}` }
    }
  }
  return { spec: { kind: 'test' }, why: 'no usable microphone was found: the test tone' }
}

/** For each microphone that was found: whether it was chosen, or why not. */
export function microphoneFate(microphone: FoundMicrophone, chosen: MicrophoneChoice): string {
  // A loopback that was asked for by name is used.
  if (formatMicrophoneSpec(chosen.spec) === microphone.spec) return `chosen: ${chosen.why}`
  if (!microphone.usable) return `not usable: ${microphone.why}`
  return chosen.spec.kind === 'alsa'
    ? 'usable, not chosen: another one was'
    : `usable, not chosen: ${chosen.why}`
}
