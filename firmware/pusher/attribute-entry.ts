/** What is known of an attribute, and the schemas that many of them share. */
import { z } from 'zod'

/**
 * What a change takes while pushing: `live` = applied without a gap; `encoder` = the encoder restarts or
 * renegotiates, the RTMP session goes on; `session` = used at the next start; `fixed` = can't be undone.
 */
export type Applies = 'live' | 'encoder' | 'session' | 'fixed'

interface Facts {
  readonly unit?: string
  /** one plain sentence */
  readonly help: string
  readonly helpZh: string
  readonly applies: Applies
  /** first version of the base library with this attribute; null: not in WeChat's own tables */
  readonly since: string | null
  /** other names of the same attribute */
  readonly aliases?: readonly string[]
  /** other spellings of a value */
  readonly alsoWritten?: Readonly<Record<string, string>>
  /** never shown: `***` wherever attributes leave the box */
  readonly secret?: true
}

/** `works`: has its effect; `stored`: validated and stored, no effect yet; `none`: never has one here, and why. */
type Effect =
  | { readonly effect: 'works' | 'stored'; readonly reason?: never; readonly reasonZh?: never }
  | { readonly effect: 'none'; readonly reason: string; readonly reasonZh: string }

export type AttributeEntry = Facts & Effect & { readonly schema: z.ZodType; readonly default: unknown }

/** Longest string that any attribute takes, in UTF-16 code units. */
export const maxTextLength = 2048

export const attribute = <
  Schema extends z.ZodType,
  const Rest extends Facts & Effect & { readonly default: z.output<Schema> },
>(
  schema: Schema,
  rest: Rest,
) => ({ schema, ...rest })

export const flag = z.boolean().describe('true or false')

export const choice = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values).describe(`one of ${values.join(', ')}`)

export const whole = (min: number, max: number) =>
  z.int().min(min).max(max).describe(`a whole number from ${min} to ${max}`)

export const fraction = z.number().min(0).max(1).describe('a number from 0 to 1')
