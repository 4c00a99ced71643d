/** One encoder at work: 30 pictures of 1280x720, counted in what comes out. */
import { spawn } from 'node:child_process'
import { type VideoEncoder, videoEncoders } from '../../media/graph/encoders.js'

export type Encoding =
  /** `fps`: pictures per second, from the first that came out to the last */
  | { readonly ok: true; readonly frames: number; readonly fps: number }
  | { readonly ok: false; readonly why: string }

const frames = 30
const deadlineMs = 30_000
const picture = 'video/x-raw,format=I420,width=1280,height=720,framerate=30/1'

/** Never rejects; an encoder that hangs is ended. */
export const encode30 = (
  encoder: VideoEncoder,
  preset: string,
  signal: AbortSignal,
  command = 'gst-launch-1.0',
): Promise<Encoding> =>
  new Promise((resolve) => {
    const launch = [
      `videotestsrc num-buffers=${frames} horizontal-speed=4`,
      picture,
      videoEncoders[encoder].launch({ kbps: 2000, gopFrames: 30, preset }),
      'h264parse',
      'video/x-h264,stream-format=byte-stream,alignment=au',
      'fdsink fd=1',
    ].join(' ! ')
    // The words of our own launch text; quotes are the shell's, and none is in between.
    const words = launch.replaceAll('"', '').split(' ')
    const child = spawn(command, ['-q', ...words], { stdio: ['ignore', 'pipe', 'pipe'], signal })
    const counter = new FrameCounter()
    let complaint = ''
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, deadlineMs)
    child.stdout.on('data', (bytes: Buffer) => counter.take(bytes, performance.now()))
    child.stderr.on('data', (bytes: Buffer) => {
      complaint = `${complaint}${bytes}`.slice(0, 2_000)
    })
    const end = (outcome: Encoding): void => {
      clearTimeout(timer)
      resolve(outcome)
    }
    child.on('error', (error) => end({ ok: false, why: error.message }))
    child.on('close', (code) => {
      const { frames: made } = counter
      if (late)
        return end({
          ok: false,
          why: `${made === 0 ? 'it hangs' : `too slow: ${made} pictures`} after ${deadlineMs / 1000} s`,
        })
      if (code !== 0)
        return end({ ok: false, why: firstError(complaint) ?? `gst-launch-1.0 ended with ${code}` })
      if (counter.frames < frames)
        return end({ ok: false, why: `only ${counter.frames} of ${frames} pictures came out` })
      end({ ok: true, frames: counter.frames, fps: counter.fps })
    })
  })

const firstError = (text: string): string | undefined =>
  /^(?:ERROR|WARNING|erroneous pipeline)[^:]*: *(?:from element [^:]*: *)?(.+)$/m
    .exec(text)?.[1]
    ?.slice(0, 200)

/** Pictures in a byte stream: slices whose first macroblock is the picture's first (H.264, 7.3.3). */
export class FrameCounter {
  frames = 0
  #firstMs = 0
  #lastMs = 0
  #tail = Buffer.alloc(0)

  take(bytes: Buffer, atMs: number): void {
    const all = Buffer.concat([this.#tail, bytes])
    // A start code, the header and the first byte of a slice are five bytes: what may be cut off is kept.
    const whole = Math.max(0, all.length - 4)
    for (let at = all.indexOf(startCode); at >= 0 && at < whole; at = all.indexOf(startCode, at + 3)) {
      const kind = (all[at + 3] ?? 0) & 31
      const isFirst = ((all[at + 4] ?? 0) & 128) !== 0
      if ((kind !== 1 && kind !== 5) || !isFirst) continue
      this.frames += 1
      if (this.frames === 1) this.#firstMs = atMs
      this.#lastMs = atMs
    }
    this.#tail = Buffer.from(all.subarray(whole))
  }

  /** pictures per second; 0 before the second one */
  get fps(): number {
    const ms = this.#lastMs - this.#firstMs
    return this.frames < 2 || ms <= 0 ? 0 : Math.round(((this.frames - 1) * 10_000) / ms) / 10
  }
}

const startCode = Buffer.from([0, 0, 1])
