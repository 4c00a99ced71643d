/**
 * What `live-pusher run` shows on a terminal: a line for each status code, and the network status in one line that
 * is written over. Without a terminal the network status is a line every ten seconds.
 */
import type { Box, Cause, NetStatus } from '../../firmware/pusher/events.js'

export interface Screen {
  write(text: string): void
  readonly live: boolean
}

const everyNthStatus = 5

export class Console {
  #box: Box
  #screen: Screen
  #unsubscribe: (() => void)[] = []
  #liveLine = ''
  #seen = 0

  constructor(box: Box, screen: Screen) {
    this.#box = box
    this.#screen = screen
  }

  start(): void {
    this.#unsubscribe = [
      this.#box.on('statechange', ({ code, name, message, cause, time }) => {
        this.line(`${clock(time)}  ${String(code).padStart(6)}  ${name}  ${message}${causeText(cause)}`)
      }),
      this.#box.on('notice', ({ kind, message, time }) =>
        this.line(`${clock(time)}  notice  ${kind}  ${message}`),
      ),
      this.#box.on('netstatus', ({ info }) => this.#status(info)),
      this.#box.on('state', ({ state }) => {
        if (state === 'idle') this.#clear()
      }),
    ]
  }

  stop(): void {
    for (const end of this.#unsubscribe) end()
    this.#unsubscribe = []
    this.#clear()
  }

  /** A whole line above the live one. */
  line(text: string): void {
    const live = this.#liveLine
    this.#clear()
    this.#screen.write(`${printable(text)}\n`)
    if (live !== '') this.#show(live)
  }

  #status(info: NetStatus): void {
    const text = [
      `${info.videoWidth}x${info.videoHeight}`,
      `${info.videoFPS} fps`,
      `video ${info.videoBitrate} kbit/s`,
      `audio ${info.audioBitrate} kbit/s`,
      `sent ${info.netSpeed} kbit/s`,
      `quality ${info.netQualityLevel}`,
      `waiting ${info.videoCache}`,
    ].join('  ')
    if (this.#screen.live) this.#show(text)
    else if (this.#seen % everyNthStatus === 0) this.#screen.write(`${text}\n`)
    this.#seen += 1
  }

  #show(text: string): void {
    this.#liveLine = text
    // Without line wrap: what is wider than the terminal would stay behind on the line above.
    this.#screen.write(`\r\u001b[K\u001b[?7l${text}\u001b[?7h`)
  }

  #clear(): void {
    if (this.#liveLine === '') return
    this.#liveLine = ''
    this.#screen.write('\r\u001b[K')
  }
}

/** Causes quote servers and drivers: what they say must neither steer the terminal nor make a line of its own. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

const clock = (time: number): string => new Date(time).toTimeString().slice(0, 8)

const causeText = (cause: Cause | undefined): string => {
  if (!cause) return ''
  const details = Object.entries(cause).filter(([, value]) => value !== undefined && value !== '')
  return `  (${details.map(([key, value]) => (key === 'kind' ? value : `${key} ${value}`)).join(', ')})`
}
