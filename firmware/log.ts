/**
 * The daemon's log: one line per event on standard error, JSON for machines, text for a terminal. Secrets are taken
 * out here, whatever is handed in.
 */
import { isatty } from 'node:tty'
import pino from 'pino'
import { maskUrl } from './pusher/push-url.js'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What everybody logs through. Details first, then a sentence in the past tense. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
  /** a logger whose every line carries these details too */
  child(details: object): Logger
}

export interface LogOptions {
  readonly level: LogLevel
  /** text lines; by default on a terminal that is not the journal's */
  readonly text?: boolean
  /** takes a line with its end; standard error by default */
  readonly write?: (line: string) => void
}

export function createLog({ level, text = onTerminal(), write }: LogOptions): Logger {
  // Synchronous: the last lines before a crash are the ones that matter.
  const destination = pino.destination({ fd: 2, sync: true })
  const out = write ?? ((line: string) => destination.write(line))
  const stream = { write: (line: string) => out(text ? asText(line) : line) }
  const root = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.epochTime,
    },
    stream,
  )
  return loggerOf(root)
}

const onTerminal = (): boolean => isatty(2) && process.env.JOURNAL_STREAM === undefined

function loggerOf(inner: pino.Logger): Logger {
  const at = (level: LogLevel) => (details: object, message: string) => {
    if (inner.isLevelEnabled(level)) inner[level](plain(details), withoutSecrets(message))
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (details) => loggerOf(inner.child(plain(details))),
  }
}

/** Names whose values are never shown. A url is shown as far as it is public. */
const secretName = /^(?:.*[-_]?(?:password|passwd|token|secret|authorization|cookie)|pass|key|psk|pin)$/i

const deepest = 6
const mostItems = 50

/** A copy without secrets, cycles and surprises: what may go into a line. */
function plain(details: object): Record<string, unknown> {
  const copy = clean(details, '', 0)
  return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
    ? (copy as Record<string, unknown>)
    : { details: copy }
}

function clean(value: unknown, name: string, depth: number): unknown {
  if (value === undefined || value === null || value === '') return value
  if (secretName.test(name)) return '***'
  switch (typeof value) {
    case 'string':
      return withoutSecrets(value)
    case 'number':
    case 'boolean':
      return value
    case 'object':
      break
    default:
      return String(value)
  }
  if (depth >= deepest) return '…'
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => clean(item, name, depth + 1))
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if ('toJSON' in value && typeof value.toJSON === 'function') return clean(value.toJSON(), name, depth + 1)
  const entries = value instanceof Error ? errorEntries(value) : Object.entries(value)
  return Object.fromEntries(
    entries.slice(0, mostItems).map(([key, inner]) => [key, clean(inner, key, depth + 1)]),
  )
}

const errorEntries = (error: Error): [string, unknown][] => [
  ['name', error.name],
  ['message', error.message],
  ...Object.entries(error).filter(([key]) => key !== 'name' && key !== 'message'),
  ...(error.stack === undefined ? [] : [['stack', error.stack] as [string, unknown]]),
  ...(error.cause === undefined ? [] : [['cause', error.cause] as [string, unknown]]),
]

/** Addresses inside of any text: push addresses as far as they are public, others without user and query. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(/\b(?:rtmps?|srt):\/\/[^\s"'<>\\]+/gi, (url) => maskUrl(url))
    .replace(/\b((?:https?|wss?|mqtts?|rtsp):\/\/)[^\s"'<>\\/@]+@/gi, '$1***@')
    .replace(/\b((?:https?|wss?|mqtts?|rtsp):\/\/[^\s"'<>\\?#]+)[?#][^\s"'<>\\]*/gi, '$1?***')

/** `12:00:01.500 info  pushing began  session=1` */
function asText(line: string): string {
  const { level, time, msg, ...details } = JSON.parse(line) as { level: string; time: number; msg?: string }
  const clock = new Date(time).toISOString().slice(11, 23)
  const rest = Object.entries(details).map(([name, value]) => `${name}=${valueText(value)}`)
  return `${[clock, level.padEnd(5), msg ?? '', ...rest].join(' ')}\n`
}

const valueText = (value: unknown): string => {
  const json = typeof value === 'string' && /^[\w./:*-]+$/.test(value) ? value : JSON.stringify(value)
  // A log line is one line on a terminal too.
  return json.replaceAll('\\n', ' ')
}
