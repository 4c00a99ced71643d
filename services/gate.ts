/** Who a client is by the token that it shows, for MQTT and HTTP together; who guesses is locked out. */
import { createHash, timingSafeEqual } from 'node:crypto'

export type GuestRole = 'owner' | 'viewer'

/** SECRET. Without a token nobody has that role. */
export type Tokens = Readonly<Partial<Record<GuestRole, string | undefined>>>

export type Verdict =
  | { readonly kind: 'known'; readonly role: GuestRole }
  | { readonly kind: 'wrong' }
  /** no token counts from there for so long */
  | { readonly kind: 'locked'; readonly forMs: number }

export interface GateOptions {
  readonly tokens: () => Tokens
  /** told of each lock, once */
  readonly onLock?: (address: string, forMs: number) => void
  /** ms, rising */
  readonly now?: () => number
}

interface Guesser {
  wrong: number
  sinceMs: number
  lockedUntilMs: number
  locks: number
}

const guesses = 5
const windowMs = 60_000
const firstLockMs = 60_000
const longestLockMs = 3_600_000
/** An attacker with more addresses than this makes us forget the oldest. */
const mostAddresses = 1_000

/** Five wrong tokens from an address within a minute lock it out for a minute, then for twice as long each time. */
export class Gate {
  readonly #options: GateOptions
  readonly #now: () => number
  readonly #guessers = new Map<string, Guesser>()

  constructor(options: GateOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** @param address where the client is; those of one IPv6 network (/64) count as one */
  judge(address: string, token: string): Verdict {
    const key = sourceOf(address)
    const guesser = this.#guessers.get(key)
    const forMs = (guesser?.lockedUntilMs ?? 0) - this.#now()
    if (forMs > 0) return { kind: 'locked', forMs }
    const role = this.#roleOf(token)
    if (role === undefined) return this.#guessed(key)
    this.#guessers.delete(key)
    return { kind: 'known', role }
  }

  #roleOf(token: string): GuestRole | undefined {
    const given = digest(token)
    const { owner, viewer } = this.#options.tokens()
    // both are compared whatever the first says
    const isOwner = owner !== undefined && timingSafeEqual(given, digest(owner))
    const isViewer = viewer !== undefined && timingSafeEqual(given, digest(viewer))
    return isOwner ? 'owner' : isViewer ? 'viewer' : undefined
  }

  #guessed(key: string): Verdict {
    const now = this.#now()
    const before = this.#guessers.get(key)
    const guesser = before ?? { wrong: 0, sinceMs: now, lockedUntilMs: 0, locks: 0 }
    this.#guessers.delete(key)
    this.#guessers.set(key, guesser)
    const [oldest] = this.#guessers.keys()
    if (this.#guessers.size > mostAddresses && oldest !== undefined) this.#guessers.delete(oldest)
    if (now - guesser.sinceMs > windowMs) {
      guesser.wrong = 0
      guesser.sinceMs = now
    }
    guesser.wrong += 1
    if (guesser.wrong < guesses) return { kind: 'wrong' }
    const forMs = Math.min(firstLockMs * 2 ** guesser.locks, longestLockMs)
    guesser.locks += 1
    guesser.wrong = 0
    guesser.lockedUntilMs = now + forMs
    this.#options.onLock?.(key, forMs)
    return { kind: 'wrong' }
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const sourceOf = (address: string): string => {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')
  return plain.includes(':') ? `${plain.split(':').slice(0, 4).join(':')}::/64` : plain
}
