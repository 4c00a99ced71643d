/**
 * The known name that an unknown one was probably meant to be; undefined when none is near (more than half of
 * its letters differ) or the text is too long to be a mistyped name. Case does not count.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name === '' || name.length > 64) return undefined
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.ceil(wanted.length / 2) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** Insertions, deletions and substitutions that turn one text into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
