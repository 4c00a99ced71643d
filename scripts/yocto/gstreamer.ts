import { audioEncoders, softwareEncoders as graphEncoders } from '../../firmware/media/graph/encoders.js'
import { softwareEncoders } from '../../hw/boards/encoders.js'
import { boards } from '../../hw/boards/recognise.js'

export const gstreamerPackagesPath =
  'yocto-layer/recipes-core/packagegroups/packagegroup-live-pusher-gstreamer.inc'

/** Where oe-core, or a layer beside it, has a plugin. */
type Set = 'core' | 'base' | 'good' | 'bad' | 'ugly' | 'libav' | 'libcamera' | 'tegra'

interface Plugin {
  readonly set: Set
  readonly elements: readonly string[]
  /** the image gets it only where commercial licence flags are accepted */
  readonly commercial?: true
  /** why the layer does not ship it */
  readonly left?: string
}

/** By the name of the plugin, which names its package: all that launch texts of the box may hold. */
export const plugins: Readonly<Record<string, Plugin>> = {
  alsa: { set: 'base', elements: ['alsasrc'] },
  app: { set: 'base', elements: ['appsink', 'appsrc'] },
  audioconvert: { set: 'base', elements: ['audioconvert'] },
  audiofx: { set: 'good', elements: ['audioamplify', 'audiochebband', 'audioecho'] },
  audiomixer: { set: 'base', elements: ['audiomixer'] },
  audioparsers: { set: 'good', elements: ['aacparse'] },
  audioresample: { set: 'base', elements: ['audioresample'] },
  audiotestsrc: { set: 'base', elements: ['audiotestsrc'] },
  compositor: { set: 'base', elements: ['compositor'] },
  coreelements: {
    set: 'core',
    elements: [
      'capsfilter',
      'fdsink',
      'fdsrc',
      'filesrc',
      'funnel',
      'identity',
      'output-selector',
      'queue',
      'tee',
      'valve',
    ],
  },
  debug: { set: 'good', elements: ['taginject'] },
  equalizer: { set: 'good', elements: ['equalizer-10bands'] },
  fdkaac: {
    set: 'bad',
    elements: ['fdkaacenc'],
    left: 'its licence is not free, and two other encoders for AAC are there',
  },
  flv: { set: 'good', elements: ['flvmux'] },
  freeverb: { set: 'bad', elements: ['freeverb'] },
  gdp: { set: 'bad', elements: ['gdppay'] },
  imagefreeze: { set: 'good', elements: ['imagefreeze'] },
  jpeg: { set: 'good', elements: ['jpegdec', 'jpegenc'] },
  jpegformat: { set: 'bad', elements: ['jpegparse'] },
  level: { set: 'good', elements: ['level'] },
  libav: { set: 'libav', elements: ['avenc_aac'], commercial: true },
  libcamera: { set: 'libcamera', elements: ['libcamerasrc'] },
  nvvidconv: { set: 'tegra', elements: ['nvvidconv'] },
  nvvideo4linux2: { set: 'tegra', elements: ['nvv4l2h264enc'] },
  opengl: { set: 'base', elements: ['glcolorconvert', 'gldownload', 'glshader', 'glupload'] },
  openh264: { set: 'bad', elements: ['openh264enc'] },
  pango: { set: 'base', elements: ['clockoverlay', 'textoverlay'] },
  playback: { set: 'base', elements: ['decodebin'] },
  png: { set: 'good', elements: ['pngdec', 'pngenc'] },
  rtmp: { set: 'bad', elements: ['rtmpsink'], left: 'rtmp2sink is there' },
  rtmp2: { set: 'bad', elements: ['rtmp2sink'] },
  soundtouch: {
    set: 'bad',
    elements: ['pitch'],
    left: 'no layer of the release has the library; the box says "no effect here" for the voices that need it',
  },
  video4linux2: { set: 'good', elements: ['v4l2src', 'v4l2h264enc'] },
  videoconvertscale: { set: 'base', elements: ['videoconvert', 'videoconvertscale', 'videoscale'] },
  videocrop: { set: 'good', elements: ['aspectratiocrop', 'videocrop'] },
  videofilter: { set: 'good', elements: ['videoflip'] },
  videoparsersbad: { set: 'bad', elements: ['h264parse'] },
  videorate: { set: 'base', elements: ['videorate'] },
  videotestsrc: { set: 'base', elements: ['videotestsrc'] },
  voaacenc: { set: 'bad', elements: ['voaacenc'] },
  volume: { set: 'base', elements: ['volume'] },
  webrtcdsp: { set: 'bad', elements: ['webrtcdsp'] },
  x264: { set: 'ugly', elements: ['x264enc'], commercial: true },
}

/** What `decodebin` finds by itself in background music and clips: parsers and decoders, by plugin. */
const decoders: Readonly<Record<string, Set>> = {
  isomp4: 'good',
  matroska: 'good',
  mpg123: 'good',
  ogg: 'base',
  typefindfunctions: 'base',
  vorbis: 'base',
  wavparse: 'good',
}

const known: ReadonlySet<string> = new Set(Object.values(plugins).flatMap(({ elements }) => elements))

/** Elements that tables of the project name and `plugins` does not; empty when nothing drifted. */
export const unknownElements = (): readonly string[] =>
  [
    ...audioEncoders,
    ...graphEncoders,
    ...softwareEncoders,
    ...boards.flatMap(({ hardwareEncoders }) => hardwareEncoders.map(({ element }) => element)),
  ].filter((element) => !known.has(element))

const packageOf = (plugin: string, set: Set): string => {
  switch (set) {
    case 'core':
      return 'gstreamer1.0'
    case 'libav':
      return 'gstreamer1.0-libav'
    case 'libcamera':
      return 'libcamera-gst'
    case 'tegra':
      return `gstreamer1.0-plugins-${plugin}`
    default:
      return `gstreamer1.0-plugins-${set}-${plugin}`
  }
}

/** Packages of the plugins that a predicate takes, without repetition, in order. */
const packagesOf = (take: (plugin: Plugin) => boolean): readonly string[] => [
  ...new Set(
    Object.entries(plugins)
      .filter(([, plugin]) => plugin.left === undefined && take(plugin))
      .map(([name, { set }]) => packageOf(name, set)),
  ),
]

const isOfBoard = ({ set }: Plugin): boolean => set === 'libcamera' || set === 'tegra'

/**
 * The lists of the image's GStreamer packages, as BitBake variables.
 * @throws Error when a table names an element that is not known here
 */
export function gstreamerPackages(): string {
  const unknown = unknownElements()
  if (unknown.length > 0) throw new Error(`scripts/yocto/gstreamer.ts does not know ${unknown.join(', ')}`)
  const free = packagesOf((plugin) => plugin.commercial === undefined && !isOfBoard(plugin))
  const found = Object.entries(decoders).map(([plugin, set]) => packageOf(plugin, set))
  return [
    '# Generated from scripts/yocto/gstreamer.ts by `npm run generate`. Do not edit.',
    '',
    '# what launch texts name, and what decodebin finds in music',
    variable('LIVE_PUSHER_GSTREAMER', [...free, ...found].sort()),
    '# only where LICENSE_FLAGS_ACCEPTED has their flags',
    variable(
      'LIVE_PUSHER_GSTREAMER_COMMERCIAL',
      packagesOf(({ commercial }) => commercial === true),
    ),
    '# cameras at the connector of a Raspberry Pi',
    variable(
      'LIVE_PUSHER_GSTREAMER_LIBCAMERA',
      packagesOf(({ set }) => set === 'libcamera'),
    ),
    '# from meta-tegra',
    variable(
      'LIVE_PUSHER_GSTREAMER_TEGRA',
      packagesOf(({ set }) => set === 'tegra'),
    ),
  ].join('\n')
}

const variable = (name: string, values: readonly string[]): string =>
  `${name} = " \\\n${values.map((value) => `    ${value} \\\n`).join('')}"\n`
