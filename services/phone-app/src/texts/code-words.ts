/** What a code says to people: the words of the code table, but where its cause makes another thing of it. */
import type { CodeEntry } from '../../../../firmware/pusher/codes.js'
import type { Cause } from '../../../../firmware/pusher/events.js'
import { either, text } from './texts.js'

export interface CodeWords {
  readonly what: string
  /** empty when there is nothing to do */
  readonly todo: string
}

/** The bitrate's own codes tell of a slow uplink and of a slow computer; moving the router mends only one of them. */
const ofBitrate = [1005, 1006, 1101]

export const codeWords = (entry: CodeEntry, cause: Cause | undefined): CodeWords => {
  if (cause?.kind === 'encoder-slow' && ofBitrate.includes(entry.code)) {
    const { slowBox, slowBoxHint, fitsBox } = text.value.live
    return entry.level === 'event' ? { what: fitsBox, todo: '' } : { what: slowBox, todo: slowBoxHint }
  }
  return {
    what: either(entry.message, entry.messageZh),
    todo: entry.emitted && entry.level !== 'event' ? either(entry.nextStep, entry.nextStepZh) : '',
  }
}
