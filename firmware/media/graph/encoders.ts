/** The encoders we know, with the parameters of low-delay live video for each. Units differ from one to the next. */
import type { LaneFailure, PropertySetting } from '../protocol.js'

export type VideoEncoder = 'v4l2h264enc' | 'nvv4l2h264enc' | 'x264enc' | 'openh264enc'
export type AudioEncoder = 'avenc_aac' | 'fdkaacenc' | 'voaacenc'

/** In order of preference when the board says nothing. */
export const softwareEncoders: readonly VideoEncoder[] = ['x264enc', 'openh264enc']
export const audioEncoders: readonly AudioEncoder[] = ['avenc_aac', 'fdkaacenc', 'voaacenc']

/** Debian packages that bring an encoder, for the message of -1303 and -1304. */
export const encoderPackages = {
  video: 'gstreamer1.0-plugins-ugly (x264enc) or gstreamer1.0-plugins-bad (openh264enc)',
  audio: 'gstreamer1.0-libav (avenc_aac) or gstreamer1.0-plugins-bad (voaacenc)',
}

export interface EncodingWish {
  readonly kbps: number
  /** frames from one keyframe to the next */
  readonly gopFrames: number
  /** so much time's worth of bits may come at once; the usual half second for whatever has to arrive in time */
  readonly burstMs?: number
  /** x264's speed preset; others have none */
  readonly preset: string
}

interface EncoderFacts {
  readonly hardware: boolean
  /** launch text from raw I420/NV12 to H.264, the encoder named `encoder` */
  launch(wish: EncodingWish): string
  /** changes the rate while running; undefined where that takes a restart */
  bitrate(kbps: number): PropertySetting | undefined
}

const whole = (value: number): number => Math.max(1, Math.round(value))

export const videoEncoders: Readonly<Record<VideoEncoder, EncoderFacts>> = {
  x264enc: {
    hardware: false,
    launch: ({ kbps, gopFrames, preset, burstMs = 500 }) =>
      `x264enc name=encoder tune=zerolatency speed-preset=${preset} bframes=0 bitrate=${whole(kbps)} vbv-buf-capacity=${whole(burstMs)} key-int-max=${whole(gopFrames)} ! video/x-h264,stream-format=avc,alignment=au`,
    bitrate: (kbps) => ({ element: 'encoder', property: 'bitrate', value: whole(kbps) }),
  },
  openh264enc: {
    hardware: false,
    launch: ({ kbps, gopFrames }) =>
      `openh264enc name=encoder usage-type=camera rate-control=bitrate complexity=low bitrate=${whole(kbps) * 1000} gop-size=${whole(gopFrames)}`,
    bitrate: (kbps) => ({ element: 'encoder', property: 'bitrate', value: whole(kbps) * 1000 }),
  },
  // bcm2835-codec: the rate is a V4L2 control, which the binding can set in launch text only.
  v4l2h264enc: {
    hardware: true,
    launch: ({ kbps, gopFrames }) =>
      `v4l2h264enc name=encoder extra-controls="controls,video_bitrate=${whole(kbps) * 1000},video_gop_size=${whole(gopFrames)},h264_i_frame_period=${whole(gopFrames)},repeat_sequence_header=1" ! video/x-h264,level=(string)4`,
    bitrate: () => undefined,
  },
  nvv4l2h264enc: {
    hardware: true,
    launch: ({ kbps, gopFrames }) =>
      `nvvidconv ! video/x-raw(memory:NVMM),format=NV12 ! nvv4l2h264enc name=encoder control-rate=1 maxperf-enable=true insert-sps-pps=true num-B-Frames=0 bitrate=${whole(kbps) * 1000} iframeinterval=${whole(gopFrames)} idrinterval=1`,
    bitrate: (kbps) => ({ element: 'encoder', property: 'bitrate', value: whole(kbps) * 1000 }),
  },
}

/** Samples of silence that a decoder hears before the first that was encoded: measured, fdkaacenc's as it says. */
const audioDelays: Readonly<Record<AudioEncoder, number>> = {
  avenc_aac: 1024,
  fdkaacenc: 2048,
  voaacenc: 1600,
}

/** The same in ms; uncorrected, sound would be that much later than its picture. */
export const audioDelayMs = (encoder: AudioEncoder, sampleRate: number): number =>
  (audioDelays[encoder] * 1_000) / sampleRate

export const audioEncoderLaunch = (encoder: AudioEncoder, kbps: number): string =>
  `${encoder} name=encoder bitrate=${whole(kbps) * 1000}`

/** Whether another encoder may be better off: the device is fine, the encoder is not. */
export const isEncoderFailure = (failure: LaneFailure): boolean => failure.part === 'encoder'
