#!/usr/bin/env node
/** The command `live-pusher`: argv, signals, exit codes; nothing else. */
import type { Surroundings } from './cli/command.js'
import { commands } from './cli/commands.js'
import { exitCodes } from './cli/exit-codes.js'
import { commandHelp, generalHelp } from './cli/help.js'
import { parseCommandLine } from './cli/parse.js'

const out = (line: string): void => void process.stdout.write(`${line}\n`)
const error = (line: string): void => void process.stderr.write(`${line}\n`)

// Whoever read our output went away (`live-pusher probe | head`): that must not end a box that pushes.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process at once. */
function endOnSignals(): AbortSignal {
  const ending = new AbortController()
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(128 + number)
      ending.abort(new Error(name))
    })
  }
  return ending.signal
}

async function main(argv: readonly string[], around: Surroundings): Promise<number> {
  const parsed = parseCommandLine(argv, commands)
  switch (parsed.kind) {
    case 'help':
      out(parsed.command ? commandHelp(parsed.command) : generalHelp(commands))
      return exitCodes.ok.code
    case 'version':
      return (await import('./cli/version.js')).version({ words: [], options: {} }, around)
    case 'wrong':
      error(`live-pusher: ${parsed.message}`)
      error(`Try "live-pusher ${parsed.command ? `${parsed.command.name} ` : ''}--help".`)
      return exitCodes.usage.code
    case 'run':
      return (await parsed.command.load())(parsed.typed, around)
  }
}

/** Node ends by itself when nothing is left to do; a device that hangs must not keep it. */
function end(code: number): void {
  process.exitCode = code
  setTimeout(() => process.exit(), 1000).unref()
}

main(process.argv.slice(2), { out, error, environment: process.env, signal: endOnSignals() }).then(
  end,
  (bug: unknown) => {
    error(
      `live-pusher: a defect of the program: ${bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)}`,
    )
    end(exitCodes.bug.code)
  },
)
