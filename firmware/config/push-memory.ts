/** Remembers through power cuts whether the box was pushing, and paused: it goes on as it was after the start. */
import { join } from 'node:path'
import { SealedFile, type StoreWarning } from './sealed-json.js'

export interface PushState {
  readonly pushing: boolean
  /** nobody was to see the camera */
  readonly paused: boolean
  /** ms since the epoch of the last change; 0 when there was none */
  readonly since: number
}

export class PushMemory {
  readonly #file: SealedFile<PushState>

  constructor(stateDir: string) {
    this.#file = new SealedFile<PushState>(join(stateDir, 'pushing.json'), {
      read: readPushState,
      empty: { pushing: false, paused: false, since: 0 },
      mode: 0o644,
      // The value before is the opposite: after a stop it would start the stream again.
      keepsPrevious: false,
    })
  }

  /** Never throws; a damaged memory counts as "was not pushing". */
  async load(): Promise<PushState & { readonly warning?: StoreWarning }> {
    const { value, warning } = await this.#file.load()
    return warning ? { ...value, warning } : value
  }

  /**
   * Durable when it resolves.
   * @throws {import('./durable-write.js').StorageError}
   */
  save(state: PushState): Promise<void> {
    return this.#file.save(state)
  }
}

function readPushState(value: unknown): PushState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  // Versions that knew no pause left none.
  const { pushing, paused = false, since } = value as Partial<Record<keyof PushState, unknown>>
  const isWhole =
    typeof pushing === 'boolean' &&
    typeof paused === 'boolean' &&
    typeof since === 'number' &&
    Number.isFinite(since)
  return isWhole ? { pushing, paused, since } : undefined
}
