/** What has happened, newest first, and what of it still needs somebody. Pure. */
import { codes } from '../../../../firmware/pusher/codes.js'
import type { Cause, NoticeEvent, StatusEvent } from '../../../../firmware/pusher/events.js'

export type Entry = { readonly key: string; readonly time: number } & (
  | {
      readonly kind: 'code'
      readonly code: number
      readonly level: 'event' | 'warning' | 'error'
      readonly message: string
      readonly cause: Cause | undefined
      readonly seq: number | undefined
    }
  | {
      readonly kind: 'notice'
      readonly notice: string
      readonly message: string
      readonly cause: Cause | undefined
    }
  | { readonly kind: 'button'; readonly button: string; readonly gesture: 'press' | 'hold' | 'double' }
  | { readonly kind: 'missed'; readonly count: number }
)

const kept = 300

export const codeEntry = ({ code, level, message, cause, time, seq }: StatusEvent): Entry => ({
  key: `code-${time}-${seq}`,
  kind: 'code',
  time,
  code,
  level,
  message,
  cause,
  seq,
})

export const noticeEntry = ({ kind, message, cause, time }: NoticeEvent): Entry => ({
  key: `notice-${time}-${kind}`,
  kind: 'notice',
  notice: kind,
  time,
  message,
  cause,
})

/** With the entry, once; and with a word of those that came between the last one and it and never arrived. */
export const withEntry = (log: readonly Entry[], entry: Entry): readonly Entry[] => {
  if (log.some(({ key }) => key === entry.key)) return log
  const missed = missedBefore(log, entry)
  const gap: readonly Entry[] =
    missed > 0 ? [{ key: `missed-${entry.key}`, kind: 'missed', time: entry.time, count: missed }] : []
  return [entry, ...gap, ...log].slice(0, kept)
}

const missedBefore = (log: readonly Entry[], entry: Entry): number => {
  if (entry.kind !== 'code' || entry.seq === undefined) return 0
  const last = log.find((each) => each.kind === 'code' && each.seq !== undefined)
  if (last?.kind !== 'code' || last.seq === undefined) return 0
  // A box that started anew counts from 1.
  return entry.seq > last.seq ? entry.seq - last.seq - 1 : 0
}

/** What ends a trouble: a later code, or time. */
const cures: ReadonlyMap<number, readonly number[]> = new Map<number, readonly number[]>([
  [-1301, [1003, 1007]],
  [10001, [1003, 1007]],
  [5000, [1003, 1007]],
  ...[1102, 3001, 3002, 3003, 3004, 3005, -1307, -1313, -1305, -1306].map((code) => [code, [1002]] as const),
])
const passesMs = 60_000

/** The newest warning or error that nothing has cured yet; undefined when all is well. */
export const trouble = (
  log: readonly Entry[],
  nowMs: number,
): { readonly code: number; readonly entry: Entry } | undefined => {
  const later = new Set<number>()
  for (const entry of log) {
    if (entry.kind !== 'code') continue
    const { code, level, time } = entry
    const cure = cures.get(code)
    const lasts = cure === undefined ? nowMs - time < passesMs : !cure.some((each) => later.has(each))
    // 1102 only says that it is tried again: why is the code before it.
    if (level !== 'event' && lasts && code !== 1102 && codes.has(code)) return { code, entry }
    later.add(code)
  }
  return undefined
}
