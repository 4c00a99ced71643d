/** A light that is on or off. */
export interface Torch {
  /** what it is, for people */
  readonly title: string
  /** Takes the light and switches it off. Idempotent. @throws TorchError */
  start(): Promise<void>
  /** @throws TorchError */
  set(on: boolean): Promise<void>
  /** Switches it off and lets go of it. Idempotent. @throws TorchError */
  stop(): Promise<void>
}

export class TorchError extends Error {
  readonly kind: 'torch-missing' | 'torch-denied' | 'torch-failed'

  constructor(title: string, error: unknown) {
    super(`${title}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    this.kind =
      code === 'ENOENT' || code === 'ENODEV' || code === 'ENOTDIR'
        ? 'torch-missing'
        : code === 'EACCES' || code === 'EPERM'
          ? 'torch-denied'
          : 'torch-failed'
  }
}
