/** What a viewer sees and hears, frame by frame, so that each frame can be given the time at which it arrived. */
import { runTool } from '../support/judge/ffmpeg.js'
import type { ArrivedMessage } from './receiver.js'

const width = 32
const height = 18
const samplesPerFrame = 1024
const timeoutMs = 120_000

const decode = async (file: string, map: string, ...options: string[]): Promise<Buffer> => {
  const { code, stdout, stderr } = await runTool(
    'ffmpeg',
    ['-nostdin', '-hide_banner', '-v', 'error', '-i', file, '-map', map, ...options, 'pipe:1'],
    timeoutMs,
  )
  if (code !== 0) throw new Error(`the recording can't be decoded: ${stderr}`)
  return stdout
}

export const framesOf = (messages: readonly ArrivedMessage[], kind: 'video' | 'audio'): ArrivedMessage[] =>
  messages.filter((message) => message.kind === kind && message.role === 'frame')

const matching = (decoded: number, arrived: readonly ArrivedMessage[], what: string): void => {
  if (decoded !== arrived.length)
    throw new Error(`${arrived.length} ${what} frames arrived, ${decoded} were decoded`)
}

/** How much each picture differs from the one before it: mean difference of grey values, 0 to 255; the first is 0. */
export const pictureChanges = async (
  file: string,
  messages: readonly ArrivedMessage[],
): Promise<{ readonly atMs: number; readonly change: number }[]> => {
  const grey = await decode(
    file,
    '0:v:0',
    ...['-vf', `scale=${width}:${height}:flags=area,format=gray`],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo'],
  )
  const size = width * height
  const arrived = framesOf(messages, 'video')
  matching(grey.length / size, arrived, 'video')
  return arrived.map(({ atMs }, index) => {
    if (index === 0) return { atMs, change: 0 }
    let sum = 0
    for (let at = index * size; at < (index + 1) * size; at++)
      sum += Math.abs((grey[at] ?? 0) - (grey[at - size] ?? 0))
    return { atMs, change: sum / size }
  })
}

/** Root mean square of each AAC frame, 0 to 1. */
export const loudnesses = async (
  file: string,
  messages: readonly ArrivedMessage[],
): Promise<{ readonly atMs: number; readonly rms: number }[]> => {
  const pcm = await decode(file, '0:a:0', '-ac', '1', '-f', 's16le')
  const arrived = framesOf(messages, 'audio')
  matching(pcm.length / 2 / samplesPerFrame, arrived, 'audio')
  return arrived.map(({ atMs }, index) => {
    let power = 0
    for (let sample = index * samplesPerFrame; sample < (index + 1) * samplesPerFrame; sample++)
      power += (pcm.readInt16LE(sample * 2) / 32_768) ** 2
    return { atMs, rms: Math.sqrt(power / samplesPerFrame) }
  })
}
