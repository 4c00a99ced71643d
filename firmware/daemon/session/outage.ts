/**
 * The wait between two attempts: over after its time, or as soon as the server's port answers. An attempt that hangs
 * is watched in the same way. A question is one name lookup and one TCP connection that is closed at once; it is asked
 * again and again, and at once when the kernel says that a link, an address or a route is there that was not before.
 */
import { connect } from 'node:net'
import { nameFinder } from './name-finder.js'

/** How often the server is asked, from the first minute of an outage to a long one. */
export interface OutageTimes {
  readonly probeMs: number
  /** how long an attempt may hear nothing before the server is asked beside it; TCP says it again after a second */
  readonly patienceMs: number
  readonly slowProbeMs: number
  readonly slowAfterMs: number
  /** how often the network of this machine is looked at meanwhile */
  readonly lookMs: number
}

export interface OutageEvents {
  /** called once per wait, from a timer or a socket */
  over(): void
  /** the server answers, called once per watched attempt */
  answered(): void
}

const usualTimes: OutageTimes = {
  probeMs: 250,
  patienceMs: 500,
  slowProbeMs: 5_000,
  slowAfterMs: 60_000,
  lookMs: 100,
}
const probeDeadlineMs = 2_000

export interface Server {
  readonly host: string
  readonly port: number
}

export class Outage {
  #events: OutageEvents
  #facts: () => ReadonlySet<string>
  #times: OutageTimes
  #timer: NodeJS.Timeout | undefined
  #probe: NodeJS.Timeout | undefined
  #look: NodeJS.Timeout | undefined
  #abort: AbortController | undefined
  #since: number | undefined

  /** @param facts one line for each thing that the network of this machine has; none are known when left out */
  constructor(
    events: OutageEvents,
    times: Partial<OutageTimes> = {},
    facts: () => ReadonlySet<string> = () => new Set(),
  ) {
    this.#events = events
    this.#times = { ...usualTimes, ...times }
    this.#facts = facts
  }

  /** Waits `ms`; asks `server` meanwhile when one is given. */
  wait(ms: number, server: Server | undefined): void {
    this.#cancel()
    this.#since ??= performance.now()
    this.#timer = setTimeout(() => this.#end('over'), ms)
    if (server) this.#ask(server, 'over', this.#pauseMs)
  }

  /**
   * An attempt is under way: what it sent first may be lost, and TCP says it again only after seconds. Without an
   * outage there is nothing to come back, and a machine that is still starting would be taken for a silent server.
   */
  watch(server: Server): void {
    this.#cancel()
    if (this.#since === undefined) return
    this.#ask(server, 'answered', this.#times.patienceMs)
  }

  /** The outage is over or nobody cares: nothing will be called. */
  stop(): void {
    this.#cancel()
    this.#since = undefined
  }

  /** Ends the current wait but remembers since when the outage lasts. */
  pause(): void {
    this.#cancel()
  }

  #cancel(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#probe)
    clearInterval(this.#look)
    this.#abort?.abort()
    this.#timer = undefined
    this.#abort = undefined
  }

  #end(event: keyof OutageEvents): void {
    this.#cancel()
    this.#events[event]()
  }

  #ask(server: Server, event: keyof OutageEvents, firstMs: number): void {
    const abort = new AbortController()
    this.#abort = abort
    const ask = (): void => {
      void answers(server, abort.signal).then((answered) => {
        if (answered && !abort.signal.aborted) this.#end(event)
      })
    }
    this.#askAfter(firstMs, ask)
    let known = this.#facts()
    this.#look = setInterval(() => {
      const now = this.#facts()
      const news = [...now].some((fact) => !known.has(fact))
      known = now
      if (news) ask()
    }, this.#times.lookMs)
  }

  /** Again and again, without waiting for the last answer: a question that was lost hears nothing for a second. */
  #askAfter(ms: number, ask: () => void): void {
    this.#probe = setTimeout(() => {
      this.#askAfter(this.#pauseMs, ask)
      ask()
    }, ms)
  }

  get #pauseMs(): number {
    const { probeMs, slowProbeMs, slowAfterMs } = this.#times
    const long = this.#since !== undefined && performance.now() - this.#since > slowAfterMs
    return long ? slowProbeMs : probeMs
  }
}

const findName = nameFinder()

/** Whether somebody accepts connections there. */
export const answers = ({ host, port }: Server, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal, lookup: findName })
    const done = (answered: boolean): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(answered)
    }
    const deadline = setTimeout(() => done(false), probeDeadlineMs)
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
