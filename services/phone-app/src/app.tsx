/** The frame around the pages: where one is, what is told, and the way to the others. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { AdjustPage } from './pages/adjust.js'
import { BoxPage } from './pages/box.js'
import { EventsPage } from './pages/events.js'
import { FiguresPage } from './pages/figures.js'
import { GalleryPage } from './pages/gallery.js'
import { LivePage } from './pages/live.js'
import { PairPage } from './pages/pair.js'
import { Icon } from './parts/icon.js'
import { StaleBanner } from './parts/status.js'
import { showBox, shownBox, view } from './store/box.js'
import { hostBox, keepBox } from './store/boxes.js'
import { hideToast, toast } from './store/commands.js'
import { text } from './texts/texts.js'

const pages = {
  live: LivePage,
  adjust: AdjustPage,
  figures: FiguresPage,
  events: EventsPage,
  box: BoxPage,
  gallery: GalleryPage,
} as const
const tabs = ['live', 'adjust', 'figures', 'events', 'box'] as const

type PageName = keyof typeof pages

const pageNow = (): PageName => {
  const name = location.hash.replace(/^#\//, '')
  return Object.hasOwn(pages, name) ? (name as PageName) : 'live'
}

export const App = () => {
  const page = useSignal<PageName>(pageNow())
  useEffect(() => {
    const follow = (): void => {
      page.value = pageNow()
      document.getElementById('page')?.scrollTo(0, 0)
    }
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [page])
  if (!shownBox.value) {
    const begin = (): void => {
      if (!hostBox.value) return
      keepBox(hostBox.value)
      showBox(hostBox.value)
    }
    return <PairPage begin={begin} />
  }
  const Page = pages[page.value]
  return (
    <div class="frame" data-fresh={String(view.value.fresh)}>
      <StaleBanner />
      <Page />
      <nav class="tabs" aria-label="LivePusher Box">
        {tabs.map((name) => (
          <a
            key={name}
            href={`#/${name}`}
            aria-current={name === (page.value === 'gallery' ? 'live' : page.value) ? 'page' : undefined}
          >
            <Icon name={name} />
            {text.value.tabs[name]}
          </a>
        ))}
      </nav>
      <Told />
    </div>
  )
}

/** What came of the last tap. */
const Told = () => {
  const now = toast.value
  return (
    <div class="told" role="status" aria-live="polite">
      {now ? (
        <p class={now.tone} key={now.key}>
          {now.text}
          <button type="button" class="round" aria-label={text.value.dismiss} onClick={hideToast}>
            <Icon name="close" size={20} />
          </button>
        </p>
      ) : null}
    </div>
  )
}
