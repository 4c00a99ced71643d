import type { Level } from './events.js'
import { type UnusedCode, unusedCodes } from './unused-codes.js'

/**
 * Every status code of spec section 8: number, name, level, meaning and what a person can do. Events, the
 * reference and the app's texts come from here. Where no source gives a name (10001 to 10004), it is ours.
 */

/** One code that a box may emit. */
interface UsedCode {
  readonly code: number
  readonly name: string
  readonly level: Level
  /** what happened, one sentence */
  readonly message: string
  readonly messageZh: string
  /** what the person can do, one sentence */
  readonly nextStep: string
  readonly nextStepZh: string
  readonly emitted: true
  readonly why?: never
}

export type CodeEntry = UsedCode | UnusedCode

const used = <const Code extends number>(
  code: Code,
  level: Level,
  name: string,
  [message, messageZh]: readonly [string, string],
  [nextStep, nextStepZh]: readonly [string, string] = nothing,
) =>
  ({ code, name, level, message, messageZh, nextStep, nextStepZh, emitted: true }) as const satisfies UsedCode

const nothing = ['Nothing to do.', '无需操作。'] as const
const retrying = (hint: string, hintZh: string) =>
  [`The box tries again by itself; ${hint}`, `设备会自动重试；${hintZh}`] as const

const usedCodes = [
  used(1001, 'event', 'PUSH_EVT_CONNECT_SUCC', ['Connected to the server.', '已连接推流服务器。']),
  used(1002, 'event', 'PUSH_EVT_PUSH_BEGIN', [
    'The server accepted the stream; pushing has begun.',
    '与服务器握手完毕，开始推流。',
  ]),
  used(1003, 'event', 'PUSH_EVT_OPEN_CAMERA_SUCC', ['The camera is open.', '打开摄像头成功。']),
  used(1005, 'event', 'PUSH_EVT_CHANGE_RESOLUTION', [
    'The resolution was changed to fit the uplink.',
    '已按上行带宽动态调整分辨率。',
  ]),
  used(1006, 'event', 'PUSH_EVT_CHANGE_BITRATE', [
    'The bitrate was changed to fit the uplink.',
    '已按上行带宽动态调整码率。',
  ]),
  used(1007, 'event', 'PUSH_EVT_FIRST_FRAME_AVAILABLE', [
    'The first frame was captured.',
    '首帧画面采集完成。',
  ]),
  used(1008, 'event', 'PUSH_EVT_START_VIDEO_ENCODER', ['The encoder has started.', '编码器启动。']),

  used(
    1101,
    'warning',
    'PUSH_WARNING_NET_BUSY',
    ['The uplink is too slow for the stream; viewers see it stutter.', '上行带宽不足，观众端会卡顿。'],
    [
      'Move closer to the access point, use a cable, or lower max-bitrate.',
      '靠近路由器、改用有线网络或降低 max-bitrate。',
    ],
  ),
  used(
    1102,
    'warning',
    'PUSH_WARNING_RECONNECT',
    ['The connection is lost; reconnecting.', '网络断连，已启动自动重连。'],
    retrying('check the network if this goes on.', '若持续出现请检查网络。'),
  ),
  used(
    1103,
    'warning',
    'PUSH_WARNING_HW_ACCELERATION_FAIL',
    ['The hardware encoder failed to start; software encoding is in use.', '硬编码启动失败，已改用软编码。'],
    ['Nothing to do now; the cause says why the encoder failed.', '暂无需操作，失败原因见 cause。'],
  ),
  used(
    1104,
    'warning',
    'PUSH_WARNING_VIDEO_ENCODE_FAIL',
    ['Encoding a frame failed; the encoder was restarted.', '视频帧编码失败，编码器已重启。'],
    ['Nothing to do unless it comes back often.', '若未频繁出现则无需操作。'],
  ),
  used(
    3001,
    'warning',
    'PUSH_WARNING_DNS_FAIL',
    ["The server's name could not be resolved.", '服务器域名解析失败。'],
    retrying('check the address and the name server.', '请检查推流地址与 DNS。'),
  ),
  used(
    3002,
    'warning',
    'PUSH_WARNING_SEVER_CONN_FAIL',
    ['The server could not be reached.', '连接服务器失败。'],
    retrying('check the address, the port and the network.', '请检查推流地址、端口与网络。'),
  ),
  used(
    3003,
    'warning',
    'PUSH_WARNING_SHAKE_FAIL',
    ['The server does not complete the RTMP or TLS handshake.', '与服务器的 RTMP 或 TLS 握手失败。'],
    retrying('check that the address is that of an RTMP server.', '请确认地址指向 RTMP 服务器。'),
  ),
  used(
    3004,
    'warning',
    'PUSH_WARNING_SERVER_DISCONNECT',
    ['The server closed the connection or refused the stream.', '服务器主动断开连接或拒绝推流。'],
    retrying(
      'check the stream key, its expiry, and that nobody else uses it.',
      '请检查推流密钥、有效期以及是否被他人占用。',
    ),
  ),
  used(
    3005,
    'warning',
    'PUSH_WARNING_READ_WRITE_FAIL',
    ['Sending to the server failed; the link is broken.', 'RTMP 读写失败，链路已断开。'],
    retrying('check the network.', '请检查网络。'),
  ),
  used(
    5000,
    'warning',
    'PUSH_WARNING_HANDUP_STOP',
    ['The box is in the background; the camera is closed.', '设备进入后台，摄像头已关闭。'],
    ['Bring it to the foreground to get the picture back.', '回到前台即可恢复画面。'],
  ),

  used(
    -1301,
    'error',
    'PUSH_ERR_OPEN_CAMERA_FAIL',
    [
      'The camera could not be opened, or was lost; a neutral picture is pushed.',
      '打开摄像头失败或摄像头丢失，改推占位画面。',
    ],
    [
      'Plug the camera in, or end the program that uses it; the picture comes back by itself.',
      '请插好摄像头或关闭占用它的程序，画面会自动恢复。',
    ],
  ),
  used(
    -1302,
    'error',
    'PUSH_ERR_OPEN_MIC_FAIL',
    [
      'The microphone could not be opened, or was lost; silence is pushed.',
      '打开麦克风失败或麦克风丢失，改推静音。',
    ],
    ['Plug the microphone in, or end the program that uses it.', '请插好麦克风或关闭占用它的程序。'],
  ),
  used(
    -1303,
    'error',
    'PUSH_ERR_VIDEO_ENCODE_FAIL',
    ['No video encoder works.', '视频编码失败。'],
    [
      'Install the encoder that the cause names, then start again.',
      '请安装 cause 中指出的编码器后重新开始推流。',
    ],
  ),
  used(
    -1304,
    'error',
    'PUSH_ERR_AUDIO_ENCODE_FAIL',
    ['No audio encoder works.', '音频编码失败。'],
    [
      'Install the encoder that the cause names, then start again.',
      '请安装 cause 中指出的编码器后重新开始推流。',
    ],
  ),
  used(
    -1305,
    'error',
    'PUSH_ERR_UNSUPPORTED_RESOLUTION',
    ['The camera or the encoder does not support this resolution.', '不支持该视频分辨率。'],
    [
      'Choose another mode, or another video-width and video-height.',
      '请更换 mode 或 video-width、video-height。',
    ],
  ),
  used(
    -1306,
    'error',
    'PUSH_ERR_UNSUPPORTED_SAMPLERATE',
    ['The audio encoder does not support this sample rate.', '不支持该音频采样率。'],
    ['Choose the other audio-quality.', '请更换 audio-quality。'],
  ),
  used(
    -1307,
    'error',
    'PUSH_ERR_NET_DISCONNECT',
    ['The connection is lost and three attempts to reconnect failed.', '网络断连，且三次重连均失败。'],
    [
      'Check the network, then start again; a box that keeps trying returns by itself.',
      '请检查网络后重新开始推流；开启持续重试的设备会自动恢复。',
    ],
  ),
  used(
    -1311,
    'error',
    'PUSH_ERR_MIC_RECORD_FAIL',
    ['The microphone is open but delivers no sound.', '麦克风已打开但没有采集到声音数据。'],
    ['Unplug the microphone and plug it in again.', '请重新插拔麦克风。'],
  ),
  used(
    -1313,
    'error',
    'PUSH_ERR_INVALID_ADDRESS',
    ['The push address is missing or illegal.', '推流地址为空或不合法。'],
    [
      'Set url to an rtmp:// or rtmps:// address with application and stream name.',
      '请将 url 设为包含应用名和流名的 rtmp:// 或 rtmps:// 地址。',
    ],
  ),
  used(
    10001,
    'error',
    'CAMERA_FORBIDDEN',
    ['Use of the camera is forbidden.', '禁止使用摄像头。'],
    [
      "Allow the service to use the device, or open the camera's privacy switch.",
      '请授予服务使用该设备的权限，或打开摄像头的隐私开关。',
    ],
  ),
  used(
    10002,
    'error',
    'MIC_FORBIDDEN',
    ['Use of the microphone is forbidden.', '禁止录音。'],
    [
      'Allow the service to use the device, or open its privacy switch.',
      '请授予服务使用该设备的权限，或打开其隐私开关。',
    ],
  ),
  used(
    10003,
    'error',
    'BGM_LOAD_FAIL',
    ['The background music could not be loaded.', '背景音乐加载失败。'],
    ['Check its address and format.', '请检查音乐的地址与格式。'],
  ),
  used(
    10004,
    'error',
    'WAITING_IMAGE_LOAD_FAIL',
    ['The waiting image could not be loaded; a neutral picture is used.', '等待图片加载失败，改用占位画面。'],
    [
      'Check its address, its MD5 sum and its size (at most 1920 × 1920).',
      '请检查图片的地址、MD5 与尺寸（最大 1920×1920）。',
    ],
  ),
] as const satisfies readonly UsedCode[]

/** A code that the box may emit. */
export type StatusCode = (typeof usedCodes)[number]['code']

/** Every code by number: those that the box may emit, then those that it never does. */
export const codes: ReadonlyMap<number, CodeEntry> = new Map<number, CodeEntry>(
  [...usedCodes, ...unusedCodes].map((entry) => [entry.code, entry]),
)

const emittedCodes = new Map<StatusCode, UsedCode>(usedCodes.map((entry) => [entry.code, entry]))

/** The entry of a code that the box may emit. */
export function codeOf(code: StatusCode): UsedCode {
  const entry = emittedCodes.get(code)
  if (entry === undefined) throw new TypeError(`${code} is not a status code of the box`)
  return entry
}

/** Codes that are reported by `error` as well as by `statechange` (spec 8.5). */
export const errorCodes = [10001, 10002, 10003, 10004] as const satisfies readonly StatusCode[]
