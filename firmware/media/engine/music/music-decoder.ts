/**
 * Decodes one file of background music in a process of its own: what comes from strangers must not be able to crash
 * the process that feeds the stream, and what GStreamer keeps of a file is gone with the process.
 *
 * Told what to decode over the fork channel; answers `ready` with the length, then writes mono 16-bit sound at
 * 48 kHz to descriptor 3, as fast as it is read, and closes it at the end of the music. Whoever started it ends it.
 */
import { createWriteStream } from 'node:fs'
import { setPriority } from 'node:os'
import type { BusMessage } from 'gstreamer-superficial'
import type { Cause } from '../../../pusher/events.js'
import { musicRange } from '../../../pusher/music-range.js'
import { musicBytesPerMs as bytesPerMs, musicCaps } from '../../graph/music.js'
import { GstPipeline } from '../binding.js'
import { type FromDecoder, soundDescriptor, type ToDecoder } from './music-talk.js'

const pollMs = 10
/** A duration that is not known by then is taken as unknown. */
const durationDeadlineMs = 700
const lowPriority = 10

const launch = [
  'filesrc name=file ! decodebin expose-all-streams=false caps=audio/x-raw',
  'audioconvert ! audioresample',
  musicCaps,
  'appsink name=music sync=false async=true max-buffers=8',
].join(' ! ')

const say = (message: FromDecoder): void => {
  process.send?.(message, undefined, undefined, () => {})
}

/** GStreamer keeps its threads whatever happens; nothing is left to lose here. */
const end = (): never => {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}

const fail = (cause: Cause): void => say({ type: 'failed', cause })

const causeOf = ({ message = '', debug = '' }: BusMessage): Cause => {
  const silent = /no audio|not-linked|no suitable plugins|no streams|doesn't contain any/i
  const kind = silent.test(`${message} ${debug}`) ? 'music-without-sound' : 'music-undecodable'
  return kind === 'music-without-sound' ? { kind } : { kind, detail: message.slice(0, 200) }
}

const decode = ({ file, startMs, endMs }: ToDecoder): void => {
  const sound = createWriteStream('', { fd: soundDescriptor })
  sound.on('error', end)
  const pipeline = new GstPipeline(launch)
  pipeline.set('file', 'location', file)
  let skipBytes = 0
  let leftBytes = Number.POSITIVE_INFINITY
  let over = false

  const finish = (): void => {
    if (over) return
    over = true
    sound.end()
  }
  const take = (data: Buffer): void => {
    if (over) return
    const from = Math.min(skipBytes, data.length)
    skipBytes -= from
    const part = data.subarray(from, Math.min(data.length, from + leftBytes))
    leftBytes -= part.length
    const more = sound.write(part)
    if (leftBytes <= 0) return finish()
    if (more)
      pipeline.pull(
        'music',
        ({ data: next }) => take(next),
        () => false,
      )
    else
      sound.once('drain', () =>
        pipeline.pull(
          'music',
          ({ data: next }) => take(next),
          () => false,
        ),
      )
  }
  const begin = (durationMs: number): void => {
    const range = musicRange({ startMs, endMs }, durationMs)
    const seekS = Math.floor(range.startMs / 1_000)
    const sought = seekS > 0 && pipeline.seek(seekS)
    skipBytes = Math.round(range.startMs - (sought ? seekS * 1_000 : 0)) * bytesPerMs
    if (range.endMs !== undefined) leftBytes = Math.round(range.endMs - range.startMs) * bytesPerMs
    say({ type: 'ready', durationMs: Math.round(durationMs), startMs: range.startMs })
    pipeline.resume()
    pipeline.pull(
      'music',
      ({ data }) => take(data),
      () => false,
    )
  }

  let prerolled = false
  pipeline.pause((message) => {
    if (message.type === 'error') fail(causeOf(message))
    else if (message.type === 'eos') finish()
    else if (message.type === 'async-done') prerolled = true
  })
  let waitedMs = 0
  const poll = setInterval(() => {
    if (!prerolled) return
    waitedMs += pollMs
    const durationS = pipeline.durationS()
    if (durationS <= 0 && waitedMs < durationDeadlineMs) return
    clearInterval(poll)
    begin(Math.max(0, durationS * 1_000))
  }, pollMs)
}

process.on('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
setPriority(lowPriority)
process.once('message', (message) => decode(message as ToDecoder))
