/** A box in front of a server that lets it down, and what it says of that. */
import type { Cause } from '../../../firmware/pusher/events.js'
import { type RunningBox, startBox } from '../../support/box.js'
import type { Teardown } from '../../support/teardown.js'

const reconnect = { attempts: 1, 'interval-s': 3 }

/** A box that was told to push there, with one retry before -1307. */
export const pushingTo = async (
  t: Teardown,
  url: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<RunningBox> => {
  const box = await startBox(t, { config: { reconnect, attributes: { url }, ...config } })
  const reply = await box.request('start')
  if (!reply.ok) throw new Error(reply.errMsg)
  return box
}

/** What a slow server and a slow link look like to the rate controller as well. */
const rateCodes = [1005, 1006, 1101]

/** Codes of the connection in the order in which they came, without those of capture and of the rate. */
export const connectionCodes = (box: RunningBox): number[] =>
  box.codes().flatMap(({ code }) => ([1003, 1007, 1008, ...rateCodes].includes(code) ? [] : [code]))

export const causesOf = (box: RunningBox, code: number): (Cause | undefined)[] =>
  box
    .codes()
    .filter((event) => event.code === code)
    .map(({ cause }) => cause)

export const msBetween = (earlier: { time: number }, later: { time: number }): number =>
  later.time - earlier.time
