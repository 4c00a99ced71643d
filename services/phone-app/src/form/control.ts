/** Which control an attribute gets, and what it takes: read from the schemas of the attribute table. */
import { z } from 'zod'
import {
  type AttributeName,
  attributeNames,
  entryOf,
  parseAttributes,
} from '../../../../firmware/pusher/attributes.js'
import type { Texts } from '../texts/en.js'

export type Control =
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly values: readonly (string | number)[] }
  /** few values in a row, for a slider */
  | { readonly kind: 'range'; readonly min: number; readonly max: number; readonly step: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly nullable: boolean }
  | { readonly kind: 'text' }

/** Steps that a finger can still choose between. */
const mostSteps = 30

export const controlOf = (name: AttributeName, named: readonly string[] | undefined): Control => {
  const { schema } = entryOf(name)
  // A number whose every value has a name is a choice.
  return named && isNumber(schema) ? { kind: 'choice', values: named.map(Number) } : ofSchema(schema)
}

const isNumber = (schema: z.ZodType): schema is z.ZodNumber => schema instanceof z.ZodNumber

const ofSchema = (schema: z.ZodType): Control => {
  if (schema instanceof z.ZodBoolean) return { kind: 'flag' }
  if (schema instanceof z.ZodEnum) return { kind: 'choice', values: schema.options }
  if (schema instanceof z.ZodLiteral)
    return { kind: 'choice', values: [...schema.values] as (string | number)[] }
  if (schema instanceof z.ZodNullable) {
    const inner = ofSchema(schema.unwrap() as z.ZodType)
    return inner.kind === 'number' ? { ...inner, nullable: true } : inner
  }
  if (isNumber(schema)) {
    const [min, max] = [schema.minValue ?? 0, schema.maxValue ?? 0]
    if (!schema.isInt) return { kind: 'range', min, max, step: (max - min) / 20 }
    return max - min <= mostSteps
      ? { kind: 'range', min, max, step: 1 }
      : { kind: 'number', min, max, nullable: false }
  }
  return { kind: 'text' }
}

/** Why a value can't be taken, in the words of the app; undefined when it can. */
export const problemWith = (
  name: AttributeName,
  value: unknown,
  { mustBe }: Texts,
  shownValues: (value: string) => string = (value) => value,
): string | undefined => {
  if (parseAttributes({ [name]: value }).ok) return undefined
  const control = ofSchema(entryOf(name).schema)
  switch (control.kind) {
    case 'flag':
      return mustBe.flag
    case 'choice':
      return mustBe.oneOf(control.values.map((each) => shownValues(String(each))).join(', '))
    case 'range':
      return control.step === 1
        ? mustBe.whole(control.min, control.max)
        : mustBe.number(control.min, control.max)
    case 'number':
      return control.nullable ? mustBe.even(control.min, control.max) : mustBe.whole(control.min, control.max)
    case 'text':
      return textProblem(name, mustBe)
  }
}

const textProblem = (name: AttributeName, mustBe: Texts['mustBe']): string => {
  if (name === 'url') return mustBe.pushUrl
  if (name === 'waiting-image') return mustBe.webAddress
  return name === 'waiting-image-hash' ? mustBe.md5 : mustBe.other
}

/** What a number field holds: nothing for null, and what is no number stays as it is, to be refused. */
export const readNumber = (written: string): unknown => {
  const trimmed = written.trim()
  if (trimmed === '') return null
  const value = Number(trimmed)
  return Number.isNaN(value) ? trimmed : value
}

export type GroupName = keyof Texts['adjust']['groups']

/** The order of the form. What works and stands in no group would be missing: a test sees to that. */
export const groups: Readonly<Record<GroupName, readonly AttributeName[]>> = {
  beauty: [
    'beauty',
    'whiteness',
    'beauty-style',
    'filter',
    'custom-effect',
    'skin-smoothness',
    'skin-whiteness',
  ],
  stream: ['url', 'mode', 'max-bitrate', 'min-bitrate', 'audio-quality', 'autopush'],
  picture: ['orientation', 'aspect', 'fps', 'video-width', 'video-height', 'remote-mirror', 'mirror'],
  camera: ['device-position', 'enable-camera', 'auto-focus', 'zoom', 'local-mirror', 'debug'],
  sound: ['muted', 'enable-mic', 'enable-ans', 'enable-agc', 'audio-reverb-type', 'voice-changer-type'],
  pause: ['waiting-image', 'waiting-image-hash'],
}

export const withoutEffect = attributeNames.filter((name) => entryOf(name).effect === 'none')
