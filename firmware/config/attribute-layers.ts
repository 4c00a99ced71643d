/**
 * Where an attribute's value comes from: built-in default < config.yaml < changed at run time. Pure.
 */
import {
  type AttributeName,
  type Attributes,
  attributeNamed,
  checkTogether,
  defaultAttributes,
  parseAttributes,
} from '../pusher/attributes.js'
import type { Problem } from '../pusher/events.js'

export interface AttributeLayers {
  /** what config.yaml sets */
  readonly configured: Partial<Attributes>
  /** what was set at run time */
  readonly changed: Partial<Attributes>
}

/** Every attribute with the value that counts. */
export const effectiveAttributes = ({ configured, changed }: AttributeLayers): Attributes => ({
  ...defaultAttributes,
  ...configured,
  ...changed,
})

/**
 * The attributes as the capture side obeys them: `mirror` is the older name of `remote-mirror` and counts as long as
 * nobody has set that.
 */
export const captureAttributes = (layers: AttributeLayers): Attributes => {
  const all = effectiveAttributes(layers)
  const isSet = 'remote-mirror' in layers.configured || 'remote-mirror' in layers.changed
  return isSet ? all : { ...all, 'remote-mirror': all.mirror }
}

export type AttributeChange =
  | {
      readonly ok: true
      readonly changed: Partial<Attributes>
      readonly effective: Attributes
      /** those that the request names, whether or not their value is another */
      readonly named: readonly AttributeName[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * The run-time layer after a request, whole or not at all. `null` takes a run-time value back, so that the one
 * of config.yaml (or the default) counts again.
 */
export function changeAttributes(layers: AttributeLayers, request: unknown): AttributeChange {
  const parsed = parseAttributes(request)
  if (!parsed.ok) return parsed
  const changed: { -readonly [Name in AttributeName]?: Attributes[Name] } = {
    ...layers.changed,
    ...parsed.values,
  }
  const named: AttributeName[] = []
  for (const [written, value] of Object.entries(request as Record<string, unknown>)) {
    const name = attributeNamed(written)
    if (name === undefined) continue
    named.push(name)
    if (value === null) delete changed[name]
  }
  const effective = effectiveAttributes({ configured: layers.configured, changed })
  const problems = checkTogether(effective, effectiveAttributes(layers))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, changed, effective, named }
}
