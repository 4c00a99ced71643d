import { defaultTimeoutMs, inputArguments, runTool, type Span } from './ffmpeg.js'

export interface DecodedFrame {
  /** s since the start of the input */
  readonly time: number
  /** mean luma, 0 to 255 (black is 16 in the usual video range) */
  readonly luma: number
  /** mean of the absolute change of luma since the frame before; 0 means that the picture stands */
  readonly change: number
}

export interface DecodedPicture {
  readonly frames: readonly DecodedFrame[]
  /** of the first frame; see {@link frameSizes} for a size that changes */
  readonly width: number
  readonly height: number
  /** mean of the frames' luma */
  readonly meanLuma: number
  /** whether most frames differ from the one before: a keyframe of a standing picture doesn't count */
  readonly isMoving: boolean
  /** what the decoder complained about, one line each: damaged or missing data */
  readonly errors: readonly string[]
}

export interface FrameSpan extends Span {
  /** stops after so many decoded frames */
  readonly frames?: number
}

const numberOf = (text: string, key: string): number =>
  Number(new RegExp(`${key}[:=]([-\\d.]+)`).exec(text)?.[1])

/** Mean luma change that the encoder alone makes, at most, on a picture that stands. */
const standingChange = 0.01

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0

/** Decodes the video and measures every frame. Rejects when there is no video that can be decoded. */
export const decodeFrames = async (input: string, span: FrameSpan = {}): Promise<DecodedPicture> => {
  // signalstats' findings come as metadata on descriptor 3, the size with the hashes on standard output
  const filters = String.raw`signalstats,metadata=mode=print:file=pipe\\:3:direct=1`
  const { stdout, stderr, extra, code } = await runTool(
    'ffmpeg',
    [
      ...inputArguments(input, span),
      ...['-map', '0:v:0', '-fps_mode', 'passthrough'],
      ...(span.frames === undefined ? [] : ['-frames:v', String(span.frames)]),
      ...['-vf', filters, '-f', 'framehash', '-hash', 'adler32', 'pipe:1'],
    ],
    span.timeoutMs ?? defaultTimeoutMs,
  )
  const [, width = '', height = ''] = /#dimensions 0: (\d+)x(\d+)/.exec(stdout.toString('utf8')) ?? []
  const frames = extra
    .split(/^frame:/m)
    .slice(1)
    .slice(0, span.frames) // the filters have already seen the next one
    .map((text) => ({
      time: numberOf(text, 'pts_time'),
      luma: numberOf(text, 'signalstats.YAVG'),
      change: numberOf(text, 'signalstats.YDIF'),
    }))
  const errors = stderr === '' ? [] : stderr.split('\n')
  if (frames.length === 0) throw new Error(`no frame of ${input} can be decoded (exit ${code}): ${stderr}`)
  return {
    frames,
    width: Number(width),
    height: Number(height),
    meanLuma: frames.reduce((sum, frame) => sum + frame.luma, 0) / frames.length,
    isMoving: median(frames.slice(1).map((frame) => frame.change)) > standingChange,
    errors,
  }
}

/** Every size of decoded frame in the order of first appearance, as `640x360`. */
export const frameSizes = async (input: string, span: Span = {}): Promise<string[]> => {
  const { stdout } = await runTool(
    'ffprobe',
    [
      ...[
        '-v',
        'error',
        '-select_streams',
        'v:0',
        '-show_entries',
        'frame=width,height',
        '-of',
        'csv=p=0:s=x',
      ],
      ...(span.seconds === undefined ? [] : ['-read_intervals', `%+${span.seconds}`]),
      input,
    ],
    span.timeoutMs ?? defaultTimeoutMs,
  )
  return [...new Set(stdout.toString('utf8').match(/\d+x\d+/g) ?? [])]
}
