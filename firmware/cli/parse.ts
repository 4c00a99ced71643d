/** The words after `live-pusher`, checked against what the command declares. */
import { parseArgs } from 'node:util'
import { nearest } from '../pusher/nearest.js'
import type { Arguments, CommandAbout } from './command.js'

export type Parsed<Command extends CommandAbout> =
  | { readonly kind: 'run'; readonly command: Command; readonly typed: Arguments }
  | { readonly kind: 'help'; readonly command?: Command }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly message: string; readonly command?: Command }

export function parseCommandLine<Command extends CommandAbout>(
  argv: readonly string[],
  commands: readonly Command[],
): Parsed<Command> {
  const [first, ...rest] = argv
  if (first === undefined) return { kind: 'wrong', message: 'a command is missing' }
  if (first === '--help' || first === '-h') return { kind: 'help' }
  if (first === '--version') return { kind: 'version' }
  const command = commands.find(({ name }) => name === first)
  if (command === undefined) {
    const names = commands.map(({ name }) => name)
    return { kind: 'wrong', message: `${shown(first)} is not a command${suggestion(first, names)}` }
  }
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'help', command }
  const typed = readArguments(rest, command)
  return typeof typed === 'string'
    ? { kind: 'wrong', message: typed, command }
    : { kind: 'run', command, typed }
}

/** A string is what is wrong. */
function readArguments(argv: readonly string[], { options, words }: CommandAbout): Arguments | string {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => [
        name,
        { type: value ? ('string' as const) : ('boolean' as const) },
      ]),
    ),
    // Our own messages know the nearest name.
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given: Record<string, string> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const about = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (about === undefined) {
      return `${shown(token.rawName)} is not an option${suggestion(token.name, Object.keys(options), '--')}`
    }
    if (Object.hasOwn(given, token.name)) return `--${token.name} is given twice`
    if (about.value && (token.value === undefined || token.value === ''))
      return `--${token.name} needs a ${about.value}`
    if (!about.value && token.value !== undefined) return `--${token.name} takes no value`
    // "--url --test": a forgotten value, not a value.
    if (about.value && !token.inlineValue && token.value?.startsWith('--'))
      return `--${token.name} needs a ${about.value}`
    given[token.name] = token.value ?? ''
  }
  const missing = words[positionals.length]
  if (missing !== undefined) return `${missing} is missing`
  const extra = positionals[words.length]
  return extra === undefined ? { words: positionals, options: given } : `${shown(extra)} is one word too many`
}

function suggestion(name: string, known: readonly string[], prefix = ''): string {
  const near = nearest(name, known)
  return near === undefined ? '' : `; did you mean ${prefix}${near}?`
}

/** A word as it was typed, unless it could be a push address or upset the terminal. */
const shown = (word: string): string => (/^[\w./=-]{1,40}$/.test(word) ? word : 'a word')
