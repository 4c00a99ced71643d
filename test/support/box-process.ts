/** The box's own process: the compiled command with a configuration and folders of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Teardown } from './teardown.js'
import { tempDir } from './temp-dir.js'
import { waitFor } from './wait-for.js'

const main = fileURLToPath(new URL('../../firmware/main.js', import.meta.url))

export const boxName = 'testbox'

export interface ProcessOptions {
  /** merged into a configuration with the test picture, the test tone, free ports and no local RTMP server */
  readonly config?: Readonly<Record<string, unknown>>
  /** the file to run with, written by the test; `config` is not used then */
  readonly configFile?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** a state folder that a box before had */
  readonly stateDir?: string
  /** runs as that user and the group of the same number; see {@link canRunAs} */
  readonly uid?: number
  /** runs in the network namespace of that name */
  readonly namespace?: string
}

export interface BoxProcess {
  readonly process: ChildProcess
  readonly stateDir: string
  readonly configFile: string
  /** what it printed on both streams, and on standard error alone */
  output(): string
  errors(): string
  /** its exit code; null when a signal ended it */
  readonly exited: Promise<number | null>
  /** the match, once it has printed that; rejects when the process ends before */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
}

/** The virtual machine is five to twenty times slower. */
export const startMs = process.env.LIVE_PUSHER_VM === '1' ? 40_000 : 20_000

/** Writes the configuration, starts the process and resolves without waiting for it. */
export const spawnBox = async (t: Teardown, options: ProcessOptions = {}): Promise<BoxProcess> => {
  const folder = await tempDir(t)
  const stateDir = options.stateDir ?? join(folder, 'state')
  const configFile = options.configFile ?? join(folder, 'config.yaml')
  if (options.configFile === undefined) await writeFile(configFile, configText(folder, stateDir, options))
  const { uid } = options
  if (uid !== undefined) await chown(folder, uid, uid)
  const program = [process.execPath, main, 'run', '--config', configFile, ...(options.args ?? [])]
  // ip replaces itself by the program.
  const inside = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace]
  const [command = '', ...args] = [...inside, ...program]
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
    errors += text
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    process: child,
    stateDir,
    configFile,
    output: () => output,
    errors: () => errors,
    exited,
    says: async (pattern, timeoutMs = startMs) => {
      const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
      const match = await waitFor(() => pattern.exec(output) ?? (ended() ? 'ended' : undefined), {
        what: `the box to print ${pattern}`,
        timeoutMs,
      })
      if (match === 'ended') throw new Error(`the box ended with ${child.exitCode}: ${output}`)
      return match
    },
  }
}

/** Whether this process may start others as that user, and that user may read the box. */
export const canRunAs = (uid: number): boolean => {
  const script = 'require("node:fs").accessSync(process.argv[1])'
  return spawnSync(process.execPath, ['-e', script, main], { uid, gid: uid, timeout: 10_000 }).status === 0
}

/** The configuration that a box of that folder would get. */
export const configText = (
  folder: string,
  stateDir: string,
  { config }: Pick<ProcessOptions, 'config'> = {},
): string =>
  stringify({
    name: boxName,
    'state-dir': stateDir,
    'runtime-dir': join(folder, 'run'),
    cameras: { front: 'test', back: 'test' },
    microphone: 'test',
    http: { port: 0 },
    'local-rtmp': { enabled: false },
    mqtt: { embedded: { port: 0 } },
    ...config,
  })
