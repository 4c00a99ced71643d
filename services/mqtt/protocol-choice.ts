import { BrokerError } from './broker-address.js'

/**
 * Which MQTT version to speak. A broker that says it does not know MQTT 5 is spoken to in 3.1.1 from then on; one
 * that hangs up on the CONNECT without a word gets the other version next time.
 */
export class ProtocolChoice {
  #preferred: 4 | 5
  #hungUp = false

  constructor(preferred: 4 | 5) {
    this.#preferred = preferred
  }

  /** For the next attempt. */
  version(): 4 | 5 {
    return this.#hungUp ? 4 : this.#preferred
  }

  /** Notes why an attempt failed; answers whether the next one may follow at once. */
  failed(error: unknown): boolean {
    const kind = error instanceof BrokerError ? error.kind : undefined
    this.#hungUp = kind === 'broker-hung-up' && !this.#hungUp
    if (kind !== 'protocol-refused' || this.#preferred === 4) return false
    this.#preferred = 4
    return true
  }

  /** A connection is up and serves. */
  succeeded(): void {
    this.#hungUp = false
  }
}
