import test from 'ava'
import {
  formatCameraSpec,
  formatMicrophoneSpec,
  parseCameraSpec,
  parseMicrophoneSpec,
} from '../../../firmware/pusher/sources.js'

for (const [text, spec] of [
  ['auto', { kind: 'auto' }],
  ['none', { kind: 'none' }],
  ['test', { kind: 'test' }],
  ['v4l2:/dev/video0', { kind: 'v4l2', device: '/dev/video0' }],
  [
    'v4l2:/dev/v4l/by-id/usb-046d_C270_HD_WEBCAM-video-index0',
    { kind: 'v4l2', device: '/dev/v4l/by-id/usb-046d_C270_HD_WEBCAM-video-index0' },
  ],
  [
    'v4l2:/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0',
    { kind: 'v4l2', device: '/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0' },
  ],
  ['camera:HD Pro Webcam: C920', { kind: 'named', name: 'HD Pro Webcam: C920' }],
  ['libcamera', { kind: 'libcamera' }],
  [
    'libcamera:/base/soc/i2c0mux/i2c@1/imx708@1a',
    { kind: 'libcamera', id: '/base/soc/i2c0mux/i2c@1/imx708@1a' },
  ],
  ['libcamera:\\_SB_.PC00.LNK1', { kind: 'libcamera', id: '\\_SB_.PC00.LNK1' }],
  ['clip:/srv/a clip: take 2.mp4', { kind: 'clip', file: '/srv/a clip: take 2.mp4' }],
  ['clip:street.mp4', { kind: 'clip', file: 'street.mp4' }],
] as const) {
  test(`reads the camera ${text} and writes it the same`, (t) => {
    const parsed = parseCameraSpec(text)
    t.deepEqual(parsed, { ok: true, spec })
    if (parsed.ok) t.is(formatCameraSpec(parsed.spec), text)
  })
}

for (const text of [
  '',
  'Auto',
  'video0',
  '/dev/video0',
  'v4l2',
  'v4l2:',
  'v4l2:video0',
  'v4l2:/etc/passwd',
  'v4l2:/dev/../etc/passwd',
  'v4l2:/dev/./video0',
  'v4l2:/dev//video0',
  'v4l2:/dev/',
  'v4l2:/dev/video0 ! filesink location=/etc/passwd',
  'v4l2:/dev/video0"',
  'v4l2:/dev/video0\n',
  `v4l2:/dev/${'x'.repeat(300)}`,
  'camera',
  'camera:',
  'camera: x',
  'camera:a\nb',
  `camera:${'x'.repeat(65)}`,
  'libcamera:',
  'libcamera:a b',
  'libcamera:"x"',
  'clip:',
  'clip:~/a.mp4',
  'clip:a\0b',
  'clip:a\nb',
  `clip:/${'x'.repeat(5000)}`,
  'rtsp:x',
  'test:1',
]) {
  test(`refuses the camera ${JSON.stringify(text.slice(0, 40))} with a reason`, (t) => {
    const parsed = parseCameraSpec(text)
    t.false(parsed.ok)
    if (!parsed.ok) t.regex(parsed.message, /^(?:must|the|clip|camera|write)/)
  })
}

for (const [text, spec] of [
  ['auto', { kind: 'auto' }],
  ['none', { kind: 'none' }],
  ['test', { kind: 'test' }],
  ['clip', { kind: 'clip' }],
  ['clip:/srv/a.wav', { kind: 'clip', file: '/srv/a.wav' }],
  ['alsa:default', { kind: 'alsa', device: 'default' }],
  ['alsa:hw:0,0', { kind: 'alsa', device: 'hw:0,0' }],
  ['alsa:plughw:CARD=Webcam,DEV=0', { kind: 'alsa', device: 'plughw:CARD=Webcam,DEV=0' }],
] as const) {
  test(`reads the microphone ${text} and writes it the same`, (t) => {
    const parsed = parseMicrophoneSpec(text)
    t.deepEqual(parsed, { ok: true, spec })
    if (parsed.ok) t.is(formatMicrophoneSpec(parsed.spec), text)
  })
}

for (const text of [
  '',
  'alsa',
  'alsa:',
  'alsa:hw:0 0',
  "alsa:hw:'0'",
  'alsa:../x',
  'alsa:{}',
  'clip:',
  'hw:0,0',
  'v4l2:/dev/video0',
]) {
  test(`refuses the microphone ${JSON.stringify(text)} with a reason`, (t) => {
    t.false(parseMicrophoneSpec(text).ok)
  })
}
