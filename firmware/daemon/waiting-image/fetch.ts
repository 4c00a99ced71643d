/** The waiting image's file from the web. Nothing of the answer leaves the box but whether it was a picture. */
import type { Cause } from '../../pusher/events.js'
import { WebFileError, type WebLimits, webFile } from '../web-file.js'
import { ImageError } from './image-error.js'

export type FetchLimits = WebLimits

export const usualFetchLimits: FetchLimits = {
  answerMs: 8_000,
  totalMs: 30_000,
  mostBytes: 10 * 1024 * 1024,
  mostRedirects: 3,
}

/** One image is all that we want of that server. */
const headers = { accept: 'image/png, image/jpeg', connection: 'close' }

/**
 * The bytes behind a web address.
 * @throws ImageError `image-unreachable`, `image-not-found`, `image-refused`, `image-timeout`, `image-too-big`,
 *   `image-redirected`; the reason of `signal` when that is why
 */
export const fetchFile = async (
  address: string,
  signal: AbortSignal,
  limits: FetchLimits = usualFetchLimits,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of webFile(address, signal, limits, headers)) chunks.push(chunk)
  } catch (error) {
    if (error instanceof WebFileError) throw new ImageError(reasonOf(error), { cause: error })
    throw error
  }
  return Buffer.concat(chunks)
}

const reasonOf = ({ failure, host }: WebFileError): Cause => {
  const at = host === undefined ? {} : { host }
  switch (failure.kind) {
    case 'unreachable':
      return { kind: 'image-unreachable', ...at, detail: failure.detail }
    case 'refused': {
      const { status } = failure
      return { kind: status === 404 || status === 410 ? 'image-not-found' : 'image-refused', ...at, status }
    }
    case 'too-slow':
      return { kind: 'image-timeout', ...at, afterMs: failure.afterMs }
    case 'too-big':
      return { kind: 'image-too-big', ...at, mostBytes: failure.mostBytes }
    case 'redirected':
      return { kind: 'image-redirected', ...at, redirects: failure.redirects }
    case 'not-web':
      return {
        kind: host === undefined ? 'image-unreachable' : 'image-redirected',
        ...at,
        detail: 'the address is not a plain http or https address',
      }
  }
}
