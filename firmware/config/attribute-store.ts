/** Attributes that were changed at run time, kept in the state folder. The push address is in it: mode 0600. */
import { join } from 'node:path'
import { type Attributes, parseAttributes } from '../pusher/attributes.js'
import { SealedFile, type StoreWarning } from './sealed-json.js'

type Stored = Readonly<Record<string, unknown>>

export interface LoadedAttributes {
  readonly values: Partial<Attributes>
  /** to be said loudly: what is not as it was left */
  readonly warnings: readonly StoreWarning[]
}

export class AttributeStore {
  readonly #file: SealedFile<Stored>

  constructor(stateDir: string) {
    this.#file = new SealedFile<Stored>(join(stateDir, 'attributes.json'), {
      read: (value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Stored) : undefined,
      empty: {},
      mode: 0o600,
      keepsPrevious: true,
    })
  }

  /** Never throws. A value that this version refuses (after a downgrade, say) is dropped, the others are kept. */
  async load(): Promise<LoadedAttributes> {
    const { value, warning } = await this.#file.load()
    const warnings: StoreWarning[] = warning ? [warning] : []
    const values: Partial<Record<string, unknown>> = {}
    for (const [name, stored] of Object.entries(value)) {
      const parsed = parseAttributes({ [name]: stored })
      if (parsed.ok) {
        Object.assign(values, parsed.values)
        continue
      }
      const message = parsed.problems.map((problem) => `${problem.path} ${problem.message}`).join('; ')
      warnings.push({
        kind: 'dropped',
        file: this.#file.path,
        message: `a stored value is dropped: ${message}`,
      })
    }
    return { values: values as Partial<Attributes>, warnings }
  }

  /**
   * Durable when it resolves; saving what is there already writes nothing.
   * @throws {import('./durable-write.js').StorageError} the values saved before are still there then
   */
  save(values: Partial<Attributes>): Promise<void> {
    return this.#file.save(values)
  }
}
