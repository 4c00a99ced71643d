/** What a command of `live-pusher` declares about itself; parsing and help derive from it. */

export interface OptionAbout {
  /** placeholder of the value in the help, e.g. `FILE`; absent for a switch */
  readonly value?: string
  readonly help: string
}

export interface CommandAbout {
  readonly name: string
  readonly summary: string
  /** names of the words behind the command, e.g. `FILE`; all of them are needed */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, OptionAbout>>
  /** paragraphs of the command's own help */
  readonly details: readonly string[]
  readonly examples: readonly string[]
}

/** What was typed, checked against {@link CommandAbout}. */
export interface Arguments {
  readonly words: readonly string[]
  /** a switch is an empty string */
  readonly options: Readonly<Record<string, string>>
}

/** Where a command writes and what ends it. */
export interface Surroundings {
  readonly out: (line: string) => void
  readonly error: (line: string) => void
  readonly environment: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

export type RunCommand = (typed: Arguments, around: Surroundings) => Promise<number>
