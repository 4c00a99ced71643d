/** The methods of `wx.createLivePusherContext()`, with the options and results of wx's own typings (spec 6.1). */
/** What every method's options may carry. */
export interface Callbacks<Result = GeneralResult> {
  success?(result: Result): void
  fail?(error: Failure): void
  /** after either */
  complete?(result: Result | Failure): void
}

export interface GeneralResult {
  /** `operateLivePusher:ok` */
  readonly errMsg: string
}

export interface Failure {
  /** `operateLivePusher:fail <reason>` */
  readonly errMsg: string
  /** the number of the refusal; wx documents none */
  readonly errCode: number
  /** which option or attribute, and what it must be */
  readonly problems?: readonly { readonly path: string; readonly message: string }[]
}

export interface SnapshotResult extends GeneralResult {
  /** a file of the mini-program; elsewhere, the picture's address */
  readonly tempImagePath: string
  /** px, as text, as in wx */
  readonly width: string
  readonly height: string
}

interface None {
  readonly options: object
  readonly result: GeneralResult
}
interface With<Options, Result = GeneralResult> {
  readonly options: Options
  readonly result: Result
}
/** Takes what wx takes; the box refuses it with the reason. */
type Refused = With<Readonly<Record<string, unknown>>>

/** Every method by name: its options without the callbacks, and its result. */
export interface Methods {
  start: None
  stop: None
  pause: None
  resume: None
  switchCamera: None
  snapshot: With<
    { readonly quality?: 'raw' | 'compressed'; readonly sourceType?: 'stream' | 'view' },
    SnapshotResult
  >
  toggleTorch: None
  startPreview: None
  stopPreview: None
  playBGM: With<{ readonly url: string; readonly startTimeMs?: number; readonly endTimeMs?: number }>
  pauseBGM: None
  resumeBGM: None
  stopBGM: None
  setBGMVolume: With<{ readonly volume: string | number }>
  setMICVolume: With<{ readonly volume: number }>
  sendMessage: With<{ readonly msg: string }>
  getMaxZoom: With<object, GeneralResult & { readonly maxZoom: string }>
  setZoom: With<{ readonly zoom: number }>
  exitPictureInPicture: None
  applyFilter: Refused
  clearFilters: None
  applySticker: Refused
  clearStickers: None
  applyBlusherStickMakeup: Refused
  applyEyeBrowMakeup: Refused
  applyEyeShadowMakeup: Refused
  applyFaceContourMakeup: Refused
  applyLipStickMakeup: Refused
  clearMakeups: None
  createOffscreenCanvas: Refused
  onCustomRendererEvent: Refused
  /** not of wx: closes the camera for privacy, as a page that goes to the background does */
  enterBackground: None
  /** not of wx: undoes it */
  exitBackground: None
}

export type MethodName = keyof Methods

const names: Readonly<Record<MethodName, true>> = {
  start: true,
  stop: true,
  pause: true,
  resume: true,
  switchCamera: true,
  snapshot: true,
  toggleTorch: true,
  startPreview: true,
  stopPreview: true,
  playBGM: true,
  pauseBGM: true,
  resumeBGM: true,
  stopBGM: true,
  setBGMVolume: true,
  setMICVolume: true,
  sendMessage: true,
  getMaxZoom: true,
  setZoom: true,
  exitPictureInPicture: true,
  applyFilter: true,
  clearFilters: true,
  applySticker: true,
  clearStickers: true,
  applyBlusherStickMakeup: true,
  applyEyeBrowMakeup: true,
  applyEyeShadowMakeup: true,
  applyFaceContourMakeup: true,
  applyLipStickMakeup: true,
  clearMakeups: true,
  createOffscreenCanvas: true,
  onCustomRendererEvent: true,
  enterBackground: true,
  exitBackground: true,
}

/** A test keeps it equal to the box's own table. */
export const methodNames = Object.keys(names) as readonly MethodName[]

interface NoCallbacks {
  readonly success?: never
  readonly fail?: never
  readonly complete?: never
}

/**
 * With a callback, the method answers by callbacks and returns nothing; without, it returns a promise, which rejects
 * with the {@link Failure}. That is how wx does it.
 */
export type ContextMethod<Name extends MethodName> = {
  (...options: OptionsOf<Methods[Name]['options'] & NoCallbacks>): Promise<Methods[Name]['result']>
  (options: Methods[Name]['options'] & Callbacks<Methods[Name]['result']>): undefined
}

/** Options that need not be given at all, when none of them is required. */
type OptionsOf<Options> = object extends Options ? [options?: Options] : [options: Options]
