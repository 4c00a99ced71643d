/**
 * Every attribute of the component (spec section 2), declared once. Validation, defaults, the MQTT contract,
 * the phone app's form, Home Assistant discovery and the reference in docs/ derive from this table.
 *
 * A schema accepts the value in its own type only; {@link ./attributes.ts} reads the other spellings. Its
 * description completes the sentence "must be …".
 */
import { z } from 'zod'
import { type AttributeEntry, attribute, choice, flag, maxTextLength } from './attribute-entry.js'
import { pictureAttributes } from './picture-attributes.js'
import { maxUrlLength, parsePushUrl } from './push-url.js'
import { soundAttributes } from './sound-attributes.js'

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

  ...pictureAttributes,

  ...soundAttributes,

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
    reasonZh: '在后台声音总是静音。',
    since: '1.7.0',
  }),
  'picture-in-picture-mode': attribute(pictureInPicture, {
    default: '',
    help: 'Small window when a page is opened over the component (push) or left (pop).',
    helpZh: '小窗模式：路由 push 或 pop 时触发。',
    applies: 'live',
    effect: 'none',
    reason: 'The box has no pages, so there is no small window.',
    reasonZh: '设备没有页面，因此没有小窗。',
    since: '2.25.0',
  }),
} as const satisfies Record<string, AttributeEntry>
