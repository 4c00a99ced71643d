/** Launch text of every source, raw video or audio at its output. Text from outside goes into `settings` only. */
import type { PropertySetting } from '../protocol.js'

/** What a camera delivers, chosen from what it offers. */
export interface CaptureFormat {
  readonly encoding: 'raw' | 'mjpeg'
  readonly width: number
  readonly height: number
  readonly fps: number
}

export type VideoSource =
  | { readonly kind: 'test'; readonly label: string; readonly look: 'bars' | 'wheel' }
  | { readonly kind: 'v4l2'; readonly device: string; readonly format?: CaptureFormat }
  | { readonly kind: 'libcamera'; readonly id?: string }
  | { readonly kind: 'clip'; readonly file: string }
  | { readonly kind: 'slate'; readonly text: string }
  /** a PNG of our own making that stands still */
  | { readonly kind: 'image'; readonly file: string }

export type AudioSource =
  | { readonly kind: 'test' }
  | { readonly kind: 'alsa'; readonly device: string }
  | { readonly kind: 'clip'; readonly file: string }
  | { readonly kind: 'silence' }

export interface SourceText {
  readonly launch: string
  readonly settings: readonly PropertySetting[]
  /** element whose state tells that the device is open */
  readonly element: string
  readonly clip?: { readonly file: string }
}

export interface Picture {
  readonly width: number
  readonly height: number
  readonly fps: number
}

/**
 * What a sound encoder takes at a time, in samples, and in µs at 48 kHz. Smaller blocks would come no sooner out of
 * it, and each costs.
 */
export const samplesPerFrame = 1024
const frameUs = 21_333

/** A clip's frames are pushed when they are due, which is up to that late: a mixer must know, or it goes on without. */
const feedLateMs = 100
const feed = `appsrc name=feed is-live=true format=time max-bytes=0 min-latency=${feedLateMs}000000 max-latency=1000000000`

/** Nothing may wait behind a slow encoder: the newest two frames are enough. */
const newest = 'queue max-size-buffers=2 max-size-bytes=0 max-size-time=0 leaky=downstream'

const label = (name: string, text: string, at: string): { launch: string; settings: PropertySetting[] } => ({
  launch: ` ! textoverlay name=${name} ${at} shaded-background=true`,
  settings: [{ element: name, property: 'text', value: overlayText(text) }],
})

/** Pango reads the overlay as markup: what people wrote must stay text. */
export const overlayText = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .slice(0, 200)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')

/**
 * Points for the slate's text. textoverlay takes them as for a picture 640 wide and scales with the width: a narrow
 * picture needs more, so that a line of it is some 15 pixels high.
 */
const slatePoints = (width: number): number => Math.min(44, Math.max(20, Math.round((12 * 640) / width)))

/**
 * @param picture what the encoder shall get: synthetic sources are made in that size
 * @param overlays whether GStreamer's text elements are present
 */
export const videoSource = (source: VideoSource, picture: Picture, overlays: boolean): SourceText => {
  const size = `width=${picture.width},height=${picture.height},framerate=${picture.fps}/1`
  switch (source.kind) {
    case 'test': {
      const name = label('label', source.label, 'valignment=bottom halignment=left font-desc="Sans 16"')
      return {
        launch: `videotestsrc name=camera is-live=true pattern=${source.look === 'bars' ? 'smpte' : 'pinwheel'} horizontal-speed=2 ! video/x-raw,format=I420,${size}${
          overlays
            ? ` ! clockoverlay time-format="%H:%M:%S" valignment=top halignment=right font-desc="Sans 16" shaded-background=true${name.launch}`
            : ''
        }`,
        settings: overlays ? name.settings : [],
        element: 'camera',
      }
    }
    case 'slate': {
      const font = `font-desc="Sans ${slatePoints(picture.width)}"`
      const text = label('label', source.text, `valignment=center halignment=center ${font}`)
      return {
        launch: `videotestsrc name=slate is-live=true pattern=solid-color foreground-color=0xff20262e ! video/x-raw,format=I420,${size}${overlays ? text.launch : ''}`,
        settings: overlays ? text.settings : [],
        element: 'slate',
      }
    }
    case 'image':
      // Fitted once and then repeated: black fills what its shape leaves over.
      return {
        launch: `filesrc name=image ! pngdec ! videoconvert ! videoscale method=lanczos add-borders=true ! video/x-raw,format=I420,width=${picture.width},height=${picture.height},pixel-aspect-ratio=1/1 ! imagefreeze is-live=true ! video/x-raw,framerate=${picture.fps}/1`,
        settings: [{ element: 'image', property: 'location', value: source.file }],
        element: 'image',
      }
    case 'v4l2': {
      const { format } = source
      const caps = format
        ? ` ! ${format.encoding === 'mjpeg' ? 'image/jpeg' : 'video/x-raw'},width=${format.width},height=${format.height},framerate=${format.fps}/1`
        : ''
      return {
        launch: `v4l2src name=camera${caps} ! ${newest}${format?.encoding === 'mjpeg' ? ' ! jpegdec' : ''}`,
        settings: [{ element: 'camera', property: 'device', value: source.device }],
        element: 'camera',
      }
    }
    case 'libcamera':
      return {
        launch: `libcamerasrc name=camera ! video/x-raw,${size} ! ${newest}`,
        settings: source.id ? [{ element: 'camera', property: 'camera-name', value: source.id }] : [],
        element: 'camera',
      }
    case 'clip':
      return clipSource(source.file)
  }
}

/** Its frames come through JavaScript. */
const clipSource = (file: string): SourceText => ({
  launch: feed,
  settings: [],
  element: 'clip',
  clip: { file },
})

export const audioSource = (source: AudioSource): SourceText => {
  switch (source.kind) {
    case 'test':
      // A steady tone that a person recognises and a meter can measure.
      return {
        launch: `audiotestsrc name=mic is-live=true wave=sine freq=440 volume=0.2 samplesperbuffer=${samplesPerFrame}`,
        settings: [],
        element: 'mic',
      }
    case 'silence':
      return {
        launch: `audiotestsrc name=silence is-live=true wave=silence samplesperbuffer=${samplesPerFrame}`,
        settings: [],
        element: 'silence',
      }
    case 'alsa':
      // All pipelines run on the system clock; the device's own would let sound and picture drift apart.
      return {
        launch: `alsasrc name=mic provide-clock=false buffer-time=${5 * frameUs} latency-time=${frameUs}`,
        settings: [{ element: 'mic', property: 'device', value: source.device }],
        element: 'mic',
      }
    case 'clip':
      return clipSource(source.file)
  }
}
