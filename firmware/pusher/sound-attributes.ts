/** The sound: microphone, volume and voice (spec 2.5). */
import { z } from 'zod'
import { type AttributeEntry, attribute, choice, flag, whole } from './attribute-entry.js'

export const soundAttributes = {
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
    reasonZh: '设备不播放麦克风会收到的声音，没有回声需要消除。',
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
    reasonZh: '设备没有声音输出。',
    since: null,
  }),
} as const satisfies Record<string, AttributeEntry>
