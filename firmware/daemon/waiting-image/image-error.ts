import type { Cause } from '../../pusher/events.js'

/** Why there is no waiting image; `reason` goes out with 10004. It never has more of the address than its host. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly reason: Cause

  constructor(reason: Cause, options: { readonly cause?: unknown } = {}) {
    super(`waiting image: ${reason.kind}`, options)
    this.reason = reason
  }
}
