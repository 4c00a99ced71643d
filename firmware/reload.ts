/** SIGHUP: config.yaml is read again. Attributes change at once, without a restart; the other keys wait for the next start. */
import type { LoadOutcome } from './config/load.js'
import type { Config } from './config/schema.js'
import type { Attributes } from './pusher/attributes.js'
import type { Cause, CommandReply } from './pusher/events.js'

export interface ReloadOptions {
  /** what the box runs with */
  readonly config: Config
  readonly load: () => Promise<LoadOutcome>
  readonly box: {
    configure(configured: Partial<Attributes>): Promise<CommandReply>
    notice(kind: string, message: string, cause?: Cause): void
  }
  /** who is told that it begins and that it is over */
  readonly systemd: { reloading(): Promise<void>; ready(): Promise<void> }
}

const longestCause = 1000

export class Reload {
  readonly #options: ReloadOptions
  #running: Promise<void> = Promise.resolve()
  /** one that has not begun yet will see what was written meanwhile */
  #waits = false
  readonly #onSignal = (): void => {
    if (this.#waits) return
    this.#waits = true
    this.#running = this.#running.then(() => this.#reload())
  }

  constructor(options: ReloadOptions) {
    this.#options = options
  }

  /** From now on SIGHUP does not end the process. */
  start(): void {
    process.on('SIGHUP', this.#onSignal)
  }

  stop(): void {
    process.off('SIGHUP', this.#onSignal)
  }

  /** Never rejects. */
  async #reload(): Promise<void> {
    this.#waits = false
    const { systemd, box } = this.#options
    await systemd.reloading()
    try {
      await this.#readAgain()
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      box.notice('config-refused', 'The configuration could not be read again.', { kind: 'config', detail })
    }
    await systemd.ready()
  }

  async #readAgain(): Promise<void> {
    const { load, box, config: running } = this.#options
    const loaded = await load()
    if (loaded.kind !== 'ok')
      return this.#refused(loaded.problems.map(({ path, message }) => `${path} ${message}`))
    const { attributes, ...rest } = loaded.config
    const reply = await box.configure(attributes)
    if (!reply.ok)
      return this.#refused((reply.problems ?? []).map(({ path, message }) => `attributes.${path} ${message}`))
    const waiting = Object.entries(rest)
      .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(running[key as keyof Config]))
      .map(([key]) => key)
    if (waiting.length === 0)
      return box.notice('config-reloaded', 'The configuration was read again and is in force.')
    const keys = waiting.join(', ')
    box.notice('config-reloaded', `The configuration was read again; after the next start: ${keys}.`, {
      kind: 'config',
      afterRestart: keys,
    })
  }

  #refused(problems: readonly string[]): void {
    this.#options.box.notice(
      'config-refused',
      'The configuration has problems: the box goes on with the one that it runs with.',
      { kind: 'config', problems: problems.join('; ').slice(0, longestCause) },
    )
  }
}
