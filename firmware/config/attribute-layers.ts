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

export type AttributeChange =
  | { readonly ok: true; readonly changed: Partial<Attributes>; readonly effective: Attributes }
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
  for (const [written, value] of Object.entries(request as Record<string, unknown>)) {
    const name = attributeNamed(written)
    if (value === null && name !== undefined) delete changed[name]
  }
  const effective = effectiveAttributes({ configured: layers.configured, changed })
  const problems = checkTogether(effective, effectiveAttributes(layers))
  return problems.length > 0 ? { ok: false, problems } : { ok: true, changed, effective }
}
