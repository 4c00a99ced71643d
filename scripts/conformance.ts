import { attributeNames, entryOf } from '../firmware/pusher/attributes.js'
import { codes } from '../firmware/pusher/codes.js'
import { type MethodEntry, methodNames, methods } from '../firmware/pusher/context.js'
import { presets } from '../firmware/pusher/presets.js'
import { proofs } from './conformance-proofs.js'
import { rules } from './conformance-rules.js'
import { code, table } from './markdown.js'

/** A promise of the component: whether the box keeps it, and the test that shows it or the reason why not. */
export interface Row {
  /** section of the specification, e.g. `2` or `10.4` */
  readonly section: string
  readonly promise: string
  /** undefined: it works */
  readonly whyNot?: string | undefined
  /** test file below test/ that shows it; only where it works */
  readonly proof?: string | undefined
}

/** Every row of the specification's sections 2 to 10: attributes, methods and codes from their tables. */
export const conformance = (): readonly Row[] => [
  ...attributeNames.map((name): Row => {
    const { effect, reason } = entryOf(name)
    return effect === 'none'
      ? { section: '2', promise: code(name), whyNot: reason }
      : { section: '2', promise: code(name), proof: proofs[name] }
  }),
  ...Object.keys(presets).map(
    (name): Row => ({ section: '4', promise: `preset ${code(name)}`, proof: proofs.preset }),
  ),
  ...methodNames.map((name): Row => {
    const { support, reason }: MethodEntry = methods[name]
    return support === 'unsupported'
      ? { section: '6.1', promise: `${code(name)}()`, whyNot: reason }
      : { section: '6.1', promise: `${code(name)}()`, proof: proofs[name] }
  }),
  ...[...codes.values()].map(
    (entry): Row =>
      entry.emitted
        ? { section: '8', promise: `${entry.code} ${code(entry.name)}`, proof: proofs[String(entry.code)] }
        : { section: '8', promise: `${entry.code} ${code(entry.name)}`, whyNot: entry.why },
  ),
  ...rules,
]

const link = (proof: string): string => `[${proof}](../test/${proof})`

/** The chapter of docs/live-pusher.md. */
export const conformanceChapter = (): readonly string[] => [
  '## Promise by promise',
  'Every row of what is known of the component, what becomes of it here, and the test that shows it. Sections are those of the specification that this project collected: 2 attributes, 3 values, 4 scenes, 5 modes and sizes, 6 methods, 7 events, 8 codes, 9 network status, 10 behaviour.',
  table(
    ['Section', 'Promise', 'On this box', 'Shown by, or why not'],
    conformance()
      .toSorted((a, b) => Number.parseInt(a.section, 10) - Number.parseInt(b.section, 10))
      .map(({ section, promise, whyNot, proof }) => [
        section,
        promise,
        whyNot === undefined ? 'works' : 'not applicable',
        whyNot ?? (proof === undefined ? '' : link(proof)),
      ]),
  ),
]
