import { recogniseBoard } from '../../hw/boards/recognise.js'
import { chooseTorch } from '../../hw/torch/choose.js'
import { checkConfigFile } from '../config/load.js'
import { configSchema } from '../config/schema.js'
import { Controls } from '../controls.js'
import type { RunCommand } from './command.js'
import { exitCodes } from './exit-codes.js'
import { problemLine } from './problem-lines.js'

/** `live-pusher lights-off [--config FILE]` */
export const lightsOff: RunCommand = async ({ options }, { error }) => {
  const file = options.config
  const checked = file === undefined ? undefined : await checkConfigFile(file)
  if (checked?.ok === false) {
    for (const problem of checked.problems) error(problemLine(file, problem))
    return exitCodes.config.code
  }
  const config = checked?.config ?? configSchema.parse({})
  const { board } = await recogniseBoard(config.board)
  const controls = new Controls({ config, board, onTerminal: false, write: () => undefined })
  const torch = chooseTorch(config.torch, board.id)
  const [troubles, torchTrouble] = await Promise.all([
    controls.lightsOff(),
    torch?.start().then(
      () => torch.stop(),
      (failed: Error) => failed.message,
    ),
  ])
  const all = [...troubles, ...(torchTrouble ? [torchTrouble] : [])]
  for (const message of all) error(`live-pusher: ${message}`)
  return all.length === 0 ? exitCodes.ok.code : exitCodes.unavailable.code
}
