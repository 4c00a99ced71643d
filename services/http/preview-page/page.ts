/** The page at `/preview`: the picture as the box shows it, what the box does, and the figures while it debugs. */
import type Mpegts from 'mpegts.js'
import type { PreviewView } from '../../../firmware/pusher/preview.js'
import { listenToBox } from './feed.js'
import { DebugOverlay } from './overlay.js'
import { LivePlayer, type PlayerState } from './player.js'
import { languageOf, texts } from './texts.js'

declare global {
  interface Window {
    /** set by mpegts.js, a script that loads before this one */
    readonly mpegts: typeof Mpegts
  }
}

const language = languageOf(navigator.language)
const text = texts[language]

const byId = <Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind => {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${id}`)
  return found
}

const stage = byId('stage', HTMLElement)
const video = byId('video', HTMLVideoElement)
const message = byId('message', HTMLElement)
const messageTitle = byId('message-title', HTMLElement)
const messageHint = byId('message-hint', HTMLElement)
const name = byId('name', HTMLElement)
const state = byId('state', HTMLElement)
const sound = byId('sound', HTMLButtonElement)
const fullScreen = byId('full-screen', HTMLButtonElement)
const overlayRoot = byId('overlay', HTMLElement)

let view: PreviewView | undefined
let heard = true
let playing: PlayerState = 'off'

const overlay = new DebugOverlay(overlayRoot, text, language)
const player = new LivePlayer({
  library: window.mpegts,
  video,
  url: '/preview.flv',
  onState: (now) => {
    playing = now
    draw()
  },
})

/** What stands where the picture would be, and what to do; undefined when the picture is there. */
const emptiness = (): readonly [title: string, hint: string] | undefined => {
  if (!heard) return [text.unheard, text.unheardHint]
  if (playing === 'unsupported') return [text.unsupported, text.unsupportedHint]
  if (playing === 'playing') return undefined
  if (view?.state === 'idle' && !view.picture) return [text.nothing, text.nothingHint]
  return video.paused && video.videoWidth > 0 ? [text.tapToPlay, ''] : [text.waiting, '']
}

const draw = (): void => {
  const empty = emptiness()
  message.hidden = empty === undefined
  messageTitle.textContent = empty?.[0] ?? ''
  messageHint.textContent = empty?.[1] ?? ''
  stage.classList.toggle('empty', empty !== undefined)
  if (!view) return
  const shown = heard ? view.state : 'unheard'
  state.dataset.state = shown === 'idle' && view.picture ? 'preview' : shown
  state.textContent = !heard
    ? text.unheard
    : view.state === 'idle' && view.picture
      ? text.preview
      : text.states[view.state]
}

const drawSound = (): void => {
  sound.setAttribute('aria-pressed', String(!video.muted))
  sound.title = video.muted ? text.soundOff : text.soundOn
}

let mirrored = false
let turning: number | undefined

/** Flips the picture when what made the box say so is seen: it is as far behind as the picture. */
const turn = (next: boolean): void => {
  if (next === mirrored) return
  mirrored = next
  clearTimeout(turning)
  turning = setTimeout(() => stage.classList.toggle('mirrored', mirrored), player.latencyS * 1_000)
}

const take = (next: PreviewView): void => {
  view = next
  name.textContent = next.name
  document.title = text.title(next.name)
  turn(next.mirrored)
  overlay.show(next.debug)
  player.want(next.picture)
  draw()
}

document.documentElement.lang = language
video.setAttribute('aria-label', text.picture)
overlayRoot.setAttribute('aria-label', text.overlay)
sound.setAttribute('aria-label', text.soundOn)
fullScreen.setAttribute('aria-label', text.fullScreen)
fullScreen.title = text.fullScreen
fullScreen.hidden = !document.fullscreenEnabled

sound.addEventListener('click', () => {
  video.muted = !video.muted
  if (video.paused) void video.play().catch(() => undefined)
})
video.addEventListener('volumechange', drawSound)
video.addEventListener('click', () => void video.play().catch(() => undefined))
video.addEventListener('resize', () => {
  if (video.videoWidth === 0) return
  stage.style.setProperty('--width', `${video.videoWidth}`)
  stage.style.setProperty('--height', `${video.videoHeight}`)
})
fullScreen.addEventListener('click', () => {
  void (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()).catch(
    () => undefined,
  )
})

drawSound()
draw()
listenToBox('/preview/events', {
  view: take,
  heard: (now) => {
    heard = now
    draw()
  },
})
