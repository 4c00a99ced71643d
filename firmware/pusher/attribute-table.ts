import { z } from 'zod'
import { maxUrlLength, parsePushUrl } from './push-url.js'

/**
 * Every attribute of the component (spec section 2), declared once. Validation, defaults, the MQTT contract,
 * the phone app's form, Home Assistant discovery and the reference in docs/ derive from this table.
 *
 * A schema accepts the value in its own type only; {@link ./attributes.ts} reads the other spellings. Its
 * description completes the sentence "must be …".
 */

/**
 * What a change takes while pushing: `live` = applied without a gap; `encoder` = the encoder restarts or
 * renegotiates, the RTMP session goes on; `session` = used at the next start; `fixed` = can't be undone.
 */
export type Applies = 'live' | 'encoder' | 'session' | 'fixed'

interface Facts {
  readonly unit?: string
  /** one plain sentence */
  readonly help: string
  readonly helpZh: string
  readonly applies: Applies
  /** first version of the base library with this attribute; null: not in WeChat's own tables */
  readonly since: string | null
  /** other names of the same attribute */
  readonly aliases?: readonly string[]
  /** other spellings of a value */
  readonly alsoWritten?: Readonly<Record<string, string>>
  /** never shown: `***` wherever attributes leave the box */
  readonly secret?: true
}

/** `works`: has its effect; `stored`: validated and stored, no effect yet; `none`: never has one here, and why. */
type Effect =
  | { readonly effect: 'works' | 'stored'; readonly reason?: never }
  | { readonly effect: 'none'; readonly reason: string }

export type AttributeEntry = Facts & Effect & { readonly schema: z.ZodType; readonly default: unknown }

/** Longest string that any attribute takes, in UTF-16 code units. */
export const maxTextLength = 2048

const attribute = <
  Schema extends z.ZodType,
  const Rest extends Facts & Effect & { readonly default: z.output<Schema> },
>(
  schema: Schema,
  rest: Rest,
) => ({ schema, ...rest })

const flag = z.boolean().describe('true or false')

const choice = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values).describe(`one of ${values.join(', ')}`)

const whole = (min: number, max: number) =>
  z.int().min(min).max(max).describe(`a whole number from ${min} to ${max}`)

const fraction = z.number().min(0).max(1).describe('a number from 0 to 1')

const pixels = z
  .int()
  .min(64)
  .max(1920)
  .multipleOf(2)
  .nullable()
  .describe('an even number from 64 to 1920, or null for the size that mode, orientation and aspect give')

const pushUrl = z
  .string()
  .max(maxUrlLength)
  .check((context) => {
    const parsed = context.value === '' ? undefined : parsePushUrl(context.value)
    if (parsed?.ok === false) {
      const message = `${parsed.problem}; allowed is rtmp://host/app/stream or rtmps://host/app/stream, or empty`
      context.issues.push({ code: 'custom', input: '***', message })
    }
  })
  .describe(`an rtmp:// or rtmps:// address of at most ${maxUrlLength} characters, or empty`)

// Only a web address: nothing that comes over the network may choose a file on the box. Attributes are shown to
// everybody who may look on, so it has no user or password in it.
const webAddressText = `an http:// or https:// address without user and password, of at most ${maxTextLength} characters, or empty`
const webAddress = z
  .string()
  .max(maxTextLength)
  .regex(/^(?:https?:\/\/[^\s\p{C}'"`\\/?#@]+(?:[/?#][^\s\p{C}'"`\\]*)?)?$/u)
  .refine((text) => text === '' || URL.canParse(text), { error: `must be ${webAddressText}` })
  .describe(webAddressText)

const md5 = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{32})?$/)
  .describe('an MD5 sum of 32 hexadecimal digits, or empty')

const corner = z.enum(['push', 'pop'])
const pictureInPicture = z
  .union([z.enum(['', 'push', 'pop']), z.array(corner).max(2)])
  .refine((value) => typeof value === 'string' || new Set(value).size === value.length, {
    error: 'must not name one mode twice',
  })
  .describe('empty, push, pop, or a list of push and pop')

const noFaces = 'The box has no face tracking.'

export const attributes = {
  // 2.1 stream, mode, start
  url: attribute(pushUrl, {
    default: '',
    help: 'Address to push to.',
    helpZh: '推流地址。',
    applies: 'session',
    effect: 'works',
    since: '1.7.0',
    secret: true,
  }),
  mode: attribute(choice('SD', 'HD', 'FHD', 'RTC', 'QVGA', 'HVGA'), {
    default: 'RTC',
    help: 'Quality and latency profile: RTC for calls, SD, HD and FHD for broadcasts, QVGA and HVGA for small pictures.',
    helpZh: '画质与延时模式：RTC 用于通话，SD、HD、FHD 用于直播，QVGA、HVGA 用于小画面。',
    applies: 'encoder',
    effect: 'works',
    since: '1.7.0',
  }),
  autopush: attribute(flag, {
    default: false,
    help: 'Starts pushing by itself when the box starts and when it gets an address.',
    helpZh: '设备启动或得到推流地址时自动开始推流。',
    applies: 'session',
    effect: 'works',
    since: '1.7.0',
  }),
  debug: attribute(flag, {
    default: false,
    help: 'Shows measurements and events beside the preview, never in the pushed picture.',
    helpZh: '在预览上显示指标与事件，不会进入推流画面。',
    applies: 'live',
    effect: 'works',
    since: null,
  }),

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
    since: '2.29.1',
  }),
  'eye-bigness': attribute(fraction, {
    default: 0,
    help: 'Makes eyes bigger; needs custom-effect.',
    helpZh: '大眼程度，需开启 custom-effect。',
    applies: 'live',
    effect: 'none',
    reason: noFaces,
    since: '2.29.1',
  }),

  // 2.5 sound
  'enable-mic': attribute(flag, {
    default: true,
    help: 'Microphone on; off closes the device and silence is pushed, so the sound track goes on.',
    helpZh: '是否开启麦克风；关闭后释放设备并推送静音。',
    applies: 'live',
    effect: 'works',
    since: '2.10.0',
  }),
  muted: attribute(flag, {
    default: false,
    help: 'Mutes the sound; the microphone stays open.',
    helpZh: '静音，麦克风保持打开。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  'audio-quality': attribute(choice('high', 'low'), {
    default: 'high',
    help: 'Sound quality: high is 48 kHz, low is 16 kHz and only for hopeless networks.',
    helpZh: '音质：high 为 48 kHz，low 为 16 kHz，仅在带宽极差时使用。',
    applies: 'session',
    effect: 'works',
    since: '1.7.0',
  }),
  'enable-agc': attribute(flag, {
    default: false,
    help: 'Automatic gain of the microphone.',
    helpZh: '麦克风自动增益。',
    applies: 'live',
    effect: 'works',
    since: '2.10.0',
  }),
  'enable-ans': attribute(flag, {
    default: false,
    help: 'Suppresses noise: good for speech, bad for instruments.',
    helpZh: '噪声抑制：适合人声，不适合乐器。',
    applies: 'live',
    effect: 'works',
    since: '2.10.0',
  }),
  'audio-volume-type': attribute(choice('auto', 'media', 'voicecall'), {
    default: 'auto',
    help: 'Volume in use: media, or call with echo cancelling.',
    helpZh: '音量类型：媒体音量，或带回声消除的通话音量。',
    applies: 'live',
    effect: 'none',
    reason: 'The box plays no sound that its microphone could pick up, so there is no echo to cancel.',
    since: '2.10.0',
  }),
  'audio-reverb-type': attribute(whole(0, 7), {
    default: 0,
    help: 'Reverb of the voice: 0 off, 1 karaoke, 2 small room, 3 big hall, 4 deep, 5 resonant, 6 metallic, 7 husky.',
    helpZh: '人声混响：0 关闭、1 KTV、2 小房间、3 大会堂、4 低沉、5 洪亮、6 金属声、7 磁性。',
    applies: 'live',
    effect: 'works',
    since: '2.10.0',
  }),
  'voice-changer-type': attribute(
    z.literal([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]).describe('a whole number from 0 to 11 other than 5'),
    {
      default: 0,
      help: 'Voice changer: 0 off, 1 naughty boy, 2 little girl, 3 middle-aged man, 4 heavy metal, 6 foreigner, 7 trapped beast, 8 chubby, 9 strong current, 10 heavy machinery, 11 ethereal.',
      helpZh:
        '变声：0 关闭、1 熊孩子、2 萝莉、3 大叔、4 重金属、6 外国人、7 困兽、8 肥仔、9 强电流、10 重机械、11 空灵。',
      applies: 'live',
      effect: 'works',
      since: '2.31.0',
    },
  ),
  'enable-ear-monitor': attribute(flag, {
    default: false,
    help: 'Plays the own voice in the earphones.',
    helpZh: '耳返：在耳机中播放自己的声音。',
    applies: 'live',
    effect: 'none',
    reason: 'The box has no sound output.',
    since: null,
  }),

  // 2.6 background and small window
  'waiting-image': attribute(webAddress, {
    default: '',
    help: 'Picture (JPEG or PNG, at most 1920 × 1920 and 10 MB) that is pushed while the stream is paused or in the background, or the camera is off.',
    helpZh: '暂停、进入后台或关闭摄像头时推送的等待图片（JPEG 或 PNG，最大 1920×1920、10 MB）。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
  }),
  'waiting-image-hash': attribute(md5, {
    default: '',
    help: 'MD5 sum that the waiting image must have.',
    helpZh: '等待图片的 MD5 校验值。',
    applies: 'live',
    effect: 'works',
    since: '1.7.0',
    aliases: ['waiting-image-md5'],
  }),
  'background-mute': attribute(flag, {
    default: false,
    help: 'Mutes the sound in the background.',
    helpZh: '进入后台时静音。',
    applies: 'live',
    effect: 'none',
    reason: 'In the background the sound is always muted.',
    since: '1.7.0',
  }),
  'picture-in-picture-mode': attribute(pictureInPicture, {
    default: '',
    help: 'Small window when a page is opened over the component (push) or left (pop).',
    helpZh: '小窗模式：路由 push 或 pop 时触发。',
    applies: 'live',
    effect: 'none',
    reason: 'The box has no pages, so there is no small window.',
    since: '2.25.0',
  }),
} as const satisfies Record<string, AttributeEntry>
