/** A file of music from the web: whole on the disk, or a cause. */
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Cause } from '../../pusher/events.js'
import { WebFileError, type WebLimits, webFile } from '../web-file.js'

/** Music of half an hour; longer than a minute nobody waits for it. */
export const usualLimits: WebLimits = {
  answerMs: 5_000,
  stallMs: 5_000,
  totalMs: 60_000,
  mostBytes: 32 * 1024 * 1024,
  mostRedirects: 5,
}

/** Music that can't be had. */
export class MusicError extends Error {
  readonly reason: Cause

  constructor(reason: Cause, options?: ErrorOptions) {
    super(`music: ${reason.kind}`, options)
    this.name = 'MusicError'
    this.reason = reason
  }
}

/**
 * Writes what is behind a web address to a new file.
 * @throws MusicError `music-unreachable`, `music-refused`, `music-too-slow`, `music-too-big`; the reason of `signal`
 *   when that is why
 */
export const download = async (
  address: string,
  file: string,
  signal: AbortSignal,
  limits: WebLimits = usualLimits,
): Promise<void> => {
  try {
    const to = await open(file, 'wx', 0o600)
    await pipeline(webFile(address, signal, limits), to.createWriteStream())
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WebFileError) throw new MusicError(reasonOf(error), { cause: error })
    throw error
  }
}

const reasonOf = ({ failure, host }: WebFileError): Cause => {
  const at = host === undefined ? {} : { host }
  switch (failure.kind) {
    case 'redirected':
    case 'not-web':
      return {
        kind: 'music-refused',
        ...at,
        ...(failure.status === undefined ? {} : { status: failure.status }),
        detail: 'redirected elsewhere',
      }
    default:
      return { ...failure, ...at, kind: `music-${failure.kind}` }
  }
}
