/** What one examination comes to. */
export interface Finding {
  /** stable, for programs */
  readonly id: string
  /** a word or two, for people */
  readonly title: string
  /** `problem` keeps the box from doing its work; `remark` is worth knowing */
  readonly level: 'ok' | 'remark' | 'problem'
  /** what was found, one line each */
  readonly facts: readonly string[]
  /** what to do about it; not for `ok` */
  readonly advice?: string
}

const levels = ['ok', 'remark', 'problem'] as const

/** The worst of several. */
export const worst = (...all: readonly Finding['level'][]): Finding['level'] =>
  levels[Math.max(0, ...all.map((level) => levels.indexOf(level)))] ?? 'ok'

/** Undefined rather than an error: what can't be asked is not wrong by that. */
export const quietly = <Value>(asked: Promise<Value>): Promise<Value | undefined> =>
  asked.catch(() => undefined)
