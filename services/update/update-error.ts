import type { Cause } from '../../firmware/pusher/events.js'

/** An expected failure of an update; `cause` is what is published. */
export class UpdateError extends Error {
  override readonly name = 'UpdateError'
  readonly why: Cause

  constructor(why: Cause, options?: ErrorOptions) {
    super(`update: ${why.kind}`, options)
    this.why = why
  }
}

/** What to publish of whatever was thrown. */
export const causeOf = (error: unknown): Cause =>
  error instanceof UpdateError
    ? error.why
    : { kind: 'internal', detail: (error instanceof Error ? error.message : String(error)).slice(0, 200) }
