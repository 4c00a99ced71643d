/** Listens to what the box tells about its preview. */
import type { PreviewView } from '../../../firmware/pusher/preview.js'

export interface FeedListener {
  view(view: PreviewView): void
  /** whether the box is heard; said once it is not, and once it is again */
  heard(heard: boolean): void
}

/** The box repeats itself every five seconds. */
const silentMs = 12_000
/** a source that gave up for good is replaced after this */
const renewMs = 2_000

/** @returns ends it */
export const listenToBox = (url: string, listener: FeedListener): (() => void) => {
  let source: EventSource | undefined
  let silence: number | undefined
  let renewal: number | undefined

  const lost = (): void => listener.heard(false)
  const awaitNext = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      lost()
      // The network may have swallowed the connection without a word.
      open()
    }, silentMs)
  }
  const open = (): void => {
    clearTimeout(renewal)
    source?.close()
    source = new EventSource(url)
    awaitNext()
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      awaitNext()
      listener.heard(true)
      listener.view(JSON.parse(data) as PreviewView)
    })
    source.addEventListener('error', () => {
      lost()
      if (source?.readyState === EventSource.CLOSED) renewal = setTimeout(open, renewMs)
    })
  }
  open()
  return () => {
    clearTimeout(silence)
    clearTimeout(renewal)
    source?.close()
  }
}
