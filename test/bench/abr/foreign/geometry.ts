/** The firmware's geometry, with the queue limit of the foreign controller. */
import type { Attributes } from '../../../../firmware/pusher/attributes.js'
import * as firmware from '../../../../firmware/pusher/geometry.js'
import { chosenForeign } from './foreign.js'

export * from '../../../../firmware/pusher/geometry.js'

const never = 3_600_000

export const encoderProfile = (mode: Attributes['mode']): ReturnType<typeof firmware.encoderProfile> => ({
  ...firmware.encoderProfile(mode),
  queueLimitMs: chosenForeign().dropAfterMs(mode === 'RTC' ? 'RTC' : 'HD') ?? never,
})
