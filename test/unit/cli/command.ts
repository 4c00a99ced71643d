import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../firmware/main.js', import.meta.url))

export interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs the compiled command with a deadline of 20 s and gives what it printed and its exit code. */
export const livePusher = (
  args: readonly string[],
  { environment = {}, cwd }: { environment?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...environment },
      timeout: 20_000,
      ...(cwd === undefined ? {} : { cwd }),
    }
    execFile(process.execPath, [main, ...args], options, (failure, out, error) => {
      if (failure === null) resolve({ code: 0, out, error })
      else if (typeof failure.code === 'number') resolve({ code: failure.code, out, error })
      else reject(failure)
    })
  })
