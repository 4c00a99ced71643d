/** Templates of a mini-program: tags, {{expressions}}, wx:if, wx:else, wx:for. */

export interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly children: readonly (Element | string)[]
}

interface Node {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: (Node | string)[]
}

export type Evaluate = (expression: string, scope: Readonly<Record<string, unknown>>) => unknown

const tagPattern = /<(\/?)([a-z-]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g

export const parseWxml = (text: string): Node => {
  const root: Node = { tag: 'root', attributes: new Map(), children: [] }
  const open = [root]
  let at = 0
  const add = (child: Node | string): void => void open.at(-1)?.children.push(child)
  for (const match of text.matchAll(tagPattern)) {
    const [whole, closes, tag = '', attributes = '', closed] = match
    const between = text.slice(at, match.index).trim()
    if (between !== '') add(between)
    at = match.index + whole.length
    if (closes !== '') {
      const ended = open.pop()
      if (ended?.tag !== tag) throw new Error(`</${tag}> ends <${ended?.tag}>`)
      continue
    }
    const pairs = [...attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(
      ([, name = '', value = '{{true}}']) => [name, value] as const,
    )
    const node: Node = { tag, attributes: new Map(pairs), children: [] }
    add(node)
    if (closed === '') open.push(node)
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.tag}> is not ended`)
  return root
}

/** What is shown with that data. */
export const render = (
  nodes: readonly (Node | string)[],
  scope: Readonly<Record<string, unknown>>,
  evaluate: Evaluate,
): readonly (Element | string)[] => {
  const value = (text: string, inside = scope): unknown => {
    const alone = /^\{\{(.*)\}\}$/s.exec(text)
    if (alone && !alone[1]?.includes('{{')) return evaluate(alone[1] ?? '', inside)
    return text.replaceAll(/\{\{(.*?)\}\}/g, (_, expression: string) => String(evaluate(expression, inside)))
  }
  let conditionHeld = true
  return nodes.flatMap((node): readonly (Element | string)[] => {
    if (typeof node === 'string') return [String(value(node))]
    const condition = node.attributes.get('wx:if')
    const isElse = node.attributes.has('wx:else')
    const shown = condition !== undefined ? Boolean(value(condition)) : !(isElse && conditionHeld)
    if (condition !== undefined) conditionHeld = shown
    if (!shown) return []
    const list = node.attributes.get('wx:for')
    const scopes =
      list === undefined
        ? [scope]
        : (value(list) as readonly unknown[]).map((item, index) => ({ ...scope, item, index }))
    return scopes.map((inside) => ({
      tag: node.tag,
      attributes: Object.fromEntries(
        [...node.attributes]
          .filter(([name]) => !name.startsWith('wx:'))
          .map(([name, text]) => [name, value(text, inside)]),
      ),
      children: render(node.children, inside, evaluate),
    }))
  })
}

export const textOf = (element: Element | string): string =>
  typeof element === 'string' ? element : element.children.map(textOf).join(' ')

/** That element and all below it. */
export const allOf = (element: Element | string): readonly Element[] =>
  typeof element === 'string' ? [] : [element, ...element.children.flatMap(allOf)]
