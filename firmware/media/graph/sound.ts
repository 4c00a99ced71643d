/**
 * What is done to the voice between the microphone and the encoder: attributes → launch text. Pure.
 *
 * webrtcdsp holds sound back for 10 ms, the others for none, but for `pitch`: at the server its sound comes 20 to 75 ms
 * after its picture. What is off is not in the
 * chain and costs nothing.
 */
import type { Attributes } from '../../pusher/attributes.js'

export type SoundAttributes = Pick<
  Attributes,
  'enable-agc' | 'enable-ans' | 'audio-reverb-type' | 'voice-changer-type'
>

export type SoundAttribute = keyof SoundAttributes

interface Stage {
  /** elements from mono raw sound in any format to the same, each of them in `needs` or of the base set */
  readonly launch: string
  readonly needs: readonly SoundElement[]
}

/** Elements that a stage may need and that a system may lack. */
export const soundElements = [
  'webrtcdsp',
  'pitch',
  'freeverb',
  'audioecho',
  'equalizer-10bands',
  'audiochebband',
  'audioamplify',
] as const

export type SoundElement = (typeof soundElements)[number]

/** Debian packages that bring them. */
const packages: Readonly<Record<SoundElement, string>> = {
  webrtcdsp: 'gstreamer1.0-plugins-bad',
  pitch: 'gstreamer1.0-plugins-bad',
  freeverb: 'gstreamer1.0-plugins-bad',
  audioecho: 'gstreamer1.0-plugins-good',
  'equalizer-10bands': 'gstreamer1.0-plugins-good',
  audiochebband: 'gstreamer1.0-plugins-good',
  audioamplify: 'gstreamer1.0-plugins-good',
}

const stage = (...parts: readonly (readonly [SoundElement, string])[]): Stage => ({
  launch: parts
    .map(([element, properties]) => `audioconvert ! ${element} ${properties}${after(element)}`)
    .join(' ! '),
  needs: parts.map(([element]) => element),
})

/** freeverb makes two channels of one. */
const after = (element: SoundElement): string =>
  element === 'freeverb' ? ' ! audioconvert ! audio/x-raw,channels=1' : ''

const pitch = (factor: number) => ['pitch', `pitch=${factor}`] as const
const room = (size: number, level: number, damping: number) =>
  ['freeverb', `room-size=${size} level=${level} damping=${damping}`] as const
const echo = (delayMs: number, intensity: number, feedback: number) =>
  [
    'audioecho',
    `max-delay=${delayMs}000000 delay=${delayMs}000000 intensity=${intensity} feedback=${feedback}`,
  ] as const
/** dB by band: 29, 59, 119, 237, 474, 947, 1889, 3770, 7523 and 15011 Hz */
const bands = (...gains: readonly number[]) =>
  ['equalizer-10bands', gains.map((gain, band) => `band${band}=${gain}`).join(' ')] as const
const only = (fromHz: number, toHz: number) =>
  [
    'audiochebband',
    `mode=band-pass lower-frequency=${fromHz} upper-frequency=${toHz} poles=4 ripple=0.5`,
  ] as const
/** Louder than full scale and cut there: every tone gets its odd harmonics. */
const overdriven = (factor: number) =>
  ['audioamplify', `amplification=${factor} clipping-method=clip`] as const

/** Spec 3.3. */
const reverbs: Readonly<Record<Attributes['audio-reverb-type'], Stage | undefined>> = {
  0: undefined,
  1: stage(room(0.55, 0.4, 0.3), echo(110, 0.3, 0.3)),
  2: stage(room(0.3, 0.35, 0.6)),
  3: stage(room(0.92, 0.5, 0.2)),
  4: stage(pitch(0.92), bands(4, 6, 7, 5, 1, -1, -2, -4, -6, -6)),
  5: stage(bands(-6, -4, -2, 1, 5, 6, 5, 3, 0, -2), echo(35, 0.3, 0.15)),
  6: stage(echo(12, 0.65, 0.7)),
  7: stage(bands(0, 3, 7, 8, 4, -2, -4, -5, -5, -6)),
}

/** Spec 3.4; there is no 5. */
const voices: Readonly<Record<Attributes['voice-changer-type'], Stage | undefined>> = {
  0: undefined,
  1: stage(pitch(1.35), bands(-6, -4, -2, 0, 0, 2, 3, 3, 2, 0)),
  2: stage(pitch(1.6), bands(-8, -8, -6, -2, 0, 1, 2, 4, 4, 2)),
  3: stage(pitch(0.78)),
  4: stage(pitch(0.9), overdriven(12), only(80, 4000)),
  6: stage(pitch(1.1), bands(-6, -6, -4, -6, 6, -4, 6, 3, 0, 0)),
  7: stage(pitch(0.6), bands(3, 6, 6, 3, 0, 0, 0, -2, -4, -4)),
  8: stage(pitch(0.85), bands(2, 4, 6, 5, 0, -3, -6, -9, -12, -12)),
  9: stage(overdriven(20), only(500, 2500), echo(2, 0.5, 0.5)),
  10: stage(pitch(0.8), echo(9, 0.8, 0.8)),
  11: stage(pitch(1.15), room(0.95, 0.6, 0.1), echo(180, 0.35, 0.4)),
}

const cleaning = (agc: boolean, ans: boolean): Stage | undefined =>
  agc || ans
    ? {
        // Its echo canceller needs a loudspeaker's signal; it takes 16-bit or float samples at 16 or 48 kHz.
        launch: `audioconvert ! webrtcdsp echo-cancel=false gain-control=${agc} noise-suppression=${ans} noise-suppression-level=high`,
        needs: ['webrtcdsp'],
      }
    : undefined

/** Stages in the order in which the sound goes through, each with the attributes that ask for it. */
const stages = (
  wish: SoundAttributes,
): readonly { readonly by: readonly SoundAttribute[]; readonly stage: Stage | undefined }[] => [
  { by: ['enable-agc', 'enable-ans'], stage: cleaning(wish['enable-agc'], wish['enable-ans']) },
  { by: ['voice-changer-type'], stage: voices[wish['voice-changer-type']] },
  { by: ['audio-reverb-type'], stage: reverbs[wish['audio-reverb-type']] },
]

const lacking = (stage: Stage, elements: ReadonlySet<string>): readonly SoundElement[] =>
  stage.needs.filter((element) => !elements.has(element))

/**
 * Launch text of what can be done to the voice with these elements, mono raw sound at both ends; empty when nothing
 * is to be done. A stage that lacks an element is left out: a failed effect is no reason to lose the microphone.
 */
export const voiceChain = (wish: SoundAttributes, elements: ReadonlySet<string>): string =>
  stages(wish)
    .flatMap(({ stage }) => (stage && lacking(stage, elements).length === 0 ? [stage.launch] : []))
    .join(' ! ')

/** Why an attribute's value can't be heard on this system; undefined when it can, or when it is off. */
export const soundLack = (
  name: string,
  wish: SoundAttributes,
  elements: ReadonlySet<string>,
): string | undefined => {
  const own = stages(wish).find(({ by }) => by.some((each) => each === name))
  if (!own?.stage || !wish[name as SoundAttribute]) return undefined
  const [element] = lacking(own.stage, elements)
  return element && `no effect here: GStreamer's ${element} is missing (${packages[element]})`
}
