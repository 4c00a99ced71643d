import {
  chooseEncoder,
  type EncoderFinding,
  encodersWithoutDevice,
  findEncoders,
} from '../../hw/boards/encoders.js'
import { gstElements } from '../../hw/boards/gst-elements.js'
import { type RecognisedBoard, recogniseBoard } from '../../hw/boards/recognise.js'
import { type CameraChoice, cameraFate, chooseCameras, type Position } from '../../hw/cameras/choose.js'
import { discoverCameras, type FoundCamera } from '../../hw/cameras/discover.js'
import { chooseMicrophone, type MicrophoneChoice, microphoneFate } from '../../hw/microphones/choose.js'
import { discoverMicrophones, type FoundMicrophone } from '../../hw/microphones/discover.js'
import { checkConfigFile } from '../config/load.js'
import { type Config, configSchema } from '../config/schema.js'
import { formatCameraSpec, formatMicrophoneSpec } from '../pusher/sources.js'
import type { RunCommand } from './command.js'
import { exitCodes } from './exit-codes.js'
import { problemLine } from './problem-lines.js'

/** What was found, and what would be used. */
export interface Findings {
  readonly board: RecognisedBoard
  readonly cameras: readonly FoundCamera[]
  readonly chosenCameras: Readonly<Record<Position, CameraChoice>>
  readonly microphones: readonly FoundMicrophone[]
  readonly chosenMicrophone: MicrophoneChoice
  readonly encoders: readonly EncoderFinding[]
}

/** `live-pusher probe [--config FILE] [--json]` */
export const probe: RunCommand = async ({ options }, { out, error, signal }) => {
  const file = options.config
  const checked = file === undefined ? undefined : await checkConfigFile(file)
  if (checked?.ok === false) {
    for (const problem of checked.problems) error(problemLine(file, problem))
    return exitCodes.config.code
  }
  const findings = await look(checked?.config ?? configSchema.parse({}), signal)
  out('json' in options ? JSON.stringify(asJson(findings), null, 2) : asText(findings))
  return chooseEncoder(findings.encoders) === undefined ? exitCodes.unavailable.code : exitCodes.ok.code
}

/** Asks devices what they are; nothing is opened for long or recorded. */
export async function look(config: Config, signal: AbortSignal): Promise<Findings> {
  const has = gstElements({ signal })
  const [board, cameras, microphones, libcamera] = await Promise.all([
    recogniseBoard(config.board),
    discoverCameras(),
    discoverMicrophones(),
    has('libcamerasrc'),
  ])
  const encoders = await findEncoders(
    board.board,
    config.encoder,
    has,
    await encodersWithoutDevice(board.board),
  )
  const chosenCameras = chooseCameras({
    asked: config.cameras,
    found: cameras,
    libcamera: libcamera === 'present',
  })
  const clip = chosenCameras.front.spec.kind === 'clip'
  return {
    board,
    cameras,
    chosenCameras,
    microphones,
    chosenMicrophone: chooseMicrophone(config.microphone, microphones, clip),
    encoders,
  }
}

function asJson({
  board,
  cameras,
  chosenCameras,
  microphones,
  chosenMicrophone,
  encoders,
}: Findings): object {
  const camera = ({ spec, why }: CameraChoice) => ({ spec: formatCameraSpec(spec), why })
  const { id, title, softwareLimit, notes } = board.board
  return {
    board: { id, title, model: board.model, why: board.why, softwareLimit, notes },
    cameras: {
      front: camera(chosenCameras.front),
      back: camera(chosenCameras.back),
      found: cameras.map((found) => ({ ...found, fate: cameraFate(found, chosenCameras) })),
    },
    microphone: {
      chosen: { spec: formatMicrophoneSpec(chosenMicrophone.spec), why: chosenMicrophone.why },
      found: microphones.map((found) => ({ ...found, fate: microphoneFate(found, chosenMicrophone) })),
    },
    encoders,
  }
}

function asText({
  board,
  cameras,
  chosenCameras,
  microphones,
  chosenMicrophone,
  encoders,
}: Findings): string {
  const { front, back } = chosenCameras
  const encoder = chooseEncoder(encoders)
  const nothing = (list: readonly unknown[], text: string) => (list.length === 0 ? [`  ${text}`] : [])
  return [
    'Board',
    `  ${board.board.title}${board.model === '' ? '' : ` (${board.model})`}: ${board.why}`,
    `  ${board.board.notes}`,
    '',
    'Cameras',
    ...nothing(cameras, 'no video device was found'),
    ...cameras.flatMap((found) => [
      `  ${found.spec}  ${found.card}${found.driver === '' ? '' : ` (${found.driver})`}`,
      `    ${cameraFate(found, chosenCameras)}`,
      ...(found.stable === undefined ? [] : [`    stable name: ${found.stable}`]),
    ]),
    `  front: ${formatCameraSpec(front.spec)} (${front.why})`,
    `  back: ${formatCameraSpec(back.spec)} (${back.why})`,
    '',
    'Microphones',
    ...nothing(microphones, 'no capture device was found'),
    ...microphones.flatMap((found) => [
      `  ${found.spec}  ${found.title}`,
      `    ${microphoneFate(found, chosenMicrophone)}`,
    ]),
    `  microphone: ${formatMicrophoneSpec(chosenMicrophone.spec)} (${chosenMicrophone.why})`,
    '',
    'H.264 encoders',
    ...encoders.map(
      ({ element, hardware, why }) => `  ${element}  ${hardware ? 'hardware' : 'software'}: ${why}`,
    ),
    `  encoder: ${encoder?.element ?? 'none: the box can not push'}`,
  ].join('\n')
}
