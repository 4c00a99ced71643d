/** The box that is shown: the connection to it, and everything known of it, as signals. */
import { batch, effect, signal } from '@preact/signals'
import type { NetStatus, StatusEvent } from '../../../../firmware/pusher/events.js'
import type { PreviewView } from '../../../../firmware/pusher/preview.js'
import { BoxClient, type BoxView } from '../../../client/box-client.js'
import { webSockets } from '../../../client/sockets.js'
import { listenToBox } from '../../../http/preview-page/feed.js'
import { hostBox } from './boxes.js'
import { noteSnapshot, showPhotosOf } from './gallery.js'
import { codeEntry, type Entry, noticeEntry, withEntry } from './happenings.js'
import type { KnownBox } from './pairing.js'

export interface NetPoint extends NetStatus {
  /** s since the epoch, of this phone */
  readonly atS: number
}

const nothing: BoxView = {
  link: 'closed',
  availability: undefined,
  fresh: false,
  heardAt: 0,
  state: undefined,
  attributes: undefined,
  telemetry: undefined,
  snapshot: undefined,
}

export const shownBox = signal<KnownBox | undefined>(undefined)
export const view = signal<BoxView>(nothing)
/** what goes with the picture; undefined while the box is not heard, or its picture is not at this address */
export const feed = signal<PreviewView | undefined>(undefined)
export const log = signal<readonly Entry[]>([])
/** oldest first, of the last ten minutes */
export const net = signal<readonly NetPoint[]>([])

const keptPoints = 300

let client: BoxClient | undefined
let leave: (() => void)[] = []

/** Whether the picture of the box that is shown is at this address; false while it is not known whose address this is. */
export const pictureIsHere = (): boolean =>
  hostBox.value !== undefined && shownBox.value?.name === hostBox.value.name

/** Whether it is known to be at another one. */
export const pictureIsElsewhere = (): boolean => hostBox.value !== undefined && !pictureIsHere()

/** Shows that box; idempotent. */
export const showBox = (box: KnownBox): void => {
  const shown = shownBox.value
  if (shown && JSON.stringify(shown) === JSON.stringify(box)) return
  hideBox()
  const { name, prefix, user, token } = box
  const made = new BoxClient({
    url: `${location.origin.replace(/^http/, 'ws')}/mqtt`,
    box: name,
    prefix,
    open: webSockets(WebSocket),
    ...(user ? { username: user } : {}),
    ...(token ? { password: token } : {}),
  })
  client = made
  shownBox.value = box
  showPhotosOf(box)
  leave = [
    made.watch((now) => {
      view.value = now
      if (now.snapshot) noteSnapshot(now.snapshot)
    }),
    made.on('statechange', (event) => note(codeEntry(event))),
    made.on('notice', (notice) => note(noticeEntry(notice))),
    made.on('button', ({ button, gesture, time }) =>
      note({ key: `button-${time}-${button}`, kind: 'button', time, button, gesture }),
    ),
    made.on('netstatus', ({ info }) => {
      net.value = [...net.value, { ...info, atS: Date.now() / 1000 }].slice(-keptPoints)
    }),
    hurryWhenNeeded(made),
  ]
  made.start()
  // Whose address this is may be known only later; the box is shown meanwhile.
  leave.push(effect(() => (pictureIsHere() ? follow() : undefined)))
}

export const hideBox = (): void => {
  for (const off of leave.splice(0)) off()
  client?.stop()
  client = undefined
  batch(() => {
    shownBox.value = undefined
    view.value = nothing
    feed.value = undefined
    log.value = []
    net.value = []
  })
}

/** The connection of the box that is shown. */
export const shownClient = (): BoxClient | undefined => client

const note = (entry: Entry): void => {
  log.value = withEntry(log.value, entry)
}

/** What comes with the picture; @returns ends it */
const follow = (): (() => void) => {
  void readPast()
  return listenToBox('/preview/events', {
    view: (now) => {
      feed.value = now
    },
    heard: (heard) => {
      if (!heard) feed.value = undefined
    },
  })
}

/** What happened before this app was opened: the box remembers its last codes. */
const readPast = async (): Promise<void> => {
  try {
    const response = await fetch('/debug', { signal: AbortSignal.timeout(5_000) })
    const { codes } = (await response.json()) as { readonly codes: readonly StatusEvent[] }
    const past = codes.map(codeEntry).reverse()
    const seen = new Set(log.value.map(({ key }) => key))
    log.value = [...log.value, ...past.filter(({ key }) => !seen.has(key))]
  } catch {
    // what happens from now on is told anyway
  }
}

/** A phone that wakes up, or finds its network again, does not wait for the next attempt. */
const hurryWhenNeeded = (made: BoxClient): (() => void) => {
  const hurry = (): void => {
    if (!document.hidden) made.hurry()
  }
  document.addEventListener('visibilitychange', hurry)
  window.addEventListener('online', hurry)
  return () => {
    document.removeEventListener('visibilitychange', hurry)
    window.removeEventListener('online', hurry)
  }
}
