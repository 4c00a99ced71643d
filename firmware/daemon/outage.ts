/**
 * The wait between two attempts: over after its time, or as soon as the server's port answers.
 * A probe is one name lookup and one TCP connection that is closed at once.
 */
import { connect } from 'node:net'

/** How often the server is asked, from the first minute of an outage to a long one. */
export interface OutageTimes {
  readonly probeMs: number
  readonly slowProbeMs: number
  readonly slowAfterMs: number
}

const usualTimes: OutageTimes = { probeMs: 500, slowProbeMs: 5_000, slowAfterMs: 60_000 }
const probeDeadlineMs = 2_000

export interface Server {
  readonly host: string
  readonly port: number
}

export class Outage {
  #over: () => void
  #times: OutageTimes
  #timer: NodeJS.Timeout | undefined
  #probe: NodeJS.Timeout | undefined
  #abort: AbortController | undefined
  #since: number | undefined

  /** @param over called once per wait, from a timer or a socket */
  constructor(over: () => void, times: Partial<OutageTimes> = {}) {
    this.#over = over
    this.#times = { ...usualTimes, ...times }
  }

  /** Waits `ms`; asks `server` meanwhile when one is given. */
  wait(ms: number, server: Server | undefined): void {
    this.#cancel()
    this.#since ??= performance.now()
    this.#timer = setTimeout(() => this.#end(), ms)
    if (server) this.#probeLater(server)
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
    this.#abort?.abort()
    this.#timer = undefined
    this.#abort = undefined
  }

  #end(): void {
    this.#cancel()
    this.#over()
  }

  #probeLater(server: Server): void {
    const { probeMs, slowProbeMs, slowAfterMs } = this.#times
    const long = performance.now() - (this.#since ?? 0) > slowAfterMs
    const abort = new AbortController()
    this.#abort = abort
    this.#probe = setTimeout(
      () => {
        void answers(server, abort.signal).then((answered) => {
          if (abort.signal.aborted) return
          if (answered) this.#end()
          else this.#probeLater(server)
        })
      },
      long ? slowProbeMs : probeMs,
    )
  }
}

/** Whether somebody accepts connections there. */
export const answers = ({ host, port }: Server, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const done = (answered: boolean): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(answered)
    }
    const deadline = setTimeout(() => done(false), probeDeadlineMs)
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
