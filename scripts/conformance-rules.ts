import type { Row } from './conformance.js'

const works = (section: string, promise: string, proof: string): Row => ({ section, promise, proof })
const not = (section: string, promise: string, whyNot: string): Row => ({ section, promise, whyNot })

const noPages = 'The box has no pages.'
const attributes = 'integration/box/attributes.test.ts'
const methods = 'integration/box/methods.test.ts'
const push = 'integration/box/push.test.ts'
const sound = 'integration/box/sound.test.ts'
const outages = 'integration/box/server-outages.test.ts'
const faults = 'integration/box/server-faults.test.ts'
const published = 'integration/mqtt/published.test.ts'
const parsed = 'unit/pusher/attributes.test.ts'

/** Rows of the specification that no table of the firmware has: spellings, values, events, figures, behaviour. */
export const rules: readonly Row[] = [
  works('2', 'kebab-case and camelCase names, strings for numbers and booleans', parsed),
  works('2', 'an explicit size wins over mode, orientation and aspect', attributes),

  works('3.1', 'mode: `RTC`, `SD`, `HD`, `FHD`, `QVGA`, `HVGA`', attributes),
  works('3.2', 'filter: the eleven values', 'integration/media/looks.test.ts'),
  works('3.3', 'audio-reverb-type: 0 to 7, each its own', 'integration/media/voice.test.ts'),
  works(
    '3.4',
    'voice-changer-type: 0 to 4 and 6 to 11, each its own; 5 is refused',
    'integration/media/voice.test.ts',
  ),
  not(
    '3.5',
    'audio-volume-type: `auto`, `media`, `voicecall`',
    'The box plays no sound, so there is no echo to cancel.',
  ),
  works('3.5', 'local-mirror: `auto`, `enable`, `disable`', 'integration/box/preview-page.test.ts'),

  works(
    '5.1',
    'RTC: short groups of pictures, short queue; the others: 2 to 3 s',
    'unit/pusher/geometry.test.ts',
  ),
  works('5.2', 'the size of each mode', attributes),
  works('5.3', 'bitrate and size go together; never above the mode', 'unit/pusher/geometry.test.ts'),
  works('5.4', 'orientation and aspect', attributes),

  works('6.3', 'sendMessage: 1 KB, 30 a second, with the next frame', 'integration/box/messages.test.ts'),
  works('6.4', 'the order of calls', 'unit/pusher/context.test.ts'),
  not('6.2', 'stickers', 'The box has no face or hand tracking.'),

  works('7', 'event `statechange`', published),
  works('7', 'event `netstatus`, every 2 s while pushing, paused or reconnecting, none when idle', push),
  works('7', 'event `error`', published),
  works('7', 'events `bgmstart`, `bgmprogress`, `bgmcomplete`', 'integration/box/music.test.ts'),
  works('7', 'event `audiovolumenotify`, every 300 ms', sound),
  not('7', 'events `enterpictureinpicture`, `leavepictureinpicture`', noPages),

  works('8.1', '1003 before 1007, 1001 before 1002, 1008 after 1007', push),
  works('8.2', '1102 once per attempt, after the code of its cause', outages),
  works(
    '8.4',
    'a warning at most once in 2 s, but for those of reconnecting',
    'unit/daemon/live-pusher-events.test.ts',
  ),
  works('8.5', '10001 to 10004 on both topics', 'integration/box/device-faults.test.ts'),

  works('9', '`videoBitrate`, `audioBitrate`, `netSpeed` in kbit/s', push),
  works('9', '`videoFPS`, `videoGOP`, `videoWidth`, `videoHeight`', push),
  works('9', '`netJitter`, `netQualityLevel`, `videoCache`, `audioCache`', 'unit/pusher/netstatus.test.ts'),

  works('10.1', 'autopush starts by itself, and again with a new url', push),
  works('10.1', 'start also opens the preview, stop closes it', 'integration/box/preview-state.test.ts'),
  works('10.2', 'three attempts, then -1307; the session opens with a keyframe', outages),
  works(
    '10.2',
    'the count begins anew once a connection held for 10 s',
    'unit/pusher/session-outage.test.ts',
  ),
  works('10.3', 'congestion drops pictures up to the next keyframe, never sound', faults),
  works(
    '10.4',
    'waiting image or slate at 5 frames/s under 50 kbit/s, then a clean end',
    'integration/box/waiting-image.test.ts',
  ),
  works(
    '10.3',
    'rate, size and frame rate follow the uplink: 1006, 1005, 1101',
    'integration/network/rate.test.ts',
  ),
  works(
    '10.5',
    'pause keeps the connection, closes the camera, pushes silence; resume brings 1003, 1007 and a keyframe',
    methods,
  ),
  works('10.6', 'silent when muted or without microphone; the sound track stays', attributes),
  works(
    '10.7',
    'one piece of music at a time, untouched by the effects of the voice',
    'integration/box/music.test.ts',
  ),
  works('10.8', 'snapshots of the stream and of the view', methods),
  works('10.9', 'the debug overlay is on the preview only', 'integration/box/preview-page.test.ts'),
]
