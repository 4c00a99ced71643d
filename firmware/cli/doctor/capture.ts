/** Cameras, microphones and encoders. */
import { cameraFate } from '../../../hw/cameras/choose.js'
import { microphoneFate } from '../../../hw/microphones/choose.js'
import { type VideoEncoder, videoEncoders } from '../../media/graph/encoders.js'
import { formatCameraSpec, formatMicrophoneSpec } from '../../pusher/sources.js'
import type { Findings } from '../probe.js'
import { type Encoding, encode30 } from './encoding.js'
import type { Finding } from './finding.js'

export function examineCameras({ cameras, chosenCameras }: Findings): Finding {
  const { front, back } = chosenCameras
  const facts = [
    ...cameras.map((found) => `${found.spec}  ${found.card}: ${short(cameraFate(found, chosenCameras))}`),
    `front: ${formatCameraSpec(front.spec)} (${front.why})`,
    `back: ${formatCameraSpec(back.spec)} (${back.why})`,
  ]
  const title = 'Cameras'
  if (cameras.length > 0 || front.spec.kind !== 'test') return { id: 'cameras', title, level: 'ok', facts }
  return {
    ...{ id: 'cameras', title, level: 'remark', facts: ['none was found', ...facts] },
    advice:
      'A test picture is pushed. Plug a camera in; for one at the CSI connector install gstreamer1.0-libcamera and say camera libcamera.',
  }
}

/** A camera may have dozens of formats. */
const short = (text: string): string => {
  const parts = text.split(', ')
  return parts.length <= 4 ? text : `${parts.slice(0, 3).join(', ')} and ${parts.length - 3} more`
}

export function examineMicrophones({ microphones, chosenMicrophone }: Findings): Finding {
  const { spec, why } = chosenMicrophone
  const facts = [
    ...microphones.map(
      (found) => `${found.spec}  ${found.title}: ${microphoneFate(found, chosenMicrophone)}`,
    ),
    `in use: ${formatMicrophoneSpec(spec)} (${why})`,
  ]
  const title = 'Microphones'
  if (microphones.length > 0 || spec.kind !== 'test') return { id: 'microphones', title, level: 'ok', facts }
  return {
    ...{ id: 'microphones', title, level: 'remark', facts: ['none was found', ...facts] },
    advice: 'A test tone is pushed. Plug a microphone in, or say microphone: none for silence.',
  }
}

/** Live video needs as many pictures per second as it shows. */
const needsFps = 30

/** One after the other: they are measured. */
export async function examineEncoders({ encoders, board }: Findings, signal: AbortSignal): Promise<Finding> {
  const facts: string[] = []
  let best = 0
  let chosenWorks: boolean | undefined
  for (const { element, hardware, answer, chosen, why } of encoders) {
    const kind = hardware ? 'hardware' : 'software'
    if (answer !== 'present' || !(element in videoEncoders)) {
      facts.push(`${element} (${kind}): ${why}`)
      continue
    }
    const outcome = await encode30(element as VideoEncoder, board.board.x264Preset, signal)
    facts.push(`${element} (${kind}): ${inWords(outcome)}${chosen ? '; chosen' : ''}`)
    if (chosen) chosenWorks = outcome.ok
    if (outcome.ok) best = Math.max(best, outcome.fps)
  }
  return { id: 'encoders', title: 'Encoders (30 pictures of 1280x720)', facts, ...verdict(best, chosenWorks) }
}

const inWords = (outcome: Encoding): string =>
  outcome.ok ? `${outcome.frames} pictures, ${outcome.fps} a second` : `FAILED: ${outcome.why}`

const verdict = (best: number, chosenWorks: boolean | undefined): Pick<Finding, 'level' | 'advice'> => {
  if (best === 0)
    return {
      level: 'problem',
      advice:
        'No encoder works, so the box can not push: apt install gstreamer1.0-plugins-ugly gstreamer1.0-tools.',
    }
  if (chosenWorks === false)
    return {
      level: 'remark',
      advice:
        'The first encoder does not do its work here and the next one is used (1103): its line above says why.',
    }
  if (best < needsFps)
    return {
      level: 'remark',
      advice: `1280x720 at ${needsFps} frames/s is too much for this computer: choose a smaller mode or fewer frames (fps).`,
    }
  return { level: 'ok' }
}
