import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { patience } from '../wait-for.js'

export interface ToolOutput {
  /** 0 when all went well */
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
  /** what was written to descriptor 3 */
  readonly extra: string
}

const collect = (stream: Readable): Buffer[] => {
  const parts: Buffer[] = []
  stream.on('data', (part: Buffer) => parts.push(part))
  return parts
}

/** Runs ffmpeg or ffprobe to its end; SIGKILL and a rejection with its last words after the deadline. */
export const runTool = (
  tool: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  timeoutMs: number,
): Promise<ToolOutput> =>
  new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    const stdout = collect(child.stdout!)
    const stderr = collect(child.stderr!)
    const extra = collect(child.stdio[3] as Readable)
    const said = (): string => Buffer.concat(stderr).toString('utf8').trim()
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, timeoutMs * patience)
    child.once('error', (error) => {
      clearTimeout(deadline)
      reject(new Error(`${tool} can't be run: install ffmpeg`, { cause: error }))
    })
    child.once('close', (code) => {
      clearTimeout(deadline)
      if (isLate) reject(new Error(`${tool} was not done within ${timeoutMs} ms: ${said().slice(-1_000)}`))
      else {
        const output = {
          stdout: Buffer.concat(stdout),
          stderr: said(),
          extra: Buffer.concat(extra).toString('utf8'),
        }
        resolve({ code: code ?? -1, ...output })
      }
    })
  })

export interface Span {
  /** how much of the input is judged, in its own time; all of it when not given */
  readonly seconds?: number
  /** 20 s unless given; a live stream takes its own length at least */
  readonly timeoutMs?: number
}

export const defaultTimeoutMs = 20_000

/**
 * The options that open an input for judging. A live stream is looked at for a second before decoding
 * starts (ffmpeg's own default is five).
 */
export const inputArguments = (input: string, { seconds }: Span): string[] => [
  ...['-nostdin', '-hide_banner', '-v', 'error'],
  ...(input.includes('://') ? ['-analyzeduration', '1000000'] : []),
  ...(seconds === undefined ? [] : ['-t', String(seconds)]),
  ...['-i', input],
]
