import { checkConfigFile } from '../config/load.js'
import type { RunCommand } from './command.js'
import { exitCodes } from './exit-codes.js'
import { problemLine } from './problem-lines.js'

/** `live-pusher check-config FILE` */
export const checkConfig: RunCommand = async ({ words }, { out }) => {
  const file = words[0] ?? ''
  const checked = await checkConfigFile(file)
  if (checked.ok) {
    out(`${file}: ok`)
    return exitCodes.ok.code
  }
  for (const problem of checked.problems) out(problemLine(file, problem))
  return exitCodes.config.code
}
