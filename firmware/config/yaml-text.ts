/**
 * The text of config.yaml → plain values, with the line of every key. Anything that YAML allows but a
 * configuration never needs (aliases, tags, several documents) is refused: it is a mistake or an attack.
 */
import { isMap, isNode, isScalar, Lexer, LineCounter, parseDocument, visit } from 'yaml'
import type { Problem } from '../pusher/events.js'

/** Bytes; far above any real configuration, far below what slows a parser down. */
export const maxConfigBytes = 65_536

/** Deepest nesting of lists and maps in brackets or dashes; the schema needs three. */
const maxDepth = 16

/** A problem with the line of the file that it is about, or the command-line option. */
export interface ConfigProblem extends Problem {
  readonly line?: number
  readonly option?: string
}

export interface YamlText {
  /** the top-level map, as far as it could be read; empty when nothing could */
  readonly values: Readonly<Record<string, unknown>>
  /** problems of form; the values may be incomplete when there are any */
  readonly problems: readonly ConfigProblem[]
  /** line of the first error of syntax; what is read from there on means nothing */
  readonly tornAt?: number
  /** line (from 1) of the key at that path, or of the nearest one above it that is written */
  lineOf(path: readonly PropertyKey[]): number | undefined
}

const nothing = (problem: ConfigProblem): YamlText => ({
  values: {},
  problems: [problem],
  lineOf: () => undefined,
})

/** Never throws; `bytes` is the file as it was read. */
export function readYaml(bytes: Uint8Array): YamlText {
  if (bytes.length > maxConfigBytes) {
    return nothing({ path: '', message: `the file is larger than ${maxConfigBytes} bytes` })
  }
  const text = decode(bytes)
  if (text === undefined) return nothing({ path: '', message: 'the file is not UTF-8 text' })
  if (text.trim() === '') {
    return nothing({
      path: '',
      message: 'the file is empty, as after a write that was cut off; for the defaults write {}',
    })
  }
  const odd = oddCharacterLine(text)
  if (odd !== undefined) return nothing({ path: '', line: odd, message: 'contains a control character' })
  if (tooDeep(text)) return nothing({ path: '', message: `is nested more than ${maxDepth} levels deep` })
  return parse(text)
}

/**
 * The parser calls itself for each level, and Node aborts when its stack ends inside a regular expression. So
 * the depth is taken from the tokens, which are read in a loop. Indented levels are few: 64 KiB of text has room
 * for some 360.
 */
function tooDeep(text: string): boolean {
  let open = 0
  let inLine = 0
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') open += 1
    else if (token === ']' || token === '}') open -= 1
    else if (token === '-' || token === '?') inLine += 1
    else if (token === '\n' || token === '\r\n') inLine = 0
    if (open + inLine > maxDepth) return true
  }
  return false
}

function parse(text: string): YamlText {
  const lines = new LineCounter()
  const lineAt = (offset: number): number => lines.linePos(offset).line
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    path: '',
    line: lineAt(error.pos[0]),
    message: formMessage(error.code, error.message),
  }))
  const root = document.contents
  const oddities = notPlain(document, lineAt)
  problems.push(...oddities)
  if (root !== null && !isMap(root)) {
    return nothing(
      problems[0] ?? { path: '', line: 1, message: 'must be keys and values, e.g. "name: stage-left"' },
    )
  }
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    let node: unknown = root
    let line: number | undefined
    for (const step of path) {
      if (!isMap(node)) break
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) break
      if (isScalar(pair.key) && pair.key.range) line = lineAt(pair.key.range[0])
      node = pair.value
    }
    return line
  }
  const values = oddities.length > 0 ? {} : ((document.toJS() ?? {}) as Record<string, unknown>)
  const tornAt = document.errors.find((error) => error.code !== 'DUPLICATE_KEY')?.pos[0]
  return { values, problems, lineOf, ...(tornAt === undefined ? {} : { tornAt: lineAt(tornAt) }) }
}

/** Aliases, and keys that are lists or maps: what would make the conversion to plain values blow up. */
function notPlain(
  document: ReturnType<typeof parseDocument>,
  lineAt: (offset: number) => number,
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  visit(document, {
    Alias(_, node) {
      problems.push({
        path: '',
        line: lineAt(node.range?.[0] ?? 0),
        message: 'aliases (*name) are not allowed',
      })
    },
    Pair(_, pair) {
      if (isScalar(pair.key)) return undefined
      const offset = isNode(pair.key) ? pair.key.range?.[0] : undefined
      problems.push({ path: '', line: lineAt(offset ?? 0), message: 'a key must be plain text' })
      return visit.BREAK
    },
  })
  return problems
}

function formMessage(code: string, message: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'the key is written twice'
    case 'TAG_RESOLVE_FAILED':
      return 'tags (!name) are not allowed'
    case 'MULTIPLE_DOCS':
      return 'only one document (---) is allowed'
    case 'TAB_AS_INDENT':
      return 'a tab is used to indent; YAML wants spaces'
    default:
      return `is not YAML: ${message}`
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function oddCharacterLine(text: string): number | undefined {
  const line = text.split('\n').findIndex((row) => /[^\P{Cc}\t\r]/u.test(row))
  return line < 0 ? undefined : line + 1
}
