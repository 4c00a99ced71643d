/** The texts of --help, made from the table of commands. */
import type { CommandAbout } from './command.js'
import { exitCodes } from './exit-codes.js'

const width = 80

export function generalHelp(commands: readonly CommandAbout[]): string {
  return lines(
    'live-pusher: a camera box that behaves like the <live-pusher> component',
    '',
    'Usage: live-pusher COMMAND [OPTIONS]',
    '',
    'Commands',
    ...table(commands.map(({ name, words, summary }) => [[name, ...words].join(' '), summary])),
    '',
    'Exit codes',
    ...table(Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning])),
    '',
    'More about a command: live-pusher COMMAND --help',
  )
}

export function commandHelp({ name, summary, words, options, details, examples }: CommandAbout): string {
  const usage = [
    'live-pusher',
    name,
    ...words,
    ...(Object.keys(options).length > 0 ? ['[OPTIONS]'] : []),
  ].join(' ')
  const rows = Object.entries({ ...options, help: { help: 'print this' } }).map(([option, about]) => [
    `--${option}${'value' in about && about.value ? ` ${about.value}` : ''}`,
    about.help,
  ])
  return lines(
    `${summary}.`,
    '',
    `Usage: ${usage}`,
    ...details.flatMap((paragraph) => ['', ...wrap(paragraph, width)]),
    '',
    'Options',
    ...table(rows),
    ...(examples.length > 0 ? ['', 'Examples', ...examples.map((example) => `  ${example}`)] : []),
    '',
    'Exit codes',
    ...table(Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning])),
  )
}

const lines = (...all: string[]): string => all.join('\n')

/** Two columns; the second is wrapped under itself. */
function table(rows: readonly (readonly string[])[]): string[] {
  const first = Math.max(...rows.map(([left]) => left?.length ?? 0)) + 4
  return rows.flatMap(([left = '', right = '']) =>
    wrap(right, width - first).map(
      (line, index) => `${(index === 0 ? `  ${left}` : '').padEnd(first)}${line}`,
    ),
  )
}

function wrap(text: string, columns: number): string[] {
  const wrapped: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      wrapped.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...wrapped, line]
}
