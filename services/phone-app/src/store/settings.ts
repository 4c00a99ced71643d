/** What the app keeps on this phone. A browser that keeps nothing is no reason to fail. */

const prefix = 'live-pusher.'

export const readText = (name: string): string | undefined => {
  try {
    return globalThis.localStorage?.getItem(`${prefix}${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export const storeSetting = (name: string, value: string): void => {
  try {
    globalThis.localStorage?.setItem(`${prefix}${name}`, value)
  } catch {
    // full, or forbidden: it holds until the app is closed
  }
}

/** One of those, the first by default. */
export const readSetting = <const Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice => {
  const stored = readText(name)
  return choices.find((choice) => choice === stored) ?? choices[0]
}

/** A list that was stored as JSON, of those entries only that still have the wanted shape. */
export const readList = <Entry>(
  name: string,
  entry: (value: unknown) => Entry | undefined,
): readonly Entry[] => {
  try {
    const value: unknown = JSON.parse(readText(name) ?? '[]')
    if (!Array.isArray(value)) return []
    return value.flatMap((each) => {
      const read = entry(each)
      return read === undefined ? [] : [read]
    })
  } catch {
    return []
  }
}

export const storeList = (name: string, list: readonly unknown[]): void =>
  storeSetting(name, JSON.stringify(list))
