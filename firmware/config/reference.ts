/** The commented reference configuration, generated from the schema and the attribute table. */
import { stringify } from 'yaml'
import { z } from 'zod'
import { attributeNames, entryOf } from '../pusher/attributes.js'
import { keyDocs } from './key-docs.js'
import { shapeOf, unwrap } from './problems.js'
import { configSchema } from './schema.js'

/** Where the reference is kept in the repository. */
export const configReferencePath = 'docs/config.reference.yaml'

const width = 100

/** A legal config.yaml that sets every key to its default; keys without a fixed default are commented out. */
export function configReference(): string {
  const head = comment(
    'Configuration of the box: every key with its default. Copy what you change, leave the rest out. ' +
      'Generated from firmware/config/schema.ts: edit that, then run "npm run generate".',
    '',
  )
  return `${[...head, '', ...keys(configSchema, '')].join('\n')}\n`
}

function keys(schema: z.ZodType, indent: string): string[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, type], index) => [
    ...(index > 0 && indent === '' ? [''] : []),
    ...(name === 'attributes' ? attributesSection(type, indent) : entry(name, type, indent)),
  ])
}

function entry(name: string, type: z.ZodType, indent: string): string[] {
  const docs = keyDocs.get(type)
  if (docs === undefined) throw new Error(`the key ${name} has no documentation`)
  if (shapeOf(type)) return [...comment(docs.help, indent), `${indent}${name}:`, ...keys(type, `${indent}  `)]
  const fixed = docs.defaultText === undefined && defaultOf(type) !== undefined
  const facts = [
    docs.values ?? valuesOf(type),
    docs.unit && `in ${docs.unit}`,
    docs.defaultText && `default: ${docs.defaultText}`,
    fixed && docs.example && `e.g. ${docs.example}`,
  ].filter(Boolean)
  const line = fixed ? `${name}: ${value(defaultOf(type))}` : `# ${name}: ${docs.example ?? ''}`
  return [...comment(`${docs.help} (${facts.join('; ')})`, indent), `${indent}${line}`]
}

function attributesSection(type: z.ZodType, indent: string): string[] {
  const inner = `${indent}  `
  const lines = attributeNames.flatMap((name) => {
    const { help, unit, schema, default: standard, effect } = entryOf(name)
    const facts = [
      schema.description,
      unit && `in ${unit}`,
      effect === 'stored' && 'no effect yet',
      effect === 'none' && 'no effect on this device',
    ].filter(Boolean)
    return [...comment(`${help} (${facts.join('; ')})`, inner), `${inner}# ${name}: ${value(standard)}`]
  })
  return [...comment(keyDocs.get(type)?.help ?? '', indent), `${indent}attributes:`, ...lines]
}

const value = (plain: unknown): string => stringify(plain, { defaultStringType: 'PLAIN' }).trimEnd()

/** The value that a missing key counts as, before it is read; undefined when there is none. */
function defaultOf(type: z.ZodType): unknown {
  return type instanceof z.ZodDefault || type instanceof z.ZodPrefault ? type.def.defaultValue : undefined
}

function valuesOf(type: z.ZodType): string {
  const inner = unwrap(type)
  if (inner instanceof z.ZodBoolean) return 'true or false'
  if (inner instanceof z.ZodNumber) return `${inner.minValue} to ${inner.maxValue}`
  if (inner instanceof z.ZodEnum) return inner.options.join(', ')
  if (inner instanceof z.ZodLiteral) return [...inner.values].join(', ')
  return ''
}

function comment(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = `${indent}#`
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > width && !line.endsWith('#')) {
      lines.push(line)
      line = `${indent}#`
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
