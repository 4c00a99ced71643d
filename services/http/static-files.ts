import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

export interface FoundFile {
  readonly path: string
  readonly size: number
  readonly tag: string
}

/**
 * The regular file below `folder` that a URL path names, `/` being `index.html`. Undefined for everything else:
 * folders, hidden files, and whatever leads out of the folder, by `..` or by a symbolic link.
 */
export const findFile = async (folder: string, urlPath: string): Promise<FoundFile | undefined> => {
  let decoded: string
  try {
    decoded = decodeURIComponent(urlPath)
  } catch {
    return undefined
  }
  const parts = (decoded === '/' ? '/index.html' : decoded).split('/').slice(1)
  if (parts.some((part) => part === '' || part.startsWith('.') || /[\\\0]/.test(part))) return undefined
  try {
    const root = await realpath(folder)
    const path = await realpath(join(root, ...parts))
    if (!path.startsWith(root + sep)) return undefined
    const file = await stat(path)
    if (!file.isFile()) return undefined
    return {
      path,
      size: file.size,
      tag: `"${file.size.toString(36)}-${Math.trunc(file.mtimeMs).toString(36)}"`,
    }
  } catch {
    return undefined
  }
}

/** The same file packed by gzip, `NAME.gz` beside it, for a client that takes that; undefined when there is none. */
export const findPacked = async (
  request: IncomingMessage,
  folder: string,
  urlPath: string,
): Promise<FoundFile | undefined> =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(request.headers['accept-encoding'] ?? ''))
    ? findFile(folder, `${urlPath}.gz`)
    : undefined

/**
 * Sends the file, packed when there is such a one, or 304 when the client has it. Rejects when the client leaves or the
 * file cannot be read.
 */
export const sendFile = async (
  request: IncomingMessage,
  response: ServerResponse,
  file: FoundFile,
  packed?: FoundFile,
): Promise<void> => {
  const { path, size, tag } = packed ?? file
  const headers = {
    'Cache-Control': 'no-cache',
    ETag: tag,
    ...(packed ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}),
  }
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers).end()
    return
  }
  const contentType = contentTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream'
  response.writeHead(200, { ...headers, 'Content-Type': contentType, 'Content-Length': size })
  if (request.method === 'HEAD') response.end()
  else await pipeline(createReadStream(path, { end: Math.max(0, size - 1) }), response)
}
