/** What a tap asks of the box: shown as under way until it is answered, and told when it is refused. */
import { signal } from '@preact/signals'
import type { Problem } from '../../../../firmware/pusher/events.js'
import { type Refusal, refusals } from '../../../../firmware/pusher/refusals.js'
import type { Answer } from '../../../client/box-client.js'
import { language, text } from '../texts/texts.js'
import { shownClient } from './box.js'

export interface Toast {
  readonly key: number
  readonly tone: 'good' | 'bad'
  readonly text: string
}

/** methods and attributes that wait for their answer */
export const pending = signal<ReadonlySet<string>>(new Set())
export const toast = signal<Toast | undefined>(undefined)

const shownMs = 5_000
let toasts = 0
let hiding: number | undefined

export const say = (tone: Toast['tone'], words: string): void => {
  toasts += 1
  toast.value = { key: toasts, tone, text: words }
  clearTimeout(hiding)
  hiding = setTimeout(() => {
    toast.value = undefined
  }, shownMs)
}

export const hideToast = (): void => {
  toast.value = undefined
}

const wait = async <Value>(name: string, work: Promise<Value>): Promise<Value> => {
  pending.value = new Set([...pending.value, name])
  try {
    return await work
  } finally {
    const left = new Set(pending.value)
    left.delete(name)
    pending.value = left
  }
}

const silent = (method: string): Answer => ({ ok: false, method, errCode: -5, errMsg: '' })

/** Asks for a method; a refusal is told. A second tap while the first is under way asks nothing. */
export const act = async (method: string, options: object = {}): Promise<Answer | undefined> => {
  if (pending.value.has(method)) return undefined
  const asked = shownClient()?.command(method, { ...options }) ?? Promise.resolve(silent(method))
  const answer = await wait(method, asked)
  if (!answer.ok) say('bad', refusalText(answer))
  return answer
}

/** Changes attributes. The caller shows the problems that belong to its field; the rest is told. */
export const change = async (
  values: Readonly<Record<string, unknown>>,
  shows: readonly string[] = [],
): Promise<Answer> => {
  const names = Object.keys(values).join(' ')
  const asked = shownClient()?.setAttributes(values) ?? Promise.resolve(silent('setAttributes'))
  const answer = await wait(names, asked)
  const hidden = answer.ok ? [] : problemsOf(answer).filter(({ path }) => !shows.includes(path))
  if (!answer.ok && (problemsOf(answer).length === 0 || hidden.length > 0)) say('bad', refusalText(answer))
  return answer
}

export const problemsOf = (answer: Answer): readonly Problem[] => (answer.ok ? [] : (answer.problems ?? []))

/**
 * Changes an attribute while a finger moves: one change is under way at a time, and what was last wanted meanwhile
 * goes next. A slider thus acts as fast as the box does, and ends where the finger does.
 */
export const changeWhileMoving = (name: string): ((value: unknown) => void) => {
  let busy = false
  let next: { readonly value: unknown } | undefined
  const run = async (value: unknown): Promise<void> => {
    busy = true
    const answer = await change({ [name]: value })
    busy = false
    if (next !== undefined && answer.ok) {
      const { value: wanted } = next
      next = undefined
      await run(wanted)
    } else next = undefined
  }
  return (value) => {
    if (busy) next = { value }
    else void run(value)
  }
}

/** Why not, in the language of the app: the box's own word, or what its number means. */
export const refusalText = (answer: Answer): string => {
  if (answer.ok) return ''
  const reason = answer.errMsg.replace(/^operateLivePusher:fail /, '')
  const names = Object.keys(refusals) as Refusal[]
  const name = names.find((each) => refusals[each].errCode === answer.errCode)
  if (answer.errCode === refusals.timedOut.errCode) return text.value.noAnswer
  if (language.value === 'en' && reason !== '') return `${text.value.refused}: ${reason}`
  return name === undefined ? `${text.value.refused}: ${reason}` : text.value.refusals[name]
}
