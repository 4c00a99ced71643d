// Generated from the attribute table by `npm run generate`. Do not edit.
// null: not set in markup, the box keeps what it has.
module.exports = {
  // Address to push to.
  url: { type: null, value: null },
  // Quality and latency profile: RTC for calls, SD, HD and FHD for broadcasts, QVGA and HVGA for small pictures.
  mode: { type: null, value: null },
  // Starts pushing by itself when the box starts and when it gets an address.
  autopush: { type: null, value: null },
  // Shows measurements and events beside the preview, never in the pushed picture.
  debug: { type: null, value: null },
  // Shape of the pushed picture: taller than wide, or wider than tall.
  orientation: { type: null, value: null },
  // Aspect ratio of the pushed picture; with a horizontal orientation it means 16:9 or 4:3.
  aspect: { type: null, value: null },
  // Worst picture the rate controller may choose; above max-bitrate it counts as max-bitrate.
  minBitrate: { type: null, value: null },
  // Best picture the rate controller may choose.
  maxBitrate: { type: null, value: null },
  // Width of the pushed picture, together with video-height; null: from mode, orientation and aspect (360 × 640 with the defaults).
  videoWidth: { type: null, value: null },
  // Height of the pushed picture, together with video-width; null: from mode, orientation and aspect (360 × 640 with the defaults).
  videoHeight: { type: null, value: null },
  // Highest frame rate; a camera may deliver less.
  fps: { type: null, value: null },
  // Camera on; off closes the device and a neutral picture is pushed instead.
  enableCamera: { type: null, value: null },
  // Camera in use: the configuration says which device is the front and which the back one.
  devicePosition: { type: null, value: null },
  // Automatic focus, where the camera has one.
  autoFocus: { type: null, value: null },
  // Magnifies the picture by the configured factor (2 unless configured); setZoom overrides it until it is set again.
  zoom: { type: null, value: null },
  // Mirrors the pushed picture; older name of remote-mirror.
  mirror: { type: null, value: null },
  // Mirrors the pushed picture; set, it wins over mirror.
  remoteMirror: { type: null, value: null },
  // Mirrors the preview: of the front camera only (auto), always, or never.
  localMirror: { type: null, value: null },
  // Lets a program process the captured frames.
  enableVideoCustomRender: { type: null, value: null },
  // Skin smoothing; 0 is off.
  beauty: { type: null, value: null },
  // Skin whitening; 0 is off.
  whiteness: { type: null, value: null },
  // Kind of skin smoothing.
  beautyStyle: { type: null, value: null },
  // Colour filter.
  filter: { type: null, value: null },
  // Enables skin-whiteness, skin-smoothness, face-thinness and eye-bigness; once on it stays on.
  customEffect: { type: null, value: null },
  // Skin whitening; needs custom-effect.
  skinWhiteness: { type: null, value: null },
  // Skin smoothing; needs custom-effect.
  skinSmoothness: { type: null, value: null },
  // Makes faces thinner; needs custom-effect.
  faceThinness: { type: null, value: null },
  // Makes eyes bigger; needs custom-effect.
  eyeBigness: { type: null, value: null },
  // Microphone on; off closes the device and silence is pushed, so the sound track goes on.
  enableMic: { type: null, value: null },
  // Mutes the sound; the microphone stays open.
  muted: { type: null, value: null },
  // Sound quality: high is 48 kHz, low is 16 kHz and only for hopeless networks.
  audioQuality: { type: null, value: null },
  // Automatic gain of the microphone.
  enableAgc: { type: null, value: null },
  // Suppresses noise: good for speech, bad for instruments.
  enableAns: { type: null, value: null },
  // Volume in use: media, or call with echo cancelling.
  audioVolumeType: { type: null, value: null },
  // Reverb of the voice: 0 off, 1 karaoke, 2 small room, 3 big hall, 4 deep, 5 resonant, 6 metallic, 7 husky.
  audioReverbType: { type: null, value: null },
  // Voice changer: 0 off, 1 naughty boy, 2 little girl, 3 middle-aged man, 4 heavy metal, 6 foreigner, 7 trapped beast, 8 chubby, 9 strong current, 10 heavy machinery, 11 ethereal.
  voiceChangerType: { type: null, value: null },
  // Plays the own voice in the earphones.
  enableEarMonitor: { type: null, value: null },
  // Picture (JPEG or PNG, at most 1920 × 1920 and 10 MB) that is pushed while the stream is paused or in the background, or the camera is off.
  waitingImage: { type: null, value: null },
  // MD5 sum that the waiting image must have.
  waitingImageHash: { type: null, value: null },
  // Mutes the sound in the background.
  backgroundMute: { type: null, value: null },
  // Small window when a page is opened over the component (push) or left (pop).
  pictureInPictureMode: { type: null, value: null },
}
