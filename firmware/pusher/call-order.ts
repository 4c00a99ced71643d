import type { Method } from './context.js'

/** Where the box stands, as far as the order of calls is concerned; `failed` is after -1307. */
export type PhaseName = 'idle' | 'preview' | 'connecting' | 'pushing' | 'paused' | 'failed'

/** `do` it; `ok`: nothing to do, say so; `store`: takes effect at the next start or resume; `fail`: refuse. */
export type CallRule = 'do' | 'ok' | 'store' | 'fail'

type Row = readonly [
  idle: CallRule,
  preview: CallRule,
  connecting: CallRule,
  pushing: CallRule,
  paused: CallRule,
  failed: CallRule,
]

const phases = ['idle', 'preview', 'connecting', 'pushing', 'paused', 'failed'] as const

const never: Row = ['fail', 'fail', 'fail', 'fail', 'fail', 'fail']
/** needs the capture side, which runs in every phase but idle */
const captured: Row = ['fail', 'do', 'do', 'do', 'do', 'do']
/** a setting of the picture or the sound */
const setting: Row = ['store', 'do', 'do', 'do', 'do', 'do']

/** Spec 6.4 by method; the columns are idle, preview, connecting, pushing, paused, failed. */
const rows: Readonly<Record<Method, Row>> = {
  start: ['do', 'do', 'ok', 'ok', 'fail', 'do'],
  stop: ['ok', 'do', 'do', 'do', 'do', 'do'],
  // While connecting: the neutral picture as soon as the connection stands.
  pause: ['fail', 'fail', 'do', 'do', 'ok', 'fail'],
  resume: ['fail', 'fail', 'fail', 'fail', 'do', 'fail'],
  enterBackground: ['fail', 'fail', 'do', 'do', 'ok', 'fail'],
  exitBackground: ['fail', 'fail', 'fail', 'fail', 'do', 'fail'],
  switchCamera: ['store', 'do', 'do', 'do', 'store', 'do'],
  snapshot: captured,
  setAttributes: setting,
  startPreview: ['do', 'ok', 'ok', 'ok', 'fail', 'ok'],
  stopPreview: ['ok', 'do', 'ok', 'ok', 'ok', 'ok'],
  playBGM: captured,
  pauseBGM: captured,
  resumeBGM: captured,
  stopBGM: captured,
  setBGMVolume: captured,
  setMICVolume: setting,
  sendMessage: ['fail', 'fail', 'fail', 'do', 'do', 'fail'],
  toggleTorch: ['fail', 'do', 'do', 'do', 'fail', 'do'],
  getMaxZoom: ['do', 'do', 'do', 'do', 'do', 'do'],
  setZoom: setting,
  applyFilter: never,
  clearFilters: never,
  exitPictureInPicture: never,
  applySticker: never,
  clearStickers: never,
  applyBlusherStickMakeup: never,
  applyEyeBrowMakeup: never,
  applyEyeShadowMakeup: never,
  applyFaceContourMakeup: never,
  applyLipStickMakeup: never,
  clearMakeups: never,
  createOffscreenCanvas: never,
  onCustomRendererEvent: never,
}

/** What becomes of a method in a phase: `callOrder.paused.start` is `fail`. */
export const callOrder = Object.fromEntries(
  phases.map((phase, column) => [
    phase,
    Object.fromEntries(Object.entries(rows).map(([method, row]) => [method, row[column]])),
  ]),
) as Readonly<Record<PhaseName, Readonly<Record<Method, CallRule>>>>
