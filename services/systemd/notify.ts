import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import systemdNotify from 'systemd-notify'
import { within } from '../deadline.js'

export interface SystemdNotifyOptions {
  /** Asked before each watchdog ping; a throw counts as ill. */
  readonly health: () => { readonly ok: boolean; readonly reasons: readonly string[] }
  /** Told once of each kind of failure: the tool is missing, or systemd does not take the message. */
  readonly onProblem?: (problem: NotifyError) => void
}

/** systemd could not be told something. */
export class NotifyError extends Error {
  readonly kind: 'tool-missing' | 'notify-failed'

  constructor(kind: 'tool-missing' | 'notify-failed', cause: unknown) {
    super(`${kind}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'NotifyError'
    this.kind = kind
  }
}

/** systemd-notify(1) itself waits up to five seconds for the manager. */
const toolMs = 6000
const stopMs = 1000
const statusLength = 200

const run = promisify(execFile)

/**
 * Tells systemd how the daemon is: READY when asked, a status line, and watchdog pings for as long as the health
 * check passes, so that systemd restarts a daemon whose event loop turns but which does not do its work. Does nothing
 * where there is no NOTIFY_SOCKET. Messages go through systemd-notify(1), so the unit needs NotifyAccess=all.
 */
export class SystemdNotify {
  readonly #options: SystemdNotifyOptions
  readonly #reported = new Set<NotifyError['kind']>()
  #present = false
  #timer: NodeJS.Timeout | undefined
  #pinging = false
  #healthy = true
  /** what the daemon wants to say of itself */
  #status = ''
  /** the next status line to send; replaced while one is on its way */
  #statusToSend: string | undefined
  #sentStatus: string | undefined
  #sendingStatus = false

  constructor(options: SystemdNotifyOptions) {
    this.#options = options
  }

  /** Looks whether there is a manager to tell. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#present = (process.env.NOTIFY_SOCKET ?? '') !== ''
  }

  /** The daemon answers: READY=1, and the watchdog begins. Never rejects. */
  async ready(): Promise<void> {
    if (!this.#present) return
    await this.#tell(() => systemdNotify({ ready: true }))
    const periodMs = watchdogMs()
    if (!this.#present || this.#timer !== undefined || periodMs === undefined) return
    this.#watch()
    this.#timer = setInterval(() => this.#watch(), periodMs / 2)
  }

  /** The configuration is being read again: RELOADING=1, until {@link ready} is called. Never rejects. */
  async reloading(): Promise<void> {
    if (!this.#present) return
    // the same clock as CLOCK_MONOTONIC; newer managers want to know when
    const microseconds = process.hrtime.bigint() / 1000n
    await this.#tell(() =>
      run('systemd-notify', ['RELOADING=1', `MONOTONIC_USEC=${microseconds}`], { timeout: toolMs }),
    )
  }

  /** One line for `systemctl status`. While the daemon is ill, the reasons stand there instead. Never throws. */
  status(text: string): void {
    this.#status = text
    if (this.#healthy) this.#show(text)
  }

  /** STOPPING=1, and no pings any more. */
  async stop(): Promise<void> {
    if (!this.#present) return
    this.#present = false
    clearInterval(this.#timer)
    this.#timer = undefined
    await within(
      this.#tell(() => run('systemd-notify', ['STOPPING=1'], { timeout: toolMs })),
      stopMs,
    )
  }

  #watch(): void {
    const reasons = this.#ills()
    if (reasons === undefined) {
      if (!this.#healthy) this.#show(this.#status)
      this.#healthy = true
      void this.#ping()
    } else {
      this.#healthy = false
      this.#show(`not healthy: ${reasons.join('; ')}`)
    }
  }

  /** What is wrong, or undefined when all is well. */
  #ills(): readonly string[] | undefined {
    try {
      const { ok, reasons } = this.#options.health()
      return ok ? undefined : reasons
    } catch {
      return ['the health check failed']
    }
  }

  async #ping(): Promise<void> {
    // the tool hangs when the manager does; one that waits is enough
    if (this.#pinging) return
    this.#pinging = true
    await this.#tell(() => run('systemd-notify', ['WATCHDOG=1'], { timeout: toolMs }))
    this.#pinging = false
  }

  #show(text: string): void {
    if (!this.#present) return
    this.#statusToSend = [...text.replace(/[\p{Cc}\s]+/gu, ' ')].slice(0, statusLength).join('')
    if (!this.#sendingStatus) void this.#sendStatus()
  }

  async #sendStatus(): Promise<void> {
    this.#sendingStatus = true
    while (this.#statusToSend !== undefined && this.#statusToSend !== this.#sentStatus) {
      const status = this.#statusToSend
      await this.#tell(() => systemdNotify({ status }))
      this.#sentStatus = status
    }
    this.#sendingStatus = false
  }

  async #tell(message: () => Promise<unknown>): Promise<void> {
    try {
      await message()
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      this.#problem(new NotifyError(missing ? 'tool-missing' : 'notify-failed', error))
    }
  }

  #problem(problem: NotifyError): void {
    if (this.#reported.has(problem.kind)) return
    this.#reported.add(problem.kind)
    this.#options.onProblem?.(problem)
  }
}

/** How long systemd waits for a ping, in ms; undefined without a watchdog, or when it is for another process. */
const watchdogMs = (): number | undefined => {
  const { WATCHDOG_USEC = '', WATCHDOG_PID = '' } = process.env
  if (WATCHDOG_PID !== '' && WATCHDOG_PID !== String(process.pid)) return undefined
  const microseconds = Number(WATCHDOG_USEC)
  return Number.isFinite(microseconds) && microseconds > 0 ? microseconds / 1000 : undefined
}
