/** A state as it comes from the disk, where an older or a newer daemon may have written it. */
import { z } from 'zod'
import type { UpdateState } from './machine.js'

const cause = z.looseObject({ kind: z.string() }) as z.ZodType<{ readonly kind: string }>
const wish = z.object({ url: z.string(), sha256: z.string().exactOptional(), wait: z.boolean() })
const version = z.string()
const origin = z.object({ slot: z.string(), version })
const missing = z.array(z.enum(['frames', 'broker', 'stream']))
const count = z.int().min(0)

const stored: z.ZodType<UpdateState> = z.union([
  z.object({ at: z.literal('idle') }),
  z.object({ at: z.literal('waiting'), before: z.literal('download'), wish }),
  z.object({ at: z.literal('waiting'), before: z.enum(['install', 'reboot']), wish, version }) as z.ZodType<
    UpdateState & { at: 'waiting' }
  >,
  z.object({ at: z.literal('downloading'), wish, percent: z.number() }),
  z.object({ at: z.literal('checking'), wish, tries: count }),
  z.object({ at: z.literal('installing'), wish, version, percent: z.number(), tries: count }),
  z.object({ at: z.literal('rebooting'), version, origin, starts: count, cause: cause.exactOptional() }),
  z.object({ at: z.literal('proving'), version, origin, starts: count, deadlineMs: z.number(), missing }),
  z.object({ at: z.literal('committed'), version }),
  z.object({ at: z.literal('rolled-back'), version, cause }),
  z.object({ at: z.literal('failed'), version: version.exactOptional(), cause }),
])

/** Undefined for what no daemon of this kind wrote. */
export const readState = (value: unknown): UpdateState | undefined => {
  const parsed = stored.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
