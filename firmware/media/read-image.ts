/**
 * The daemon's side of `engine/image-reader.ts`: a picture from outside → a PNG of our own making. The decoder runs
 * in a process of its own, under a deadline.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ImageHeader } from './image-header.js'
import { MediaError } from './supervisor.js'

const program = fileURLToPath(new URL('./engine/image-reader.js', import.meta.url))
const deadlineMs = 20_000
/** A PNG of the largest picture that is read, and more. */
const mostBytes = 64 * 1024 * 1024

/**
 * Decodes `image` and writes it anew: upright, opaque, 8 bit.
 * @throws MediaError `image-broken` when it can't be decoded, `timeout`, `decoder-failed`
 */
export const readImage = async (
  image: Uint8Array,
  header: ImageHeader,
  signal: AbortSignal,
): Promise<Buffer> => {
  const deadline = AbortSignal.timeout(deadlineMs)
  const child = spawn(process.execPath, [program, JSON.stringify(header)], {
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    signal: AbortSignal.any([deadline, signal]),
    killSignal: 'SIGKILL',
  })
  const [input, words, output] = [child.stdin, child.stdout, child.stdio[3]]
  let told = ''
  words?.on('data', (chunk: Buffer) => {
    if (told.length < 1_000) told += chunk.toString('utf8')
  })
  const chunks: Buffer[] = []
  let bytes = 0
  output?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > mostBytes) child.kill('SIGKILL')
    else chunks.push(chunk)
  })
  // A decoder that gave up doesn't read on.
  input?.on('error', () => undefined)
  input?.end(image)
  await new Promise<void>((resolve, reject) => {
    child.on('close', () => resolve())
    child.on('error', (error) => {
      if (child.pid === undefined)
        reject(new MediaError({ kind: 'decoder-failed', detail: String(error).slice(0, 300) }))
    })
  })
  if (deadline.aborted) throw new MediaError({ kind: 'timeout', afterMs: deadlineMs })
  signal.throwIfAborted()
  const [line = ''] = told.split('\n')
  if (line === 'done' && bytes > 0 && bytes <= mostBytes) return Buffer.concat(chunks)
  const detail = line === 'done' ? 'there is no whole picture in it' : line.replace(/^failed /, '')
  throw new MediaError({ kind: 'image-broken', detail: detail.slice(0, 300) })
}
