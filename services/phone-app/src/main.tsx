import 'uplot/dist/uPlot.min.css'
import './style/base.css'
import './style/live.css'
import './style/pages.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { config } from 'zod'
import { App } from './app.js'
import { showBox } from './store/box.js'
import { askHost, hostBox, keepBox, known } from './store/boxes.js'
import { parsePairing } from './store/pairing.js'
import { followTheme } from './store/theme.js'
import { language } from './texts/texts.js'

// The box's policy lets nobody make code of text, and zod would try.
config({ jitless: true })

const retryMs = 3_000

followTheme()
effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
})

/** A pairing link says which box it is, and what lets this phone in; it does not stay in the address. */
const pairByLink = (): void => {
  const box = parsePairing(location.hash)
  if (!box) return
  keepBox(box)
  // for what is no MQTT: the picture and snapshots
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not there on http:// pages
  if (box.token) document.cookie = `live-pusher=${box.token}; path=/; max-age=31536000; SameSite=Strict`
  history.replaceState(null, '', '/#/live')
}

const showLast = (): void => {
  const [last] = known.value
  if (last) showBox(last)
}

/** Resolves when it is known which box serves this page: from itself, or from before. */
const findHost = async (): Promise<void> => {
  while (!(await askHost()) && !hostBox.value) await new Promise((resolve) => setTimeout(resolve, retryMs))
}

pairByLink()
showLast()
void findHost()
window.addEventListener('hashchange', () => {
  pairByLink()
  showLast()
})

const place = document.getElementById('app')
if (place) render(<App />, place)

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // Browsers allow it at https:// and on the machine itself; elsewhere the app needs the box to be opened.
  navigator.serviceWorker.register('/sw.js').catch(() => undefined)
}
