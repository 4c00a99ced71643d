import { ownVersion } from '../version.js'
import type { RunCommand } from './command.js'
import { exitCodes } from './exit-codes.js'

/** `live-pusher version` */
export const version: RunCommand = async (_, { out }) => {
  out(`live-pusher ${ownVersion()} (Node ${process.versions.node}, ${process.platform} ${process.arch})`)
  return exitCodes.ok.code
}
