/**
 * The attributes as they stand, and every way in which they change: set by somebody, or the other camera taken.
 * What is set is stored before it is applied.
 */
import {
  type AttributeLayers,
  captureAttributes,
  changeAttributes,
  effectiveAttributes,
} from '../config/attribute-layers.js'
import {
  type AttributeName,
  type Attributes,
  attributeNames,
  checkTogether,
  effectNote,
  entryOf,
  publicAttributes,
} from '../pusher/attributes.js'
import type { StatusCode } from '../pusher/codes.js'
import { refuse, refuseAttributes } from '../pusher/context.js'
import type { Cause } from '../pusher/events.js'
import { isOff } from '../pusher/session.js'
import { type Answer, done, reasonOf } from './answer.js'
import type { Capture } from './capture/capture.js'
import type { LivePusherOptions } from './live-pusher-options.js'
import type { SessionRunner } from './session/session-runner.js'

export type AttributesOptions = Pick<LivePusherOptions, 'layers' | 'devices' | 'store' | 'waitingImage'>

export interface AttributesWorld {
  readonly capture: Pick<Capture, 'apply' | 'facts' | 'forgetZoom' | 'isOpen' | 'lack'>
  readonly runner: Pick<SessionRunner, 'renew' | 'session' | 'start'>
  torchOff(): void
  tell(code: StatusCode, cause: Cause): void
  storageFailed(error: unknown): void
  changed(): void
}

export class BoxAttributes {
  #options: AttributesOptions
  #world: AttributesWorld
  #layers: AttributeLayers
  #values: Attributes

  constructor(options: AttributesOptions, world: AttributesWorld) {
    this.#options = options
    this.#world = world
    this.#layers = options.layers
    this.#values = effectiveAttributes(options.layers)
  }

  get values(): Attributes {
    return this.#values
  }

  /** As everybody may see them. */
  get shown(): Readonly<Record<string, unknown>> {
    return publicAttributes(this.#values)
  }

  /** Loads the waiting image that they name. */
  loadWaitingImage(): void {
    const { 'waiting-image': address, 'waiting-image-hash': md5 } = this.#values
    this.#options.waitingImage.want({ address, md5 })
  }

  /** @param request by name; null takes a run-time value back */
  async set(request: unknown): Promise<Answer> {
    const change = changeAttributes(this.#layers, request)
    if (!change.ok) {
      const refused = refuseAttributes(change.problems)
      if (refused.errCode === -1313) this.#world.tell(-1313, { kind: 'url-illegal' })
      return refused
    }
    const position = change.effective['device-position']
    if (position !== this.#values['device-position']) {
      const message = await this.#missingCamera(position)
      if (message) return refuse('deviceFailure', message, [{ path: 'device-position', message }])
    }
    try {
      await this.#options.store.save(change.changed)
    } catch (error) {
      return refuse('storageFailure', `nothing was changed: ${reasonOf(error)}`)
    }
    if (change.named.includes('zoom')) this.#world.capture.forgetZoom()
    return this.#adopt({ ...this.#layers, changed: change.changed })
  }

  /** What config.yaml sets from now on. What was set at run time still counts more. */
  async configure(configured: Partial<Attributes>): Promise<Answer> {
    const layers = { ...this.#layers, configured }
    const effective = effectiveAttributes(layers)
    const problems = checkTogether(effective, this.#values)
    if (problems.length > 0) return refuseAttributes(problems)
    const position = effective['device-position']
    const message =
      position === this.#values['device-position'] ? undefined : await this.#missingCamera(position)
    if (message) return refuse('deviceFailure', message, [{ path: 'device-position', message }])
    return this.#adopt(layers)
  }

  async #adopt(layers: AttributeLayers): Promise<Answer> {
    const before = this.#values
    const after = effectiveAttributes(layers)
    const changed = attributeNames.filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    )
    await this.#takeOver(layers)
    const restarted = changed.some((name) => this.#took(name) === 'new session')
    if (restarted) this.#world.runner.renew()
    if (changed.includes('autopush') || changed.includes('url')) this.#autopush()
    const { shown } = this
    return done({
      changed: Object.fromEntries(
        changed.map((name) => {
          const note = effectNote(name) ?? this.#world.capture.lack(name)
          return [name, { value: shown[name], took: this.#took(name), ...(note ? { note } : {}) }]
        }),
      ),
    })
  }

  async switchCamera(): Promise<Answer> {
    const other = this.#values['device-position'] === 'front' ? 'back' : 'front'
    const missing = await this.#missingCamera(other)
    if (missing) return refuse('deviceFailure', missing)
    const layers = {
      ...this.#layers,
      changed: { ...this.#layers.changed, 'device-position': other } as const,
    }
    await this.#takeOver(layers)
    await this.#options.store.save(layers.changed).catch((error: unknown) => this.#world.storageFailed(error))
    return done({ camera: other })
  }

  /** Why there is no such camera; undefined when there is one. Who has one camera keeps it. */
  async #missingCamera(position: Attributes['device-position']): Promise<string | undefined> {
    const { capture } = this.#world
    if (capture.isOpen(position)) return undefined
    const found = await this.#options.devices.camera(position, capture.facts.picture)
    return 'missing' in found ? `there is no ${position} camera: ${found.missing.kind}` : undefined
  }

  #took(name: AttributeName): string {
    if (this.#world.runner.session.at === 'idle') return 'stored'
    const { applies, effect } = entryOf(name)
    if (name === 'autopush' || effect !== 'works') return 'stored'
    return applies === 'encoder' ? 'encoder restart' : applies === 'session' ? 'new session' : applies
  }

  async #takeOver(layers: AttributeLayers): Promise<void> {
    this.#layers = layers
    this.#values = effectiveAttributes(layers)
    this.loadWaitingImage()
    if (this.#values['device-position'] === 'front' || !this.#values['enable-camera']) this.#world.torchOff()
    await this.#world.capture.apply(captureAttributes(layers))
    this.#world.changed()
  }

  #autopush(): void {
    const { runner } = this.#world
    if (this.#values.autopush && this.#values.url !== '' && isOff(runner.session)) runner.start('config')
  }
}
