/** RAUC, by its command line tool, which talks to its service over D-Bus. Bundles are checked and written by RAUC only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cause } from '../../firmware/pusher/events.js'
import { UpdateError } from './update-error.js'

export interface BundleInfo {
  readonly compatible: string
  readonly version: string
}

export interface SlotStatus {
  readonly compatible: string
  /** bootname of the slot that runs; undefined when RAUC does not know */
  readonly booted: string | undefined
}

export interface RaucOptions {
  /** the tool and what stands before every request; `--conf=…` is only for a system that is not this one */
  readonly command?: readonly [string, ...string[]]
  readonly env?: NodeJS.ProcessEnv
  /** ms for a question; an installation may take `installMs` */
  readonly askMs?: number
  readonly installMs?: number
  /** between two looks whether RAUC is done with something else */
  readonly busyMs?: number
}

const mostOutput = 1_000_000

export class Rauc {
  readonly #options: Required<RaucOptions>

  constructor(options: RaucOptions = {}) {
    this.#options = {
      command: ['rauc'],
      env: process.env,
      ...{ askMs: 30_000, installMs: 3_600_000, busyMs: 5000 },
      ...options,
    }
  }

  /** @throws UpdateError `rauc-missing`, `rauc-failed`, `rauc-silent` */
  async status(): Promise<SlotStatus> {
    const answer = parsed(await this.#ask(['status', '--output-format=json']))
    const { compatible, booted } = answer
    if (typeof compatible !== 'string')
      throw new UpdateError({ kind: 'rauc-failed', detail: 'no compatible' })
    return { compatible, booted: bootnameOf(answer, booted) }
  }

  /**
   * Checks the signature and reads what the bundle is; nothing is written.
   * @throws UpdateError `signature`, `damaged`, `format`, or as status
   */
  async inspect(file: string): Promise<BundleInfo> {
    const { compatible, version } = parsed(await this.#ask(['info', '--output-format=json', file]))
    if (typeof compatible !== 'string' || typeof version !== 'string')
      throw new UpdateError({ kind: 'damaged', detail: 'the manifest has no compatible or no version' })
    return { compatible, version }
  }

  /**
   * Writes the slot that does not run and makes it the next one. One that RAUC is busy with, from before the daemon was
   * started anew, is waited for.
   * @param onPercent 0 to 100
   * @throws UpdateError; the slot that runs is as before, and stays the next one
   */
  async install(file: string, onPercent: (percent: number) => void): Promise<void> {
    const { installMs, busyMs } = this.#options
    const until = performance.now() + installMs
    for (;;) {
      try {
        await this.#run(['install', file], installMs, (line) => {
          const percent = /^\s*(\d{1,3})% /.exec(line)?.[1]
          if (percent !== undefined) onPercent(Number(percent))
        })
        return
      } catch (error) {
        const busy = error instanceof UpdateError && error.why.kind === 'busy'
        if (!busy || performance.now() + busyMs > until) throw error
        await sleep(busyMs)
      }
    }
  }

  /** Says of the slot that runs whether it may be started again. @throws UpdateError */
  async mark(state: 'good' | 'bad'): Promise<void> {
    await this.#ask(['status', `mark-${state}`, 'booted'])
  }

  #ask(args: readonly string[]): Promise<string> {
    return this.#run(args, this.#options.askMs)
  }

  async #run(args: readonly string[], limitMs: number, onLine?: (line: string) => void): Promise<string> {
    const [tool, ...before] = this.#options.command
    const child = spawn(tool, [...before, ...args], {
      env: { ...this.#options.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    if (onLine) createInterface({ input: child.stdout }).on('line', onLine)
    const [ended, out, error] = await Promise.all([end(child), text(child.stdout), text(child.stderr)])
    if ('spawn' in ended) throw new UpdateError({ kind: 'rauc-missing', detail: ended.spawn })
    if (ended.signal !== null) throw new UpdateError({ kind: 'rauc-silent', afterMs: limitMs })
    if (ended.code !== 0) throw new UpdateError(reasonIn(`${error}\n${out}`))
    return out
  }
}

type Ended =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly spawn: string }

const end = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve({ spawn: error.code ?? 'unknown' }))
    child.once('close', (code, signal) => resolve({ code, signal }))
  })

const text = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  let all = ''
  for await (const chunk of stream) if (all.length < mostOutput) all += chunk.toString()
  return all
}

const parsed = (json: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // told below
  }
  throw new UpdateError({ kind: 'rauc-failed', detail: 'its answer is not JSON' })
}

/** RAUC names the booted slot by its bootname, or by its own name in newer releases. */
const bootnameOf = ({ slots }: Readonly<Record<string, unknown>>, booted: unknown): string | undefined => {
  if (typeof booted !== 'string' || booted === '') return undefined
  for (const entry of Array.isArray(slots) ? slots : []) {
    const slot = (entry as Record<string, { bootname?: unknown } | undefined>)[booted]
    if (typeof slot?.bootname === 'string') return slot.bootname
  }
  return booted
}

/** In RAUC's words, which have no codes. */
const reasons: readonly (readonly [kind: string, words: RegExp])[] = [
  ['wrong-board', /Compatible mismatch/i],
  ['format', /Bundle format .* not allowed|unsupported bundle format/i],
  [
    'damaged',
    /exceeds bundle size|Signature size|not a valid bundle|Invalid (?:bundle )?identifier|squashfs|verity|splicing/i,
  ],
  ['signature', /signature verification|self-signed|certificate|CMS routines|unable to get local issuer/i],
  ['no-space', /No space left|larger than the slot|Slot .* too small/i],
  ['busy', /already processing/i],
  ['slot-in-use', /resource busy|mounted/i],
  ['no-slots', /booted slot not found|Did not find booted slot/i],
]

const reasonIn = (output: string): Cause => {
  const line =
    output.split('\n').find((each) => /LastError|failed|error/i.test(each) && !/%/.test(each)) ??
    output.trim()
  const detail = line.replace(/^LastError:\s*/, '').slice(0, 200)
  const kind = reasons.find(([, words]) => words.test(output))?.[0] ?? 'rauc-failed'
  return { kind, detail }
}
