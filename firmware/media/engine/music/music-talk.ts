/** What the process that plays music and its decoder say to each other. */
import type { Cause } from '../../../pusher/events.js'
import type { MusicSpan } from '../../../pusher/music-range.js'

/** File descriptor of the decoder that the sound is written to. */
export const soundDescriptor = 3

/** The binding's pulls and bus polls hold a thread each; the decoder has one of either. */
export const decoderThreads = '6'

export interface ToDecoder extends MusicSpan {
  readonly file: string
}

export type FromDecoder =
  /** `durationMs` of the whole file, 0 when it does not tell; `startMs`: where the sound begins */
  | { readonly type: 'ready'; readonly durationMs: number; readonly startMs: number }
  | { readonly type: 'failed'; readonly cause: Cause }
