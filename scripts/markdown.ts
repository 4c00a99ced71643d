/** One table, its columns aligned; cells are text in which `|`, `<` and line ends lose their meaning. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows].map((cells) => cells.map(cell))
  // Three dashes are the least that a column's rule has.
  const widths = headers.map((_, column) => Math.max(3, ...lines.map((cells) => width(cells[column] ?? ''))))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((most, column) => pad(cells[column] ?? '', most)).join(' | ')} |`
  const rule = widths.map((most) => '-'.repeat(most))
  const [head = [], ...body] = lines
  return [head, rule, ...body].map(line).join('\n')
}

/** Text as code. */
export function code(text: string): string {
  return `\`${text}\``
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ')
}

function pad(text: string, most: number): string {
  return text + ' '.repeat(most - width(text))
}

/** Columns on a screen: Chinese letters and punctuation take two. */
function width(text: string): number {
  return text.length + (text.match(/[\u2e80-\u9fff\uff00-\uff60]/g)?.length ?? 0)
}
