type Mode = 'SD' | 'HD' | 'FHD' | 'RTC'
type Quality = 'high' | 'low'

export interface Preset {
  readonly title: string
  readonly titleZh: string
  readonly remark: string
  readonly values: {
    readonly mode: Mode
    readonly 'min-bitrate': number
    readonly 'max-bitrate': number
    readonly 'audio-quality': Quality
  }
}

const preset = (
  title: string,
  titleZh: string,
  mode: Mode,
  minKbps: number,
  maxKbps: number,
  audioQuality: Quality,
  remark: string,
): Preset => ({
  title,
  titleZh,
  remark,
  values: { mode, 'min-bitrate': minKbps, 'max-bitrate': maxKbps, 'audio-quality': audioQuality },
})

/** Settings that the vendor recommends by scene (spec section 4). */
export const presets = {
  'sd-live': preset(
    'SD broadcast',
    '标清直播',
    'SD',
    300,
    800,
    'high',
    'Narrow, outdoor or unstable networks.',
  ),
  'hd-live': preset(
    'HD broadcast',
    '高清直播',
    'HD',
    600,
    1200,
    'high',
    'The normal choice for a broadcast.',
  ),
  'fhd-live': preset('FHD broadcast', '超清直播', 'FHD', 600, 1800, 'high', 'When clarity matters most.'),
  'service-user': preset(
    'Video service',
    '视频客服（用户）',
    'RTC',
    200,
    500,
    'high',
    'Sound first, picture second.',
  ),
  'insurance-owner': preset(
    'Damage claim',
    '车险定损（车主）',
    'RTC',
    200,
    1200,
    'high',
    'Details must be visible.',
  ),
  'meeting-speaker': preset(
    'Meeting, speaker',
    '多人会议（主讲）',
    'RTC',
    200,
    1000,
    'high',
    'The picture that all watch.',
  ),
  'meeting-listener': preset(
    'Meeting, listener',
    '多人会议（参与）',
    'RTC',
    150,
    300,
    'low',
    'Quality does not matter.',
  ),
} as const satisfies Record<string, Preset>

export type PresetName = keyof typeof presets

/** The attribute values of a preset by name; undefined for a name that is none. */
export function presetValues(name: unknown): Preset['values'] | undefined {
  return typeof name === 'string' && Object.hasOwn(presets, name)
    ? presets[name as PresetName].values
    : undefined
}
