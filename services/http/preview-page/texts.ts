/** Every text of the page, in English and Chinese. */
import type { BoxStateName } from '../../../firmware/pusher/events.js'

export type Language = 'en' | 'zh'

/** Chinese for everybody whose browser prefers it, English for all others. */
export const languageOf = (preferred: string): Language => (/^zh\b/i.test(preferred) ? 'zh' : 'en')

export interface Texts {
  readonly states: Readonly<Record<BoxStateName, string>>
  /** the preview is on, nothing is pushed */
  readonly preview: string
  readonly title: (name: string) => string
  readonly nothing: string
  readonly nothingHint: string
  readonly waiting: string
  readonly unheard: string
  readonly unheardHint: string
  readonly unsupported: string
  readonly unsupportedHint: string
  readonly tapToPlay: string
  readonly soundOn: string
  readonly soundOff: string
  readonly fullScreen: string
  readonly picture: string
  readonly overlay: string
  readonly figures: string
  readonly codes: string
  readonly noCodes: string
}

export const texts: Readonly<Record<Language, Texts>> = {
  en: {
    states: {
      idle: 'Idle',
      starting: 'Starting',
      connecting: 'Connecting',
      pushing: 'Live',
      paused: 'Paused',
      reconnecting: 'Reconnecting',
      stopping: 'Stopping',
      failed: 'No connection to the server',
    },
    preview: 'Preview',
    title: (name) => `${name} · preview`,
    nothing: 'The box is idle',
    nothingHint: 'The picture appears here as soon as it pushes or its preview is on.',
    waiting: 'Waiting for the picture …',
    unheard: 'The box does not answer',
    unheardHint: 'Trying again. Is it switched on and in the same network?',
    unsupported: 'This browser can’t play the preview',
    unsupportedHint: 'Use a current Chrome, Edge, Firefox or Safari.',
    tapToPlay: 'Tap to play',
    soundOn: 'Sound on',
    soundOff: 'Sound off',
    fullScreen: 'Full screen',
    picture: 'Live picture of the box',
    overlay: 'Measurements and events',
    figures: 'Measurements',
    codes: 'Last events',
    noCodes: 'No events yet',
  },
  zh: {
    states: {
      idle: '空闲',
      starting: '正在启动',
      connecting: '正在连接',
      pushing: '直播中',
      paused: '已暂停',
      reconnecting: '正在重连',
      stopping: '正在停止',
      failed: '无法连接服务器',
    },
    preview: '预览',
    title: (name) => `${name} · 预览`,
    nothing: '设备空闲',
    nothingHint: '开始推流或打开预览后，画面会自动出现在这里。',
    waiting: '正在等待画面……',
    unheard: '设备没有响应',
    unheardHint: '正在重试。请确认设备已开机并处于同一网络。',
    unsupported: '此浏览器无法播放预览',
    unsupportedHint: '请使用新版 Chrome、Edge、Firefox 或 Safari。',
    tapToPlay: '点按播放',
    soundOn: '声音已开',
    soundOff: '声音已关',
    fullScreen: '全屏',
    picture: '设备的实时画面',
    overlay: '指标与事件',
    figures: '指标',
    codes: '最近事件',
    noCodes: '暂无事件',
  },
}
