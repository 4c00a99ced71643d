import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Teardown } from './teardown.js'
import { withDeadline } from './wait-for.js'

export interface PublisherOptions {
  /** frame size, `320x180` unless given */
  readonly size?: string
  readonly fps?: number
  readonly toneHz?: number
  /** ends by itself after so many seconds of stream; goes on until `stop` when not given */
  readonly seconds?: number
  /** constant: padded when the picture doesn't need it */
  readonly videoKbps?: number
}

export interface Publisher {
  /** resolves when ffmpeg ended: its exit code (null when killed) and what it said */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>
  stop(): Promise<void>
}

/** Publishes a moving test picture and a tone with ffmpeg, in real time: a client that is not ours. */
export const startFfmpegPublisher = (
  t: Teardown,
  url: string,
  { size = '320x180', fps = 15, toneHz = 1_000, seconds, videoKbps = 300 }: PublisherOptions = {},
): Publisher => {
  const inputs = [
    ...['-nostdin', '-hide_banner', '-v', 'error'],
    ...['-re', '-f', 'lavfi', '-i', `testsrc=s=${size}:r=${fps}`],
    ...['-re', '-f', 'lavfi', '-i', `sine=f=${toneHz}:r=44100`],
    ...(seconds === undefined ? [] : ['-t', String(seconds)]),
  ]
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p']
  // nal-hrd=cbr fills up, so that the rate is the same whatever the picture holds
  const rate = [
    ...['-b:v', '-minrate', '-maxrate', '-bufsize'].flatMap((option) => [option, `${videoKbps}k`]),
    ...['-x264-params', 'nal-hrd=cbr', '-g', String(fps)],
  ]
  const child = spawn(
    'ffmpeg',
    [...inputs, ...video, ...rate, '-c:a', 'aac', '-b:a', '64k', '-f', 'flv', url],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stderr }))
  })
  ended.catch(() => undefined)
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await withDeadline(exited, { what: 'ffmpeg to end' })
  }
  t.teardown(stop)
  return { ended, stop }
}
