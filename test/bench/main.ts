/** `scripts/bench NAME`: runs one bench, prints tables, writes JSON. */
import { writeFile } from 'node:fs/promises'
import { abr } from './abr/abr.js'
import { app } from './app.js'
import { type Bench, undoAll } from './bench.js'
import { control } from './control.js'
import { cpu } from './cpu.js'
import { latency } from './latency.js'
import { describeMachine, describeVersions, load } from './machine.js'
import { memory } from './memory.js'
import { network } from './network/network.js'
import { obedience } from './obedience.js'
import { type Asked, help, parseCommandLine, UsageError } from './options.js'
import { aimText, headText, tableText } from './print.js'
import { recovering } from './recover.js'
import { start } from './start.js'
import { switching } from './switch.js'
import { wire } from './wire.js'

const benches: readonly Bench[] = [
  cpu,
  wire,
  start,
  memory,
  control,
  latency,
  switching,
  network,
  obedience,
  abr,
  recovering,
  app,
]
const exitCodes = { measured: 0, worthless: 1, usage: 2, interrupted: 130 } as const

const out = (text: string): void => void process.stdout.write(`${text}\n`)
const tell = (text: string): void => void process.stderr.write(`${text}\n`)

const run = async ({ bench, settings, json }: Asked): Promise<number> => {
  const [machine, versions] = await Promise.all([describeMachine(), describeVersions()])
  const date = new Date().toISOString()
  const loadBefore = load()
  out(headText(machine, versions, date, loadBefore))
  const outcome = await bench.run(settings, { say: (line) => tell(`  ${line}`) })
  const loadAfter = load()
  for (const table of outcome.tables) out(`\n${tableText(table)}`)
  out('')
  for (const aim of outcome.aims) out(aimText(aim))
  for (const sentence of outcome.nonsense) tell(`worthless: ${sentence}`)
  if (json !== undefined) {
    const { results, aims, nonsense } = outcome
    const all = { bench: bench.name, date, machine, versions, loadBefore, loadAfter, settings }
    await writeFile(json, `${JSON.stringify({ ...all, results, aims, nonsense }, null, 2)}\n`)
    tell(`written: ${json}`)
  }
  return outcome.nonsense.length > 0 ? exitCodes.worthless : exitCodes.measured
}

const main = async (argv: readonly string[]): Promise<number> => {
  try {
    const asked = parseCommandLine(argv, benches)
    if (asked) return await run(asked)
    out(help(benches))
    return exitCodes.measured
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    tell(`bench: ${error.message}\nTry "scripts/bench --help".`)
    return exitCodes.usage
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void undoAll().finally(() => process.exit(exitCodes.interrupted)))

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  async (error: unknown) => {
    tell(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    await undoAll()
    process.exit(exitCodes.worthless)
  },
)
