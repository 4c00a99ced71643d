import { defaultTimeoutMs, runTool } from './ffmpeg.js'

export interface Probe {
  readonly video:
    | {
        readonly codec: string
        readonly profile: string
        readonly width: number
        readonly height: number
        /** average over what was looked at */
        readonly fps: number
        readonly pixelFormat: string
        /** 0 when no frame is sent out of order */
        readonly bFrames: number
      }
    | undefined
  readonly audio:
    | {
        readonly codec: string
        readonly profile: string
        readonly rate: number
        readonly channels: number
      }
    | undefined
  /** undefined for a live stream */
  readonly durationS: number | undefined
}

type Described = Readonly<Record<string, string | number | undefined>>

const quotient = (text: unknown): number => {
  const [top = 0, bottom = 1] = String(text).split('/').map(Number)
  return bottom === 0 ? 0 : top / bottom
}

/** What ffprobe finds at a URL or in a file. Rejects with ffprobe's words when it finds no stream at all. */
export const probe = async (input: string, { timeoutMs = defaultTimeoutMs } = {}): Promise<Probe> => {
  const live = input.includes('://') ? ['-analyzeduration', '1500000'] : []
  const shown = ['-show_streams', '-show_format', '-of', 'json']
  const { code, stdout, stderr } = await runTool(
    'ffprobe',
    ['-v', 'error', ...live, ...shown, input],
    timeoutMs,
  )
  const { streams = [], format = {} } = JSON.parse(stdout.toString('utf8') || '{}') as {
    streams?: Described[]
    format?: Described
  }
  if (code !== 0 || streams.length === 0) throw new Error(`ffprobe finds nothing at ${input}: ${stderr}`)
  const video = streams.find((stream) => stream.codec_type === 'video')
  const audio = streams.find((stream) => stream.codec_type === 'audio')
  return {
    video: video && {
      codec: String(video.codec_name),
      profile: String(video.profile),
      width: Number(video.width),
      height: Number(video.height),
      fps: quotient(video.avg_frame_rate) || quotient(video.r_frame_rate),
      pixelFormat: String(video.pix_fmt),
      bFrames: Number(video.has_b_frames),
    },
    audio: audio && {
      codec: String(audio.codec_name),
      profile: String(audio.profile),
      rate: Number(audio.sample_rate),
      channels: Number(audio.channels),
    },
    durationS: format.duration === undefined ? undefined : Number(format.duration),
  }
}
