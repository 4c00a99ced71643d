/** The live picture of the box, close behind, with the figures over it while the box debugs. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { DebugOverlay } from '../../../http/preview-page/overlay.js'
import { LivePlayer, type PlayerState } from '../../../http/preview-page/player.js'
import { feed, pictureIsElsewhere, shownBox, view } from '../store/box.js'
import { act, pending } from '../store/commands.js'
import { language, text } from '../texts/texts.js'

const retryMs = 3_000

export const Preview = ({ muted }: { readonly muted: boolean }) => {
  const video = useRef<HTMLVideoElement>(null)
  const overlay = useRef<HTMLDivElement>(null)
  const playing = useSignal<PlayerState>('off')
  const player = useRef<LivePlayer>(null)
  const mirrored = useSignal(false)
  const now = feed.value
  const token = shownBox.value?.token

  const wanted = now?.picture === true
  const asked = useSignal(false)
  useEffect(() => {
    if (wanted) asked.value = true
  }, [wanted, asked])

  // The player is loaded from the box once it is there and has a picture, and asked for again when that failed.
  useEffect(() => {
    if (!asked.value) return
    let ended = false
    let retry: number | undefined
    const load = async (): Promise<void> => {
      try {
        const { default: library } = await import('mpegts.js')
        if (ended || !video.current) return
        player.current = new LivePlayer({
          library,
          video: video.current,
          url: '/preview.flv',
          ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
          onState: (state) => {
            playing.value = state
          },
        })
        player.current.want(feed.peek()?.picture === true)
      } catch {
        if (!ended) retry = setTimeout(() => void load(), retryMs)
      }
    }
    void load()
    return () => {
      ended = true
      clearTimeout(retry)
      player.current?.want(false)
      player.current = null
    }
  }, [token, playing, asked.value])

  useEffect(() => player.current?.want(wanted), [wanted])

  // What made the box flip the picture is seen as late as the picture.
  const flipped = now?.mirrored === true
  useEffect(() => {
    const timer = setTimeout(
      () => {
        mirrored.value = flipped
      },
      (player.current?.latencyS ?? 0) * 1_000,
    )
    return () => clearTimeout(timer)
  }, [flipped, mirrored])

  const words = text.value.overlay
  const shownLanguage = language.value
  const figures = useRef<DebugOverlay>(null)
  useEffect(() => {
    if (!overlay.current) return
    figures.current = new DebugOverlay(overlay.current, words, shownLanguage)
    figures.current.show(feed.peek()?.debug)
  }, [words, shownLanguage])
  useEffect(() => figures.current?.show(now?.debug), [now?.debug])

  const visible = playing.value === 'playing' && wanted
  return (
    <div class="picture" data-seen={visible ? 'yes' : 'no'}>
      <video
        ref={video}
        muted={muted}
        autoplay
        playsInline
        disablePictureInPicture
        aria-label={text.value.live.picture}
        class={mirrored.value ? 'mirrored' : ''}
        onClick={() => void video.current?.play().catch(() => undefined)}
      />
      <section ref={overlay} class="overlay" aria-label={words.label} hidden />
      {visible ? null : <Emptiness playing={playing.value} />}
    </div>
  )
}

/** What stands where the picture would be. */
const Emptiness = ({ playing }: { readonly playing: PlayerState }) => {
  const { live } = text.value
  const { fresh, state } = view.value
  if (pictureIsElsewhere()) return <Words title={live.elsewhere} hint={live.elsewhereHint} />
  if (playing === 'unsupported') return <Words title={live.unsupported} hint={live.unsupportedHint} />
  if (!fresh) return null
  if (feed.value?.picture || state?.state !== 'idle') return <Words title={live.waiting} />
  return (
    <Words title={live.noPicture} hint={live.noPictureHint}>
      <button
        type="button"
        class="quiet"
        aria-busy={pending.value.has('startPreview')}
        onClick={() => void act('startPreview')}
      >
        {live.look}
      </button>
    </Words>
  )
}

const Words = ({
  title,
  hint,
  children,
}: {
  readonly title: string
  readonly hint?: string
  readonly children?: ComponentChildren
}) => (
  <div class="words" role="status">
    <strong>{title}</strong>
    {hint ? <span>{hint}</span> : null}
    {children}
  </div>
)
