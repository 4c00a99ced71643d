/** What every bench is given and what it hands back. */
import type { Teardown } from '../support/teardown.js'
import type { Stream } from './publishers/publisher.js'

export interface Settings {
  /** length of what is measured in each run */
  readonly seconds: number
  readonly rounds: number
  /** pictures to measure with; each bench has its own default */
  readonly streams: readonly Stream[]
  /** one trace, controller or mode instead of all */
  readonly only: { readonly trace?: string; readonly controller?: string; readonly mode?: string }
  /** an existing folder for a plot of each run */
  readonly plots?: string
}

export interface Surroundings {
  /** tells how far it is */
  readonly say: (line: string) => void
}

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** what a reader has to know to read it right */
  readonly notes?: readonly string[]
}

/** A figure against the aim of the design. */
export interface Aim {
  readonly what: string
  readonly unit: string
  readonly value: number
  readonly limit: number
  readonly met: boolean
}

export const aim = (what: string, value: number, limit: number, unit: string): Aim => ({
  what,
  unit,
  value,
  limit,
  met: value <= limit,
})

export interface Outcome {
  /** everything measured, for programs; samples included */
  readonly results: unknown
  readonly tables: readonly Table[]
  readonly aims: readonly Aim[]
  /** what makes the figures worthless, each as a sentence */
  readonly nonsense: readonly string[]
}

export interface Bench {
  readonly name: string
  readonly summary: string
  /** what --seconds means here */
  readonly seconds: { readonly default: number; readonly help: string }
  readonly rounds: number
  /** as after --size, separated by commas */
  readonly sizes: string
  run(settings: Settings, around: Surroundings): Promise<Outcome>
}

const open = new Set<() => Promise<void>>()

/** Runs with a scope of its own: what was started in it is undone at its end, last first, whatever happens. */
export const scoped = async <Value>(run: (t: Teardown) => Promise<Value>): Promise<Value> => {
  const undos: (() => unknown)[] = []
  const undo = async (): Promise<void> => {
    open.delete(undo)
    for (let last = undos.pop(); last; last = undos.pop()) await last()
  }
  open.add(undo)
  try {
    return await run({ teardown: (last) => undos.push(last) })
  } finally {
    await undo()
  }
}

/** Undoes everything that is still open. */
export const undoAll = async (): Promise<void> => {
  await Promise.allSettled([...open].map((undo) => undo()))
}

/** The same list, starting one further each round: nobody always runs first. */
export const rotated = <Item>(items: readonly Item[], round: number): Item[] => [
  ...items.slice(round % items.length),
  ...items.slice(0, round % items.length),
]
