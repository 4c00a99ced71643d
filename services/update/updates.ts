/** Runs the machine: hears of the stream, the network and RAUC, stores each state, does what the machine asks for. */
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Box, BoxState, Cause, CommandReply, UpdateReport } from '../../firmware/pusher/events.js'
import { okMessage, refuse } from '../../firmware/pusher/refusals.js'
import { type DownloadLimits, discard, download } from './download.js'
import {
  type Health,
  isCancellable,
  isSteady,
  next,
  type UpdateEffect,
  type UpdateEvent,
  type UpdateState,
  type World,
} from './machine.js'
import type { Rauc, SlotStatus } from './rauc.js'
import { reportOf } from './report.js'
import { readState } from './stored-state.js'
import { causeOf } from './update-error.js'

export interface UpdatesOptions {
  readonly rauc: Pick<Rauc, 'status' | 'inspect' | 'install' | 'mark'>
  readonly box: Pick<Box, 'state' | 'on' | 'submit'>
  /** of the daemon that runs */
  readonly version: string
  /** where bundles are loaded to, and the marker that slot-guard looks for */
  readonly folder: string
  /** keeps the state over restarts; a save is durable when it resolves */
  readonly store: { load(): Promise<unknown>; save(state: UpdateState): Promise<void> }
  /** frames encoded since the media process started, and whether the broker hears the box */
  readonly health: () => { readonly frames: number; readonly broker: boolean }
  /** resolves once the system was told to start anew */
  readonly reboot: () => Promise<void>
  readonly publish: (report: UpdateReport) => void
  readonly notice: (kind: string, message: string, cause?: Cause) => void
  readonly allowOlder: boolean
  readonly proveMs: number
  /** how often a new slot is looked at */
  readonly lookMs?: number
  readonly limits?: Partial<DownloadLimits>
}

const request = z.union([
  z.strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an address with http or https' })
      .max(2048)
      .refine((url) => !URL.canParse(url) || `${new URL(url).username}${new URL(url).password}` === '', {
        error: 'must not contain a user or a password',
      }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, { error: 'must be 64 hexadecimal digits' })
      .optional(),
    when: z.enum(['now', 'stream-ends'], { error: 'must be one of now, stream-ends' }).default('now'),
  }),
  z.strictObject({ cancel: z.literal(true) }),
])

const busyStates: readonly BoxState['state'][] = [
  'starting',
  'connecting',
  'pushing',
  'paused',
  'reconnecting',
]

const streamOf = (state: BoxState['state']): Health['stream'] => {
  if (state === 'pushing' || state === 'paused') return 'on'
  return busyStates.includes(state) || state === 'failed' ? 'wanted' : 'none'
}

export class Updates {
  readonly #options: UpdatesOptions
  readonly #file: string
  readonly #marker: string
  #state: UpdateState = { at: 'idle' }
  #slots: SlotStatus | undefined
  #unsubscribe: () => void = () => {}
  #work: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  /** events one after the other: a state is stored before the next one is looked at */
  #last: Promise<void> = Promise.resolve()
  #published = ''
  #stopped = false

  constructor(options: UpdatesOptions) {
    this.#options = options
    this.#file = join(options.folder, 'bundle.raucb')
    this.#marker = join(options.folder, 'unproven')
  }

  /** Finds out what became of an update that was on its way. @returns false where there is no RAUC: no updates then */
  async start(): Promise<boolean> {
    const { rauc, box, folder, store } = this.#options
    try {
      this.#slots = await rauc.status()
    } catch {
      return false
    }
    await mkdir(folder, { recursive: true, mode: 0o700 })
    this.#state = readState(await store.load()) ?? { at: 'idle' }
    this.#unsubscribe = box.on('state', () => this.#hear({ type: 'stream' }))
    this.#hear({ type: 'booted', slot: this.#slots.booted })
    await this.#last
    this.#publish()
    return true
  }

  /** What runs goes on after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    clearInterval(this.#timer)
    this.#work?.abort()
    await this.#last
  }

  get state(): UpdateState {
    return this.#state
  }

  /** The command `update`: an address, or `{"cancel": true}`; without options it only tells. */
  async submit(options: unknown): Promise<CommandReply> {
    const method = 'update'
    if (this.#slots === undefined)
      return { ...refuse('unsupported', 'this system has no slots for updates'), method }
    const told = (): CommandReply => ({
      ok: true,
      method,
      result: { errMsg: okMessage, ...reportOf(this.#state) },
    })
    if (options === undefined) return told()
    const parsed = request.safeParse(options)
    if (!parsed.success) {
      const problems = problemsOf(options)
      const [first] = problems
      return { ...refuse('badInput', first && `${first.path} ${first.message}`, problems), method }
    }
    if ('cancel' in parsed.data) {
      if (!isSteady(this.#state) && !isCancellable(this.#state))
        return { ...refuse('notAllowed', `an update that is ${this.#state.at} can't be cancelled`), method }
      this.#hear({ type: 'cancelled' })
      await this.#last
      return told()
    }
    const { url, sha256, when } = parsed.data
    if (!isSteady(this.#state))
      return { ...refuse('notAllowed', `an update is ${this.#state.at}; cancel it first`), method }
    if (this.#isPushing() && when === 'now')
      return {
        ...refuse('notAllowed', 'the box is pushing; stop it, or say "when": "stream-ends"'),
        method,
      }
    const wish = { url, wait: when === 'stream-ends', ...(sha256 === undefined ? {} : { sha256 }) }
    this.#hear({ type: 'asked', wish })
    await this.#last
    return told()
  }

  #isPushing(): boolean {
    return busyStates.includes(this.#options.box.state().state)
  }

  #world(): World {
    const { version, allowOlder, proveMs } = this.#options
    return {
      nowMs: performance.now(),
      pushing: this.#isPushing(),
      version,
      compatible: this.#slots?.compatible,
      slot: this.#slots?.booted,
      allowOlder,
      proveMs,
    }
  }

  #hear(event: UpdateEvent): void {
    this.#last = this.#last.then(() => this.#step(event))
  }

  /** Never rejects. */
  async #step(event: UpdateEvent): Promise<void> {
    if (this.#stopped) return
    const before = this.#state
    const [state, effects] = next(before, event, this.#world())
    this.#state = state
    if (state !== before) {
      // a percentage is not worth a write
      if (event.type !== 'progress') await this.#store(state)
      this.#publish()
    }
    for (const effect of effects) await this.#perform(effect)
  }

  async #store(state: UpdateState): Promise<void> {
    try {
      if (state.at === 'rebooting' && state.cause === undefined && state.starts === 0)
        await writeFile(this.#marker, `${state.origin.slot}\n`, { flush: true })
      if (isSteady(state)) await rm(this.#marker, { force: true })
      await this.#options.store.save(state)
    } catch (error) {
      this.#options.notice('storage-failed', 'The state of the update could not be stored.', causeOf(error))
    }
  }

  async #perform(effect: UpdateEffect): Promise<void> {
    const { rauc, reboot } = this.#options
    switch (effect.do) {
      case 'download':
        return this.#begin(async (signal) => {
          const { url, sha256 } = effect.wish
          const whole = { url, file: this.#file, signal, ...(sha256 === undefined ? {} : { sha256 }) }
          const limits = this.#options.limits
          await download({ ...whole, ...(limits ? { limits } : {}), onPercent: this.#progress() })
          return { type: 'downloaded' }
        })
      case 'inspect':
        return this.#begin(async () => {
          await stat(this.#file)
          this.#slots = await rauc.status()
          return { type: 'inspected', ...(await rauc.inspect(this.#file)) }
        })
      case 'install':
        return this.#begin(async () => {
          await rauc.install(this.#file, this.#progress())
          return { type: 'installed' }
        })
      case 'mark-good':
        return this.#begin(async () => {
          await rauc.mark('good')
          return { type: 'marked-good' }
        })
      case 'mark-bad':
        // the firmware falls back by itself when this does not succeed
        return rauc.mark('bad').catch((error: unknown) => {
          this.#options.notice('update-mark-failed', 'The slot could not be marked bad.', causeOf(error))
        })
      case 'reboot':
        return this.#begin(async () => {
          await reboot()
          return undefined
        })
      case 'discard':
        this.#work?.abort()
        return discard(this.#file).catch(() => undefined)
      case 'prove':
        return this.#prove(effect.on)
    }
  }

  /** Starts work whose end is an event. */
  #begin(work: (signal: AbortSignal) => Promise<UpdateEvent | undefined>): void {
    const abort = new AbortController()
    this.#work = abort
    void work(abort.signal)
      .catch((error: unknown): UpdateEvent => ({ type: 'failed', cause: causeOf(error) }))
      .then((event) => {
        if (event !== undefined && !abort.signal.aborted) this.#hear(event)
      })
  }

  /** Hears of each full percent once. */
  #progress(): (percent: number) => void {
    let last = -1
    return (percent) => {
      if (percent <= last) return
      last = percent
      this.#hear({ type: 'progress', percent })
    }
  }

  /** Nobody may push after an update, and still the encoder has to show that it works: the preview makes it. */
  async #prove(on: boolean): Promise<void> {
    const { box, health, lookMs = 500 } = this.#options
    clearInterval(this.#timer)
    if (!on) {
      await box.submit({ method: 'stopPreview', origin: 'start-up' })
      return
    }
    this.#timer = setInterval(
      () => this.#hear({ type: 'health', stream: streamOf(box.state().state), ...health() }),
      lookMs,
    )
    if (!this.#isPushing()) await box.submit({ method: 'startPreview', origin: 'start-up' })
  }

  #publish(): void {
    const report = reportOf(this.#state)
    const text = JSON.stringify(report)
    if (text === this.#published) return
    this.#published = text
    this.#options.publish({ ...report, time: Date.now() })
  }
}

/** What is wrong with the options, in words for the field that is meant. */
const problemsOf = (options: unknown) => {
  const form = typeof options === 'object' && options !== null && 'cancel' in options ? 1 : 0
  const { error } = request.options[form].safeParse(options)
  return (error?.issues ?? []).map(({ path, message, code, ...issue }) => ({
    path: code === 'unrecognized_keys' ? (issue as { keys: string[] }).keys.join(', ') : path.join('.'),
    message: code === 'unrecognized_keys' ? 'is unknown' : message,
  }))
}
