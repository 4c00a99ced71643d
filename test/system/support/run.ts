/** Programs of the virtual machine: v4l2-ctl, modprobe, udevadm. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What it printed on standard output. @throws with what it printed on standard error, or after 60 s */
export const run = async (program: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, [...args], { timeout: 60_000 })
  return stdout
}
