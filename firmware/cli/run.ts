import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errorCode } from '../config/durable-write.js'
import { type LoadOutcome, loadConfig, type Override } from '../config/load.js'
import type { RunCommand, Surroundings } from './command.js'
import { exitCodes } from './exit-codes.js'
import { problemLine } from './problem-lines.js'

/** Bytes; an address is at most 2048 characters. */
const maxUrlFileBytes = 8192

/** `live-pusher run`: everything before the box itself, which compose.ts builds. */
export const runBox: RunCommand = async ({ options }, around) => {
  const { out, error, environment, signal } = around
  if ('test' in options && ('camera' in options || 'microphone' in options)) {
    error('live-pusher: --test and --camera or --microphone exclude each other')
    return exitCodes.usage.code
  }
  const url = await pushAddress(options, environment)
  if ('problem' in url) {
    error(`live-pusher: ${url.problem}`)
    return exitCodes.config.code
  }
  const load = () =>
    loadConfig({
      ...(options.config === undefined ? {} : { file: options.config }),
      ...(options['state-dir'] === undefined ? {} : { stateDir: resolve(options['state-dir']) }),
      overrides: [...overridesOf(options), ...url.overrides],
    })
  const loaded = await load()
  report(loaded, around)
  if (loaded.kind === 'failed') return exitCodes.config.code
  const { run } = await import('../compose.js')
  return run({ config: loaded.config, origin: loaded, load, signal, announce: out })
}

type Options = Readonly<Record<string, string>>

function overridesOf(options: Options): Override[] {
  const override = (option: string, ...path: string[]): Override[] => {
    const value = options[option]
    return value === undefined ? [] : [{ path, value, option: `--${option}` }]
  }
  const test = (...path: string[]): Override[] =>
    'test' in options ? [{ path, value: 'test', option: '--test' }] : []
  return [
    ...override('camera', 'cameras', 'front'),
    ...override('microphone', 'microphone'),
    ...override('name', 'name'),
    ...('runtime-dir' in options
      ? [{ path: ['runtime-dir'], value: resolve(options['runtime-dir']), option: '--runtime-dir' }]
      : []),
    ...test('cameras', 'front'),
    ...test('cameras', 'back'),
    ...test('microphone'),
  ]
}

/** An address that is given by hand is wanted now: it starts pushing. */
async function pushAddress(
  options: Options,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly overrides: readonly Override[] } | { readonly problem: string }> {
  const given = (value: string, option: string) => ({
    overrides: [
      { path: ['attributes', 'url'], value, option },
      { path: ['attributes', 'autopush'], value: true, option },
    ],
  })
  const variable = environment.LIVE_PUSHER_URL
  // Child processes inherit the environment; they have no business with the address.
  delete environment.LIVE_PUSHER_URL
  if (options.url !== undefined) return given(options.url, '--url')
  const file = options['url-file']
  if (file !== undefined) {
    const line = await firstLine(file)
    return 'problem' in line ? line : given(line.text, '--url-file')
  }
  return variable === undefined || variable === '' ? { overrides: [] } : given(variable, 'LIVE_PUSHER_URL')
}

async function firstLine(file: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    const bytes = await readFile(file)
    if (bytes.length > maxUrlFileBytes) return { problem: '--url-file: the file is too large' }
    const text = bytes.toString('utf8').split(/\r?\n/)[0]?.trim() ?? ''
    return text === '' ? { problem: '--url-file: the first line of the file is empty' } : { text }
  } catch (error) {
    return { problem: `--url-file: the file can't be read (${errorCode(error)})` }
  }
}

function report(loaded: LoadOutcome, { error }: Surroundings): void {
  if (loaded.kind !== 'ok') {
    for (const problem of loaded.problems) error(`live-pusher: ${problemLine(loaded.file, problem)}`)
  }
  if (loaded.kind === 'last-good') {
    error(`live-pusher: RUNNING WITH THE LAST GOOD CONFIGURATION, ${loaded.copy}`)
    error(`live-pusher: ${loaded.file} is not used until it is repaired`)
  }
  if (loaded.kind !== 'failed') {
    for (const warning of loaded.warnings) error(`live-pusher: ${warning.message}`)
  }
}
