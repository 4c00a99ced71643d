/** BitBake files as far as the checks of the layer have to understand them: assignments, functions, directives. */

export interface Recipe {
  /** unexpanded, by name with its overrides and flags; what is appended follows with a blank between */
  readonly variables: ReadonlyMap<string, string>
  /** body of each shell function, by name with its overrides */
  readonly functions: ReadonlyMap<string, string>
  /** words behind inherit, require and include */
  readonly directives: ReadonlyMap<string, readonly string[]>
  /** what is none of it: a line that BitBake would refuse */
  readonly strange: readonly string[]
}

const assignment =
  /^(?:export\s+)?(?<name>[A-Za-z0-9_.@+/${}%:-]+(?:\[[^\]]+\])?)\s*(?<operator>\?\?=|\?=|:=|\+=|=\+|\.=|=\.|=)\s*(?<quote>["'])(?<value>[\s\S]*)\k<quote>\s*$/
const directive = /^(?<name>inherit|require|include|inherit_defer)\s+(?<words>\S.*)$/

/** @param text of a .bb, .bbappend, .inc or .conf */
export const readRecipe = (text: string): Recipe => {
  const variables = new Map<string, string>()
  const functions = new Map<string, string>()
  const directives = new Map<string, readonly string[]>()
  const strange: string[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    let line = lines[at] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const head = /^(?:fakeroot\s+)?([a-z_]+(?::[a-z0-9-]+)*)\s*\(\)\s*\{$/.exec(line)
    if (head?.[1] !== undefined) {
      const body: string[] = []
      for (at += 1; at < lines.length && lines[at] !== '}'; at += 1) body.push(lines[at] ?? '')
      if (at === lines.length) strange.push(`${head[1]} has no end`)
      functions.set(head[1], body.join('\n'))
      continue
    }
    while (line.endsWith('\\') && at + 1 < lines.length) {
      at += 1
      line = `${line.slice(0, -1)} ${lines[at] ?? ''}`
    }
    const set = assignment.exec(line)?.groups
    const order = directive.exec(line)?.groups
    if (set?.name !== undefined && set.value !== undefined) {
      const before = variables.get(set.name)
      variables.set(set.name, before === undefined ? set.value : `${before} ${set.value}`)
    } else if (order?.name !== undefined && order.words !== undefined)
      directives.set(order.name, [...(directives.get(order.name) ?? []), ...order.words.split(/\s+/)])
    else strange.push(line)
  }
  return { variables, functions, directives, strange }
}

/** The files that SRC_URI takes from beside a recipe. */
export const localSources = ({ variables }: Recipe): readonly string[] =>
  [...variables]
    .filter(([name]) => name.startsWith('SRC_URI') && !name.includes('['))
    .flatMap(([, value]) => [...value.matchAll(/file:\/\/([^\s;"]+)/g)].map(([, file = '']) => file))
