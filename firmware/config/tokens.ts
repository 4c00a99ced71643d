/** The tokens that let others in: made at the first start, changed by `live-pusher pair`, followed while the box runs. */
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs'
import { chown, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { storageError, writeDurably } from './durable-write.js'

const token = z.string().regex(/^[A-Za-z0-9_-]{32,64}$/)
const tokensSchema = z.strictObject({ owner: token.optional(), viewer: token.optional() })

/** SECRET. A role without a token is closed. */
export type AccessTokens = Readonly<z.output<typeof tokensSchema>>
export type AccessRole = keyof AccessTokens

const fileIn = (stateDir: string): string => join(stateDir, 'tokens.json')

/** 192 bits: not to be guessed, and short enough for a code that a phone reads. */
export const newToken = (): string => randomBytes(24).toString('base64url')

/** What the file says; undefined when there is none, or none that can be read. */
export function readTokens(stateDir: string): AccessTokens | undefined {
  try {
    const parsed = tokensSchema.safeParse(JSON.parse(readFileSync(fileIn(stateDir), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** @throws {StorageError} the old tokens are untouched then */
export async function saveTokens(stateDir: string, tokens: AccessTokens): Promise<void> {
  const file = fileIn(stateDir)
  await writeDurably(file, `${JSON.stringify(tokens)}\n`, { mode: 0o600 })
  try {
    // root pairs, but the box's user reads
    const { uid, gid } = await stat(stateDir)
    if (process.getuid?.() === 0) await chown(file, uid, gid)
  } catch (error) {
    throw storageError(file, error)
  }
}

/** Those of the file; the first time, or when it is damaged, new ones. @throws {StorageError} */
export async function ensureTokens(stateDir: string): Promise<AccessTokens> {
  const there = readTokens(stateDir)
  if (there) return there
  const made = { owner: newToken(), viewer: newToken() }
  await saveTokens(stateDir, made)
  return made
}

/** The tokens as they are now, for a box that runs. */
export class FollowedTokens {
  readonly #stateDir: string
  #tokens: AccessTokens = {}
  #changedAt = Number.NaN

  constructor(stateDir: string) {
    this.#stateDir = stateDir
  }

  current(): AccessTokens {
    const changedAt = this.#timeOfChange()
    if (changedAt !== this.#changedAt) {
      this.#changedAt = changedAt
      this.#tokens = readTokens(this.#stateDir) ?? {}
    }
    return this.#tokens
  }

  /** Calls back within two seconds of a change. */
  follow(changed: () => void): void {
    watchFile(fileIn(this.#stateDir), { interval: 2_000, persistent: false }, changed)
  }

  stop(): void {
    unwatchFile(fileIn(this.#stateDir))
  }

  #timeOfChange(): number {
    try {
      return statSync(fileIn(this.#stateDir)).ctimeMs
    } catch {
      return Number.NaN
    }
  }
}
