/** Updates of the whole system: finds out whether it has slots, and adds the method `update` to the box. */
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Rauc } from '../services/update/rauc.js'
import { Updates } from '../services/update/updates.js'
import type { Config } from './config/schema.js'
import { SealedFile } from './config/sealed-json.js'
import type { LivePusher } from './daemon/live-pusher.js'
import type { MediaSupervisor } from './media/supervisor.js'
import { refuse } from './pusher/context.js'
import type { Box, CommandReply } from './pusher/events.js'
import { ownVersion } from './version.js'

/** Where RAUC looks for its configuration: without one, the system has no slots. */
const raucConfigs = ['/etc/rauc/system.conf', '/run/rauc/system.conf', '/usr/lib/rauc/system.conf']

export interface SystemUpdatesOptions {
  readonly config: Pick<Config, 'updates' | 'state-dir' | 'runtime-dir'>
  readonly box: LivePusher
  readonly media: MediaSupervisor
  /** whether the broker hears the box, or none is wanted */
  readonly broker: () => boolean
}

export class SystemUpdates {
  readonly #options: SystemUpdatesOptions
  #updates: Updates | undefined
  #frames = 0
  #known: () => void = () => {}
  /** whoever asks before it is known whether there are slots waits for that */
  readonly #ready = new Promise<void>((resolve) => {
    this.#known = resolve
  })

  constructor(options: SystemUpdatesOptions) {
    this.#options = options
  }

  /** The box with the method `update`. */
  get served(): Box {
    const { box } = this.#options
    return {
      submit: (request) =>
        request.method === 'update' ? this.#submit(request.options) : box.submit(request),
      state: () => box.state(),
      attributes: () => box.attributes(),
      on: (name, listener) => box.on(name, listener),
    }
  }

  /** Goes on with an update that was on its way; after everything that is proven by it has started. */
  async start(): Promise<void> {
    try {
      await this.#start()
    } finally {
      this.#known()
    }
  }

  async #start(): Promise<void> {
    const { box, broker, config, media } = this.#options
    const { enabled, 'allow-older': allowOlder, 'prove-s': proveS, 'rauc-config': conf } = config.updates
    if (enabled === 'off' || !(await anyOf(conf === undefined ? raucConfigs : [conf]))) return
    media.on('message', (message) => {
      if (message.type === 'beat') this.#frames = message.counters.videoFrames
    })
    const file = new SealedFile<unknown>(join(config['state-dir'], 'update.json'), {
      read: (value) => value,
      empty: undefined,
      // the address of a bundle may hold a key
      mode: 0o600,
      keepsPrevious: false,
    })
    const updates = new Updates({
      rauc: new Rauc(conf === undefined ? {} : { command: ['rauc', `--conf=${conf}`] }),
      box,
      version: ownVersion(),
      folder: join(config['state-dir'], 'update'),
      store: { load: async () => (await file.load()).value, save: (state) => file.save(state) },
      health: () => ({ frames: this.#frames, broker: broker() }),
      // the daemon may not restart the system: live-pusher-reboot.path sees this file
      reboot: () => writeFile(join(config['runtime-dir'], 'reboot'), ''),
      publish: (report) => box.relay('update', report),
      notice: (kind, message, cause) => box.notice(kind, message, cause),
      allowOlder,
      proveMs: proveS * 1000,
    })
    if (await updates.start()) this.#updates = updates
  }

  async stop(): Promise<void> {
    this.#known()
    await this.#updates?.stop()
  }

  async #submit(options: unknown): Promise<CommandReply> {
    await this.#ready
    if (this.#updates) return this.#updates.submit(options)
    return { ...refuse('unsupported', 'this system has no slots for updates'), method: 'update' }
  }
}

const anyOf = async (files: readonly string[]): Promise<boolean> => {
  for (const file of files) {
    try {
      await access(file)
      return true
    } catch {
      // the next one
    }
  }
  return false
}
