const attributes = 'integration/box/attributes.test.ts'
const methods = 'integration/box/methods.test.ts'
const push = 'integration/box/push.test.ts'
const sound = 'integration/box/sound.test.ts'
const camera = 'integration/box/camera-picture.test.ts'
const effects = 'integration/box/effects.test.ts'
const looks = 'integration/media/looks.test.ts'
const image = 'integration/box/waiting-image.test.ts'
const music = 'integration/box/music.test.ts'
const previewState = 'integration/box/preview-state.test.ts'
const previewPage = 'integration/box/preview-page.test.ts'
const outages = 'integration/box/server-outages.test.ts'
const faults = 'integration/box/server-faults.test.ts'
const devices = 'integration/box/device-faults.test.ts'
const encoders = 'integration/box/encoder-faults.test.ts'
const network = 'integration/network/rate.test.ts'

/** Attribute, method or code → the test file below test/ that shows its effect at the server. */
export const proofs: Readonly<Record<string, string>> = {
  url: attributes,
  mode: attributes,
  autopush: push,
  debug: previewPage,
  orientation: attributes,
  aspect: attributes,
  'min-bitrate': network,
  'max-bitrate': attributes,
  'video-width': attributes,
  'video-height': attributes,
  fps: attributes,
  'enable-camera': attributes,
  'device-position': attributes,
  'auto-focus': 'unit/daemon/capture-picture.test.ts',
  zoom: camera,
  mirror: camera,
  'remote-mirror': camera,
  'local-mirror': previewPage,
  beauty: effects,
  whiteness: effects,
  'beauty-style': looks,
  filter: effects,
  'custom-effect': effects,
  'skin-whiteness': looks,
  'skin-smoothness': effects,
  'enable-mic': attributes,
  muted: attributes,
  'audio-quality': attributes,
  'enable-agc': sound,
  'enable-ans': sound,
  'audio-reverb-type': sound,
  'voice-changer-type': sound,
  'waiting-image': image,
  'waiting-image-hash': image,

  preset: attributes,

  start: methods,
  stop: methods,
  pause: methods,
  resume: methods,
  switchCamera: methods,
  snapshot: methods,
  setAttributes: 'integration/mqtt/requests.test.ts',
  toggleTorch: 'integration/box/camera-switch.test.ts',
  enterBackground: methods,
  exitBackground: methods,
  startPreview: previewState,
  stopPreview: previewState,
  playBGM: music,
  pauseBGM: music,
  resumeBGM: music,
  stopBGM: music,
  setBGMVolume: music,
  setMICVolume: sound,
  sendMessage: 'integration/box/messages.test.ts',
  getMaxZoom: camera,
  setZoom: camera,

  1001: push,
  1002: push,
  1003: push,
  1005: network,
  1006: network,
  1007: push,
  1008: push,
  1101: network,
  1102: outages,
  1103: devices,
  1104: encoders,
  3001: outages,
  3002: outages,
  3003: faults,
  3004: faults,
  3005: faults,
  5000: methods,
  '-1301': devices,
  '-1302': devices,
  '-1303': devices,
  '-1304': devices,
  '-1305': encoders,
  '-1306': encoders,
  '-1307': outages,
  '-1311': encoders,
  '-1313': methods,
  10001: devices,
  10002: encoders,
  10003: music,
  10004: image,
}
