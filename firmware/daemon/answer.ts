/** What a command comes to, before its name is put to it. */
import { okMessage, type Refused } from '../pusher/context.js'

export type Answer = { readonly ok: true; readonly result: Readonly<Record<string, unknown>> } | Refused

/** @param result what the method has to say beside `errMsg` */
export const done = (result: Readonly<Record<string, unknown>> = {}): Answer => ({
  ok: true,
  result: { errMsg: okMessage, ...result },
})

/** The words of whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
