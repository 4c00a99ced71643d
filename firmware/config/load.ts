/**
 * config.yaml → a configuration that is whole and legal, or every reason why not. What the box did yesterday it
 * can do today: when the file is torn or wrong, the last good copy of it is used, and that is said.
 */
import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { z } from 'zod'
import type { CameraSpec, MicrophoneSpec } from '../pusher/sources.js'
import { errorCode } from './durable-write.js'
import { type ConfigWarning, keepCopy, lastGoodName, readCopy } from './last-good.js'
import { dotted, problemsOf, shapeOf } from './problems.js'
import { valueProblems, writtenProblems } from './rules.js'
import { type Config, configSchema } from './schema.js'
import { type ConfigProblem, maxConfigBytes, readYaml, type YamlText } from './yaml-text.js'

export { type ConfigWarning, lastGoodName } from './last-good.js'
export type { ConfigProblem } from './yaml-text.js'

/** A value from the command line or the environment; it has precedence over the file. */
export interface Override {
  /** e.g. `['cameras', 'front']` */
  readonly path: readonly string[]
  readonly value: unknown
  /** how the user knows it, e.g. `--camera` */
  readonly option: string
}

/** Where a value was written; a key that is not in the map has its default. */
export type ValueSource =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'option'; readonly option: string }

interface Loaded {
  readonly config: Config
  /** by dotted path, e.g. `mqtt.embedded.port` */
  readonly sources: ReadonlyMap<string, ValueSource>
  /** what does not stop the box but should be said */
  readonly warnings: readonly ConfigWarning[]
}

export type LoadOutcome =
  /** `file` is absent when the box runs on defaults */
  | (Loaded & { readonly kind: 'ok'; readonly file?: string })
  /** `copy` is used because of the problems of `file`: to be said loudly */
  | (Loaded & {
      readonly kind: 'last-good'
      readonly file: string
      readonly copy: string
      readonly problems: readonly ConfigProblem[]
    })
  | { readonly kind: 'failed'; readonly file?: string; readonly problems: readonly ConfigProblem[] }

export interface LoadOptions {
  readonly file?: string
  readonly overrides?: readonly Override[]
  /** the folder for the last good copy; given, it also replaces the file's `state-dir` */
  readonly stateDir?: string
}

export type CheckedConfig =
  | { readonly ok: true; readonly config: Config; readonly sources: ReadonlyMap<string, ValueSource> }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Reads and judges without writing anything or falling back to the last good copy. Never throws. */
export async function checkConfigFile(
  file: string,
  overrides: readonly Override[] = [],
): Promise<CheckedConfig> {
  const bytes = await readConfigFile(file)
  return bytes instanceof Uint8Array
    ? evaluate({ file: resolve(file), yaml: readYaml(bytes) }, overrides)
    : { ok: false, problems: [bytes] }
}

/** The configuration that the box runs with. Never throws; a storage failure is a warning. */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadOutcome> {
  const { stateDir } = options
  const overrides: readonly Override[] = [
    ...(options.overrides ?? []),
    ...(stateDir === undefined ? [] : [{ path: ['state-dir'], value: stateDir, option: '--state-dir' }]),
  ]
  if (options.file === undefined) {
    const { ok, ...checked } = evaluate(undefined, overrides)
    return 'config' in checked ? { kind: 'ok', ...checked, warnings: [] } : { kind: 'failed', ...checked }
  }
  const file = resolve(options.file)
  const bytes = await readConfigFile(file)
  const yaml = bytes instanceof Uint8Array ? readYaml(bytes) : undefined
  const checked: CheckedConfig =
    bytes instanceof Uint8Array && yaml
      ? evaluate({ file, yaml }, overrides)
      : { ok: false, problems: bytes instanceof Uint8Array ? [] : [bytes] }
  if (checked.ok && bytes instanceof Uint8Array) {
    const { config, sources } = checked
    const copy = join(config['state-dir'], lastGoodName)
    return { kind: 'ok', file, config, sources, warnings: await keepCopy(copy, file, bytes) }
  }
  const problems = checked.ok ? [] : checked.problems
  const copy = join(stateDir ?? writtenStateDir(yaml), lastGoodName)
  const lastGood = await readCopy(copy, file)
  const again = lastGood && evaluate({ file, yaml: lastGood }, overrides)
  return again?.ok
    ? { kind: 'last-good', file, copy, problems, config: again.config, sources: again.sources, warnings: [] }
    : { kind: 'failed', file, problems }
}

interface Written {
  readonly file: string
  readonly yaml: YamlText
}

/** What is written, with the overrides on top, judged as a whole. */
function evaluate(written: Written | undefined, overrides: readonly Override[]): CheckedConfig {
  const raw = withOverrides(written?.yaml.values ?? {}, overrides)
  const parsed = configSchema.safeParse(raw, { reportInput: true })
  const locate = (problem: ConfigProblem, at: readonly PropertyKey[]): ConfigProblem => {
    const option = overrides.find(({ path }) => isUnder(at, path))?.option
    const line = option === undefined ? written?.yaml.lineOf(at) : undefined
    const { path, message } = problem
    return {
      path,
      message,
      ...(option === undefined ? {} : { option }),
      ...(line === undefined ? {} : { line }),
    }
  }
  const tornAt = written?.yaml.tornAt ?? Number.POSITIVE_INFINITY
  const problems = [
    ...(written?.yaml.problems ?? []),
    ...[
      ...(parsed.success ? [] : problemsOf(parsed.error.issues, configSchema)),
      ...[...writtenProblems(raw), ...(parsed.success ? valueProblems(parsed.data) : [])].map((problem) => ({
        ...problem,
        at: problem.path.split('.'),
      })),
    ]
      .map(({ at, ...problem }) => locate(problem, at))
      .filter((problem) => (problem.line ?? 0) < tornAt),
  ]
  if (problems.length > 0 || !parsed.success) {
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    return { ok: false, problems: problems.length > mostProblems ? shortened(problems) : problems }
  }
  const folder = written ? dirname(written.file) : process.cwd()
  const base = (...path: string[]) =>
    overrides.some((override) => isUnder(path, override.path)) ? process.cwd() : folder
  return { ok: true, config: withWholePaths(parsed.data, base), sources: sourcesOf(written, overrides) }
}

/** More than anybody reads; a file of another kind gives thousands. */
const mostProblems = 100

const shortened = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] => [
  ...problems.slice(0, mostProblems),
  { path: '', message: `and ${problems.length - mostProblems} more problems` },
]

const isUnder = (at: readonly PropertyKey[], path: readonly string[]): boolean =>
  path.every((step, index) => at[index] === step)

function withOverrides(
  values: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
): Record<string, unknown> {
  const raw = structuredClone(values) as Record<string, unknown>
  dropEmptySections(raw, configSchema)
  for (const { path, value } of overrides) {
    let map = raw
    for (const step of path.slice(0, -1)) {
      const inner = map[step]
      const next = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {}
      map[step] = next
      map = next as Record<string, unknown>
    }
    const last = path.at(-1)
    if (last !== undefined) map[last] = value
  }
  return raw
}

/** `mqtt:` with every key below it commented out means its defaults. */
function dropEmptySections(raw: Record<string, unknown>, schema: z.ZodType): void {
  for (const [name, type] of Object.entries(shapeOf(schema) ?? {})) {
    if (shapeOf(type) === undefined) continue
    const value = raw[name]
    if (value === null) delete raw[name]
    else if (typeof value === 'object') dropEmptySections(value as Record<string, unknown>, type)
  }
}

/** File names resolved: against the folder of config.yaml, or where the command was typed. */
function withWholePaths(config: Config, base: (...path: string[]) => string): Config {
  const source = <Spec extends CameraSpec | MicrophoneSpec>(spec: Spec, folder: string): Spec =>
    spec.kind === 'clip' && spec.file !== undefined ? { ...spec, file: resolve(folder, spec.file) } : spec
  const files = Object.fromEntries(
    (['password-file', 'ca-file', 'cert-file', 'key-file'] as const).flatMap((name) => {
      const written = config.mqtt[name]
      return written === undefined ? [] : [[name, resolve(base('mqtt', name), written)]]
    }),
  )
  const waitingImage = config['waiting-image-file']
  return {
    ...config,
    ...(waitingImage === undefined
      ? {}
      : { 'waiting-image-file': resolve(base('waiting-image-file'), waitingImage) }),
    cameras: {
      front: source(config.cameras.front, base('cameras', 'front')),
      back: source(config.cameras.back, base('cameras', 'back')),
    },
    microphone: source(config.microphone, base('microphone')),
    mqtt: { ...config.mqtt, ...files },
  }
}

function sourcesOf(
  written: Written | undefined,
  overrides: readonly Override[],
): ReadonlyMap<string, ValueSource> {
  const sources = new Map<string, ValueSource>()
  const walk = (values: object, path: readonly string[]): void => {
    for (const [name, value] of Object.entries(values)) {
      const at = [...path, name]
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) walk(value, at)
      else if (written)
        sources.set(dotted(at), { kind: 'file', file: written.file, line: written.yaml.lineOf(at) ?? 1 })
    }
  }
  walk(written?.yaml.values ?? {}, [])
  for (const { path, option } of overrides) sources.set(dotted(path), { kind: 'option', option })
  return sources
}

async function readConfigFile(file: string): Promise<Uint8Array | ConfigProblem> {
  try {
    const info = await stat(file)
    // A pipe or a terminal would be waited for without end.
    if (!info.isFile()) return { path: '', message: "can't be read: it is not a file" }
    if (info.size > maxConfigBytes)
      return { path: '', message: `the file is larger than ${maxConfigBytes} bytes` }
    return await readFile(file)
  } catch (error) {
    const code = errorCode(error)
    return { path: '', message: `can't be read: ${reasons[code] ?? code}` }
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'no permission',
  EIO: 'the storage medium reports errors',
}

/** The state folder of a file that is not legal, as far as it can be told. */
function writtenStateDir(yaml: YamlText | undefined): string {
  const { shape } = configSchema
  const written = shape['state-dir'].safeParse(yaml?.values['state-dir'])
  return written.success && isAbsolute(written.data) ? written.data : shape['state-dir'].parse(undefined)
}
