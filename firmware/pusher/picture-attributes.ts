/** The picture: its size and rate, the camera, beauty and filters (spec 2.2 to 2.4). */
import { z } from 'zod'
import { type AttributeEntry, attribute, choice, flag, fraction, whole } from './attribute-entry.js'

const pixels = z
  .int()
  .min(64)
  .max(1920)
  .multipleOf(2)
  .nullable()
  .describe('an even number from 64 to 1920, or null for the size that mode, orientation and aspect give')

const noFaces = 'The box has no face tracking.'
const noFacesZh = '设备没有人脸跟踪。'

export const pictureAttributes = {
  // 2.2 picture geometry and bitrate
  orientation: attribute(choice('vertical', 'horizontal'), {
    default: 'vertical',
    help: 'Shape of the pushed picture: taller than wide, or wider than tall.',
    helpZh: '推流画面方向：竖直或水平。',
    applies: 'encoder',
    effect: 'works',
    since: '1.7.0',
  }),
  aspect: attribute(choice('9:16', '3:4'), {
    default: '9:16',
    help: 'Aspect ratio of the pushed picture; with a horizontal orientation it means 16:9 or 4:3.',
    helpZh: '推流画面宽高比；水平方向时即 16:9 或 4:3。',
    applies: 'encoder',
    effect: 'works',
    since: '1.7.0',
    alsoWritten: { '9：16': '9:16', '3：4': '3:4' },
  }),
  'min-bitrate': attribute(whole(1, 20_000), {
    default: 200,
    unit: 'kbit/s',
    help: 'Worst picture the rate controller may choose; above max-bitrate it counts as max-bitrate.',
    helpZh: '码率下限，决定最差画质；大于 max-bitrate 时按 max-bitrate 计。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  'max-bitrate': attribute(whole(1, 20_000), {
    default: 1000,
    unit: 'kbit/s',
    help: 'Best picture the rate controller may choose.',
    helpZh: '码率上限，决定最佳画质。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  'video-width': attribute(pixels, {
    default: null,
    unit: 'px',
    help: 'Width of the pushed picture, together with video-height; null: from mode, orientation and aspect (360 × 640 with the defaults).',
    helpZh:
      '推流画面宽度，须与 video-height 同时设置；null 表示由 mode、orientation、aspect 决定（默认 360×640）。',
    applies: 'encoder',
    effect: 'works',
    since: '2.10.0',
  }),
  'video-height': attribute(pixels, {
    default: null,
    unit: 'px',
    help: 'Height of the pushed picture, together with video-width; null: from mode, orientation and aspect (360 × 640 with the defaults).',
    helpZh:
      '推流画面高度，须与 video-width 同时设置；null 表示由 mode、orientation、aspect 决定（默认 360×640）。',
    applies: 'encoder',
    effect: 'works',
    since: '2.10.0',
  }),
  fps: attribute(whole(1, 30), {
    default: 15,
    unit: 'frames/s',
    help: 'Highest frame rate; a camera may deliver less.',
    helpZh: '帧率上限；摄像头实际帧率可能更低。',
    applies: 'encoder',
    effect: 'works',
    since: '2.31.0',
  }),

  // 2.3 camera
  'enable-camera': attribute(flag, {
    default: true,
    help: 'Camera on; off closes the device and a neutral picture is pushed instead.',
    helpZh: '是否开启摄像头；关闭后释放设备并推送占位画面。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  'device-position': attribute(choice('front', 'back'), {
    default: 'front',
    help: 'Camera in use: the configuration says which device is the front and which the back one.',
    helpZh: '使用前置或后置摄像头，对应的设备由配置指定。',
    applies: 'live',
    effect: 'works',
    since: '2.3.0',
  }),
  'auto-focus': attribute(flag, {
    default: true,
    help: 'Automatic focus, where the camera has one.',
    helpZh: '自动对焦（摄像头支持时）。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  zoom: attribute(flag, {
    default: false,
    help: 'Magnifies the picture by the configured factor (2 unless configured); setZoom overrides it until it is set again.',
    helpZh: '按配置的倍数（默认 2 倍）放大画面；setZoom 优先，直到再次设置本属性。',
    applies: 'live',
    effect: 'works',
    since: '2.1.0',
  }),
  mirror: attribute(flag, {
    default: false,
    help: 'Mirrors the pushed picture; older name of remote-mirror.',
    helpZh: '推流画面镜像；remote-mirror 的旧名。',
    applies: 'live',
    effect: 'works',
    since: '2.7.0',
  }),
  'remote-mirror': attribute(flag, {
    default: false,
    help: 'Mirrors the pushed picture; set, it wins over mirror.',
    helpZh: '推流画面镜像；设置后优先于 mirror。',
    applies: 'live',
    effect: 'works',
    since: '2.10.0',
  }),
  'local-mirror': attribute(choice('auto', 'enable', 'disable'), {
    default: 'auto',
    help: 'Mirrors the preview: of the front camera only (auto), always, or never.',
    helpZh: '预览镜像：仅前置（auto）、始终或从不。',
    applies: 'live',
    effect: 'works',
    since: '2.10.0',
  }),
  enableVideoCustomRender: attribute(flag, {
    default: false,
    help: 'Lets a program process the captured frames.',
    helpZh: '允许程序自行处理采集到的视频帧。',
    applies: 'session',
    effect: 'none',
    reason: 'No program of a page runs on the box that could process frames.',
    reasonZh: '设备上没有可处理视频帧的页面程序。',
    since: '2.29.0',
    aliases: ['enable-video-custom-render'],
  }),

  // 2.4 beauty, filters, effects
  beauty: attribute(whole(0, 9), {
    default: 0,
    help: 'Skin smoothing; 0 is off.',
    helpZh: '美颜程度，0 为关闭。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  whiteness: attribute(whole(0, 9), {
    default: 0,
    help: 'Skin whitening; 0 is off.',
    helpZh: '美白程度，0 为关闭。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  'beauty-style': attribute(choice('smooth', 'nature'), {
    default: 'smooth',
    help: 'Kind of skin smoothing.',
    helpZh: '美颜类型：光滑或自然。',
    applies: 'live',
    effect: 'works',
    since: '2.12.0',
  }),
  filter: attribute(
    choice(
      'standard',
      'pink',
      'nostalgia',
      'blues',
      'romantic',
      'cool',
      'fresher',
      'solor',
      'aestheticism',
      'whitening',
      'cerisered',
    ),
    {
      default: 'standard',
      help: 'Colour filter.',
      helpZh: '色彩滤镜。',
      applies: 'live',
      effect: 'works',
      since: '2.12.0',
    },
  ),
  'custom-effect': attribute(flag, {
    default: false,
    help: 'Enables skin-whiteness, skin-smoothness, face-thinness and eye-bigness; once on it stays on.',
    helpZh: '启用 skin-whiteness、skin-smoothness、face-thinness 与 eye-bigness；开启后不可再更改。',
    applies: 'fixed',
    effect: 'works',
    since: '2.29.1',
  }),
  'skin-whiteness': attribute(fraction, {
    default: 0,
    help: 'Skin whitening; needs custom-effect.',
    helpZh: '美白程度，需开启 custom-effect。',
    applies: 'live',
    effect: 'works',
    since: '2.29.1',
  }),
  'skin-smoothness': attribute(fraction, {
    default: 0,
    help: 'Skin smoothing; needs custom-effect.',
    helpZh: '磨皮程度，需开启 custom-effect。',
    applies: 'live',
    effect: 'works',
    since: '2.29.1',
  }),
  'face-thinness': attribute(fraction, {
    default: 0,
    help: 'Makes faces thinner; needs custom-effect.',
    helpZh: '瘦脸程度，需开启 custom-effect。',
    applies: 'live',
    effect: 'none',
    reason: noFaces,
    reasonZh: noFacesZh,
    since: '2.29.1',
  }),
  'eye-bigness': attribute(fraction, {
    default: 0,
    help: 'Makes eyes bigger; needs custom-effect.',
    helpZh: '大眼程度，需开启 custom-effect。',
    applies: 'live',
    effect: 'none',
    reason: noFaces,
    reasonZh: noFacesZh,
    since: '2.29.1',
  }),
} as const satisfies Record<string, AttributeEntry>
