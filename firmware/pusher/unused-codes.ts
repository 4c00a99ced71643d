import type { Level } from './events.js'

/**
 * Codes of spec section 8 that the box never emits: listed so that a reader of the reference finds them, with why.
 * Names of LiteAV and TRTC keep their own spelling.
 */

/** One code that is never emitted. */
export interface UnusedCode {
  readonly code: number
  readonly name: string
  readonly level: Level
  readonly message: string
  readonly messageZh: string
  readonly nextStep: ''
  readonly nextStepZh: ''
  readonly emitted: false
  readonly why: string
}

type Row = readonly [code: number, name: string, message: string, messageZh: string]

const never = (why: string, level: Level, ...rows: readonly Row[]): readonly UnusedCode[] =>
  rows.map(([code, name, message, messageZh]) => ({
    code,
    name,
    level,
    message,
    messageZh,
    nextStep: '',
    nextStepZh: '',
    emitted: false,
    why,
  }))

const rooms = 'The box pushes by RTMP only; there are no rooms.'
const noCalls =
  'No call interrupts the box: what has a camera or microphone open keeps it, and one that is taken is -1301 or -1302.'
const noScreen = 'The box captures cameras, not screens.'
const liteAv = 'Only of the vendor SDK, never shown to an app.'
const windows = 'Only of the vendor SDK for desktops.'
const trtc = 'Only of the vendor SDK for calls.'
const contradictory = 'The sources contradict each other and the newest ones have dropped it.'

export const unusedCodes: readonly UnusedCode[] = [
  ...never('It means that nothing happened.', 'event', [0, 'NO_ERROR', 'No error.', '没有错误。']),
  ...never('Where there is a hardware encoder, the box begins with it.', 'warning', [
    1107,
    'PUSH_WARNING_VIDEO_ENCODE_SW_SWITCH_HW',
    'The machine is too slow for software encoding; the hardware encoder is in use.',
    '设备性能不足以软编码，已切换到硬编码。',
  ]),
  ...never(noCalls, 'warning', [
    5001,
    'PUSH_WARNING_INTERRUPTED',
    'A call took the camera or the microphone.',
    '通话占用了摄像头或麦克风，采集中断。',
  ]),
  ...never(noScreen, 'event', [
    1004,
    'PUSH_EVT_SCREEN_CAPTURE_SUCC',
    'Screen capture has started.',
    '录屏启动成功。',
  ]),
  ...never(
    windows,
    'event',
    [1009, 'PUSH_EVT_CAMERA_REMOVED', 'A camera was removed (old number).', '摄像头被移除（旧编号）。'],
    [
      1010,
      'PUSH_EVT_CAMERA_AVAILABLE',
      'A camera is available again (old number).',
      '摄像头恢复可用（旧编号）。',
    ],
    [1011, 'PUSH_EVT_CAMERA_CLOSED', 'The camera was closed (old number).', '摄像头已关闭（旧编号）。'],
    [1012, 'PUSH_EVT_SNAPSHOT_RESULT', 'Result of a snapshot.', '截图结果。'],
  ),
  ...never(
    rooms,
    'event',
    [1018, 'PUSH_EVT_ROOM_IN', 'Entered the room.', '进入房间成功。'],
    [1019, 'PUSH_EVT_ROOM_OUT', 'Left the room.', '退出房间。'],
    [1020, 'PUSH_EVT_ROOM_USERLIST', 'Members of the room.', '房间成员列表。'],
    [
      1021,
      'PUSH_EVT_ROOM_NEED_REENTER',
      'The network changed, enter the room again.',
      '网络切换，需重新进房。',
    ],
    [1022, 'PUSH_EVT_ROOM_IN_FAILED', 'Entering the room failed.', '进入房间失败。'],
  ),
  ...never(
    "Not in WeChat's list; a lost camera is -1301 and its return 1003.",
    'event',
    [1023, 'PUSH_EVT_CAMERA_REMOVED', 'A camera was removed.', '摄像头被移除。'],
    [1024, 'PUSH_EVT_CAMERA_AVAILABLE', 'A camera is available again.', '摄像头恢复可用。'],
    [1025, 'PUSH_EVT_CAMERA_CLOSE', 'The camera was closed.', '摄像头已关闭。'],
  ),
  ...never(
    liteAv,
    'event',
    [1027, 'PUSH_EVT_HW_ENCODER_START_SUCC', 'The hardware encoder has started.', '硬编码器启动成功。'],
    [1028, 'PUSH_EVT_SW_ENCODER_START_SUCC', 'The software encoder has started.', '软编码器启动成功。'],
    [1029, 'PUSH_EVT_LOCAL_RECORD_RESULT', 'Result of a local recording.', '本地录制结果。'],
    [1030, 'PUSH_EVT_LOCAL_RECORD_PROGRESS', 'Progress of a local recording.', '本地录制进度。'],
  ),
  ...never(
    rooms,
    'event',
    [1031, 'PUSH_EVT_ROOM_USER_ENTER', 'A member entered the room.', '有成员进入房间。'],
    [1032, 'PUSH_EVT_ROOM_USER_EXIT', 'A member left the room.', '有成员退出房间。'],
    [1033, 'PUSH_EVT_ROOM_USER_VIDEO_STATE', "A member's camera changed.", '成员摄像头状态变化。'],
    [1034, 'PUSH_EVT_ROOM_USER_AUDIO_STATE', "A member's microphone changed.", '成员麦克风状态变化。'],
  ),
  ...never(
    'Codes of the player that leak into the pusher of rooms; undocumented there.',
    'event',
    [2003, 'PLAY_EVT_RCV_FIRST_I_FRAME', 'The first picture was rendered.', '首帧已渲染。'],
    [2004, 'PLAY_EVT_PLAY_BEGIN', 'Playing has started.', '开始播放。'],
    [2007, 'PLAY_EVT_PLAY_LOADING', 'Playing is loading.', '播放加载中。'],
  ),
  ...never(
    contradictory,
    'warning',
    [
      1105,
      'PUSH_WARNING_BEAUTYSURFACE_VIEW_INIT_FAIL',
      'The new beauty encoder failed.',
      '新美颜编码启动失败。',
    ],
    [
      1106,
      'PUSH_WARNING_VIDEO_ENCODE_BITRATE_OVERFLOW',
      'The encoded bitrate is abnormal.',
      '编码码率异常。',
    ],
  ),
  ...never(
    trtc,
    'warning',
    [1108, 'WARNING_INSUFFICIENT_CAPTURE_FPS', 'The camera delivers too few frames.', '摄像头采集帧率不足。'],
    [1109, 'WARNING_SW_ENCODER_START_FAILED', 'The software encoder failed to start.', '软编码器启动失败。'],
    [1110, 'WARNING_REDUCE_CAPTURE_RESOLUTION', 'The capture resolution was reduced.', '采集分辨率被降低。'],
    [1111, 'WARNING_CAMERA_DEVICE_EMPTY', 'There is no camera.', '没有摄像头。'],
    [1112, 'WARNING_CAMERA_NOT_AUTHORIZED', 'The camera is not authorised.', '摄像头未授权。'],
    [1201, 'WARNING_MICROPHONE_DEVICE_EMPTY', 'There is no microphone.', '没有麦克风。'],
    [1202, 'WARNING_SPEAKER_DEVICE_EMPTY', 'There is no speaker.', '没有扬声器。'],
    [1203, 'WARNING_MICROPHONE_NOT_AUTHORIZED', 'The microphone is not authorised.', '麦克风未授权。'],
    [1204, 'WARNING_MICROPHONE_DEVICE_ABNORMAL', 'The microphone is abnormal.', '麦克风异常。'],
    [1205, 'WARNING_SPEAKER_DEVICE_ABNORMAL', 'The speaker is abnormal.', '扬声器异常。'],
  ),
  ...never(
    liteAv,
    'warning',
    [3006, 'RTMP_WRITE_FAIL', 'Writing to the RTMP connection failed.', 'RTMP 写失败。'],
    [3007, 'RTMP_READ_FAIL', 'Reading from the RTMP connection failed.', 'RTMP 读失败。'],
    [3008, 'RTMP_NO_DATA', 'No data for 30 seconds.', '超过 30 秒没有数据。'],
    [3009, 'RTMP_CONNECT_CALL_FAIL', 'The RTMP connect call failed.', 'RTMP connect 调用失败。'],
    [3010, 'RTMP_NO_STREAM', 'There is no such stream.', '没有对应的流。'],
  ),
  ...never(
    'Only on iOS; the change is in the state topic.',
    'warning',
    [
      4998,
      'MIC_STATE_CHANGED',
      'The microphone was switched by enable-mic.',
      '通过 enable-mic 切换了麦克风。',
    ],
    [4999, 'MUTE_STATE_CHANGED', 'Mute was switched by muted.', '通过 muted 切换了静音。'],
  ),
  ...never(
    noScreen,
    'error',
    [-1308, 'PUSH_ERR_SCREEN_CAPTURE_START_FAILED', 'Screen capture failed to start.', '录屏启动失败。'],
    [-1309, 'PUSH_ERR_SCREEN_CAPTURE_UNSURPORT', 'Screen capture is not supported.', '系统不支持录屏。'],
    [-1310, 'PUSH_ERR_SCREEN_CAPTURE_INTERRUPTED', 'Screen capture was interrupted.', '录屏被其他应用打断。'],
    [
      -1312,
      'PUSH_ERR_SCREEN_CAPTURE_SWITCH_FAILED',
      'Turning the captured screen failed.',
      '录屏横竖屏切换失败。',
    ],
  ),
  ...never(
    `${trtc} The box puts the reason into the cause of -1301 and -1302.`,
    'error',
    [-1314, 'ERR_CAMERA_NOT_AUTHORIZED', 'The camera is not authorised.', '摄像头未授权。'],
    [-1315, 'ERR_CAMERA_SET_PARAM_FAIL', 'The camera refused a setting.', '摄像头参数设置失败。'],
    [-1316, 'ERR_CAMERA_OCCUPY', 'The camera is in use.', '摄像头被占用。'],
    [-1317, 'ERR_MIC_NOT_AUTHORIZED', 'The microphone is not authorised.', '麦克风未授权。'],
    [-1318, 'ERR_MIC_SET_PARAM_FAIL', 'The microphone refused a setting.', '麦克风参数设置失败。'],
    [-1319, 'ERR_MIC_OCCUPY', 'The microphone is in use.', '麦克风被占用。'],
    [-1320, 'ERR_MIC_STOP_FAIL', 'The microphone failed to stop.', '麦克风停止失败。'],
  ),
  ...never(
    "Not in WeChat's list; the box emits 3002 or 3004, then -1307, with the reason in the cause.",
    'error',
    [
      -1324,
      'PUSH_ERR_CONNECT_SERVER_FAILED',
      'No address of the server answers.',
      '所有服务器地址均连接失败。',
    ],
    [-1325, 'PUSH_ERR_NETWORK_UNAVAIABLE', 'There is no network.', '网络不可用。'],
    [-1326, 'PUSH_ERR_SERVER_REFUSED', 'The server refused the stream.', '服务器拒绝推流。'],
  ),
  ...never(rooms, 'error', [
    -100018,
    'ERR_USER_SIG_CHECK_FAILED',
    'The signature of the user is wrong.',
    'userSig 校验失败。',
  ]),
]
