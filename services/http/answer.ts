import type { ServerResponse } from 'node:http'

/** On every answer: nothing is framed, sniffed, embedded elsewhere, or loaded from anywhere else. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

/** A whole answer at once. HEAD gets the same headers; node leaves the body out. */
export const answer = (
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    ...headers,
    'Content-Type': contentType,
    'Content-Length': bytes.byteLength,
  })
  response.end(bytes)
}

export const answerJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void => answer(response, status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`, headers)

/** A refusal or failure: `{"error":{"kind":…,"message":…}}`. `kind` is stable. */
export const answerError = (
  response: ServerResponse,
  status: number,
  kind: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void => answerJson(response, status, { error: { kind, message } }, headers)

export const notFound = (response: ServerResponse): void =>
  answerError(response, 404, 'not-found', 'no such page')
