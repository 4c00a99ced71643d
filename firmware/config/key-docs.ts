/**
 * What a key of config.yaml says about itself, kept beside its zod type: the reference file, the problems
 * and the documentation all read it from here.
 */
import { z } from 'zod'

export interface KeyDocs {
  /** one or two sentences, plain text */
  readonly help: string
  /** unit of the value, e.g. `s`, `kbit/s` */
  readonly unit?: string
  /** a value that shows the form, in YAML; the reference shows it where there is no default */
  readonly example?: string
  /** how the default reads when it is not a fixed value, e.g. "the host name" */
  readonly defaultText?: string
  /** legal values in words where the type alone doesn't say it */
  readonly values?: string
}

export const keyDocs = z.registry<KeyDocs>()

/** Attaches documentation to a key's type (outermost wrapper, so after `.default()`). */
export const key = <Type extends z.ZodType>(type: Type, docs: KeyDocs): Type => {
  keyDocs.add(type, docs)
  return type
}

/** A group of keys. Unknown ones are problems; a group that is left out has the defaults of its keys. */
export const section = <Shape extends z.ZodRawShape>(help: string, shape: Shape) =>
  key(z.strictObject(shape).prefault({} as z.input<z.ZodObject<Shape, z.core.$strict>>), { help })
