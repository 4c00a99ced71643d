import type { CommandReply } from '../../../firmware/pusher/events.js'

type Changes = Readonly<
  Record<string, { readonly value: unknown; readonly took: string; readonly note?: string } | undefined>
>

/** What the reply to `setAttributes` lists; throws when it was refused. */
export const changesOf = (reply: CommandReply): Changes => {
  if (!reply.ok) throw new Error(reply.errMsg)
  return reply.result.changed as Changes
}
