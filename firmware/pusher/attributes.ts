import type { z } from 'zod'
import { type AttributeEntry, maxTextLength } from './attribute-entry.js'
import { attributes } from './attribute-table.js'
import type { Problem } from './events.js'
import { nearest } from './nearest.js'
import { presets, presetValues } from './presets.js'
import { maskUrl } from './push-url.js'

export type { Applies, AttributeEntry } from './attribute-entry.js'
export { attributes } from './attribute-table.js'

/** An attribute's name as the component spells it: kebab-case, but for `enableVideoCustomRender`. */
export type AttributeName = keyof typeof attributes

/** Every attribute with its value. */
export type Attributes = {
  readonly [Name in AttributeName]: Readonly<z.output<(typeof attributes)[Name]['schema']>>
}

export const attributeNames = Object.keys(attributes) as readonly AttributeName[]

/** The table's entry with the optional fields of every entry. */
export function entryOf(name: AttributeName): AttributeEntry {
  return attributes[name]
}

export const defaultAttributes = Object.freeze(
  Object.fromEntries(attributeNames.map((name) => [name, entryOf(name).default])),
) as Attributes

/** `max-bitrate` → `maxBitrate`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const nameOfSpelling: ReadonlyMap<string, AttributeName> = new Map(
  attributeNames.flatMap((name) =>
    [name, ...(entryOf(name).aliases ?? [])].flatMap((spelling) => [
      [spelling, name] as const,
      [camelCase(spelling), name] as const,
    ]),
  ),
)

/** The attribute that is meant by a name in kebab-case, in camelCase or an alias. */
export function attributeNamed(spelling: string): AttributeName | undefined {
  return nameOfSpelling.get(spelling)
}

/** More names than any set of attributes can have: such input is not looked at. */
const mostNames = 200

export type ParsedAttributes =
  | { readonly ok: true; readonly values: Partial<Attributes> }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads some attributes from outside. Names in kebab-case, camelCase or an alias; numbers and booleans also as
 * strings; `null` gives the default; `preset` stands for its attributes, which the others override. Never throws; all problems come together, each with the name as it was
 * written as its path. Rules across attributes are {@link checkTogether}'s.
 */
export function parseAttributes(input: unknown): ParsedAttributes {
  if (!isPlainObject(input))
    return { ok: false, problems: [{ path: '', message: 'must be an object of attributes' }] }
  const entries = Object.entries(input)
  if (entries.length > mostNames) {
    return { ok: false, problems: [{ path: '', message: `must have at most ${mostNames} names` }] }
  }
  const problems: Problem[] = []
  const values: Partial<Record<AttributeName, unknown>> = {}
  const writtenAs = new Map<AttributeName, string>()
  for (const [written, value] of entries) {
    const path = written.length > 64 ? `${written.slice(0, 64)}…` : written
    if (written === 'preset') continue
    const name = attributeNamed(written)
    if (name === undefined) {
      problems.push({ path, message: unknownName(written) })
      continue
    }
    const earlier = writtenAs.get(name)
    if (earlier !== undefined) {
      problems.push({ path, message: `is the same attribute as ${earlier}; give it once` })
      continue
    }
    writtenAs.set(name, written)
    const read = readValue(entryOf(name), value)
    if (read.ok) values[name] = read.value
    else problems.push({ path, message: read.message })
  }
  const preset = Object.hasOwn(input, 'preset') ? presetValues(input.preset) : {}
  if (preset === undefined)
    problems.push({ path: 'preset', message: `must be one of ${Object.keys(presets).join(', ')}` })
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, values: { ...preset, ...values } as Partial<Attributes> }
}

/**
 * Rules across attributes, for the whole set as it would be after a change. `before` is the set in force, when
 * there is one: what can't be undone is compared with it.
 */
export function checkTogether(all: Attributes, before?: Attributes): readonly Problem[] {
  const problems: Problem[] = []
  const width = all['video-width']
  const height = all['video-height']
  if (width === null && height !== null) {
    problems.push({ path: 'video-width', message: 'must be set together with video-height, or both null' })
  }
  if (height === null && width !== null) {
    problems.push({ path: 'video-height', message: 'must be set together with video-width, or both null' })
  }
  if (!all['custom-effect']) {
    for (const name of customEffects) {
      if (all[name] !== 0) problems.push({ path: name, message: 'must be 0 unless custom-effect is true' })
    }
    if (before?.['custom-effect']) {
      problems.push({
        path: 'custom-effect',
        message: 'must stay true: it cannot be changed after it was set',
      })
    }
  }
  return problems
}

const customEffects = ['skin-whiteness', 'skin-smoothness', 'face-thinness', 'eye-bigness'] as const

/** The bounds that the rate controller works in: a minimum above the maximum counts as the maximum. */
export function effectiveBitrates(all: Pick<Attributes, 'min-bitrate' | 'max-bitrate'>): {
  readonly minKbps: number
  readonly maxKbps: number
} {
  const maxKbps = all['max-bitrate']
  return { minKbps: Math.min(all['min-bitrate'], maxKbps), maxKbps }
}

/** Every attribute as it may be shown: the address masked, other secrets as `***`. */
export function publicAttributes(all: Attributes): Record<string, unknown> {
  const shown = (name: AttributeName): unknown => {
    if (name === 'url') return maskUrl(all.url)
    return entryOf(name).secret && all[name] !== '' ? '***' : all[name]
  }
  return Object.fromEntries(attributeNames.map((name) => [name, shown(name)]))
}

/** What a reply says about an attribute that was accepted but does nothing; undefined for one that works. */
export function effectNote(name: AttributeName): string | undefined {
  const entry = entryOf(name)
  if (entry.effect === 'works') return undefined
  return entry.effect === 'stored'
    ? 'validated and stored, no effect yet'
    : `no effect on this device: ${entry.reason}`
}

type ReadValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

function readValue(entry: AttributeEntry, value: unknown): ReadValue {
  if (value === null) return { ok: true, value: entry.default }
  let message = `must be ${entry.schema.description}`
  for (const reading of readings(entry, value)) {
    const parsed = entry.schema.safeParse(reading)
    // Adding zero makes a negative zero a plain one.
    if (parsed.success)
      return { ok: true, value: typeof parsed.data === 'number' ? parsed.data + 0 : parsed.data }
    const own = parsed.error.issues.find((issue) => issue.code === 'custom')
    if (own !== undefined) message = own.message
  }
  return { ok: false, message }
}

/** What a value may mean, likeliest first. */
function readings(entry: AttributeEntry, value: unknown): readonly unknown[] {
  if (typeof value !== 'string') return [value]
  if (value.length > maxTextLength) return []
  const { alsoWritten = {} } = entry
  if (Object.hasOwn(alsoWritten, value)) return [alsoWritten[value]]
  if (value === 'true' || value === 'false') return [value, value === 'true']
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(value) ? [value, Number(value)] : [value]
}

function unknownName(written: string): string {
  const near = nearest(written, nameOfSpelling.keys())
  return near === undefined ? 'is not an attribute' : `is not an attribute; did you mean ${near}?`
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
