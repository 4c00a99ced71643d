/** Judges of streams and files: ffmpeg decodes, these say what a viewer sees and hears. */
export * from './judge/av-offset.js'
export type { DecodedFrame, DecodedPicture, FrameSpan } from './judge/picture.js'
export { decodeFrames, frameSizes } from './judge/picture.js'
export { type Probe, probe } from './judge/probe.js'
export * from './judge/sound.js'
