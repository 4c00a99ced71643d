import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { late, within } from '../deadline.js'
import { answerError } from './answer.js'
import type { PreviewSource } from './http-ports.js'

/** ms that the source has to open */
const openMs = 5000

/**
 * Pipes the live picture to a viewer at the viewer's pace: what a slow one does not take stays with the source, which
 * decides when to drop it. When the viewer leaves, the source's stream is destroyed.
 */
export const sendPreview = async (
  source: PreviewSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  let opened: Readable | typeof late
  try {
    const opening = source.open(abort.signal)
    opened = await within(opening, openMs)
    if (opened === late) opening.then((stream) => stream.destroy()).catch(() => undefined)
  } catch (error) {
    const { kind = 'no-preview', message } = error as Error & { kind?: string }
    answerError(response, 503, kind, message === '' ? 'there is no picture' : message)
    return
  }
  if (opened === late) {
    abort.abort()
    answerError(response, 503, 'preview-timed-out', 'the picture did not come in time')
    return
  }
  const picture = opened
  if (response.destroyed || request.method === 'HEAD') {
    picture.on('error', () => undefined)
    picture.destroy()
  }
  if (response.destroyed) return
  response.writeHead(200, { 'Content-Type': 'video/x-flv', 'Cache-Control': 'no-store' })
  if (request.method === 'HEAD') response.end()
  else await pipeline(picture, response)
}
