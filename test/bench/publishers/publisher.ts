import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import type { Teardown } from '../../support/teardown.js'
import { withDeadline } from '../../support/wait-for.js'
import { monotonicMs } from '../clock.js'

/** What is pushed: the same for the box and for what it is compared with. */
export interface Stream {
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly videoKbps: number
  /** a video file instead of the test picture */
  readonly clip?: string
}

/** Something that pushes to a URL right now. */
export interface Publisher {
  /** the process at the top of its tree */
  readonly pid: number
  /** when its process was started, monotonic ms */
  readonly startedMs: number
  stop(): Promise<void>
}

/** A way to push: the box, or a tool that it is compared with. */
export interface Contender {
  readonly name: string
  start(t: Teardown, url: string, stream: Stream): Promise<Publisher>
}

const lastWords = 2_000

/** Starts a foreign tool that pushes until it is stopped. `stop` rejects when it had ended by itself. */
export const startTool = async (
  t: Teardown,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Publisher> => {
  const startedMs = monotonicMs()
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-lastWords)
  })
  t.teardown(() => child.kill('SIGKILL'))
  await withDeadline(once(child, 'spawn'), { what: `${command} to start` })
  const exited = once(child, 'exit')
  exited.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    startedMs,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${basename(command)} ended by itself (${child.exitCode}): ${said.trim()}`)
      child.kill('SIGINT')
      try {
        await withDeadline(exited, { what: `${basename(command)} to end` })
      } catch (error) {
        child.kill('SIGKILL')
        throw error
      }
    },
  }
}
