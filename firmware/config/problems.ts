/**
 * zod's issues → sentences that name the key, what it must be and what was found. A value is quoted only where
 * it can't be a secret.
 */
import { z } from 'zod'
import { nearest } from '../pusher/nearest.js'
import type { ConfigProblem } from './yaml-text.js'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

export const dotted = (path: Path): string => path.map(String).join('.')

/** One problem for each issue, one for each unknown key; `schema` tells the names that are known. */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.ZodType,
): (ConfigProblem & { readonly at: Path })[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ path: dotted(issue.path), at: issue.path, message: explain(issue) }]
    const known = knownKeys(schema, issue.path)
    return issue.keys.map((name) => {
      const at = [...issue.path, name]
      return { path: shorten(dotted(at)), at, message: unknownKey(name, known) }
    })
  })
}

function explain(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}${found(issue.input)}`
    case 'invalid_value':
      return `must be ${alternatives(issue.values)}${suggestion(issue.input, issue.values)}`
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue)}${found(issue.input)}`
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue)}${found(issue.input)}`
    default:
      return issue.message
  }
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  object: 'a map of keys and values',
}

const unitOf = (issue: { readonly origin: string }): string =>
  issue.origin === 'string' ? ' characters' : ''

/** `, not 12`; nothing for what is long or may be secret. */
function found(input: unknown): string {
  if (input === null) return ', not empty'
  if (typeof input === 'number' || typeof input === 'boolean') return `, not ${input}`
  if (typeof input === 'string') return /^[\w.-]{1,20}$/.test(input) ? `, not "${input}"` : ', not text'
  if (Array.isArray(input)) return ', not a list'
  return typeof input === 'object' ? ', not a map' : ''
}

const alternatives = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`

function suggestion(input: unknown, values: readonly unknown[]): string {
  if (typeof input !== 'string') return found(input)
  const near = nearest(input, values.map(String))
  return near === undefined ? found(input) : `${found(input)}; did you mean ${near}?`
}

function unknownKey(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined
    ? `is not a key; here are known: ${known.join(', ')}`
    : `is not a key; did you mean ${near}?`
}

const shorten = (path: string): string => (path.length > 100 ? `${path.slice(0, 100)}…` : path)

/** Names that are legal at that path. */
export function knownKeys(schema: z.ZodType, path: Path): readonly string[] {
  let at: z.ZodType | undefined = schema
  for (const step of path) {
    at = at && shapeOf(at)?.[String(step)]
  }
  return at ? Object.keys(shapeOf(at) ?? {}) : []
}

/** The keys of a section, through its wrappers (default, optional). */
export function shapeOf(type: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = unwrap(type)
  return inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : undefined
}

/** The type itself, without defaults, optionality and what is made of the value after it was read. */
export function unwrap(type: z.ZodType): z.ZodType {
  let inner = type
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
      inner = inner.unwrap() as z.ZodType
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in as z.ZodType
    } else {
      return inner
    }
  }
}
