/**
 * A foreign rate controller in a real box: every process of the box loads this first, and whoever imports the
 * firmware's controller or its queue limit gets those that stand beside this file.
 */
import { register } from 'node:module'
import type { Contender } from '../../network/contender.js'
import { belacoder } from '../../network/contenders/belacoder.js'
import { moblin } from '../../network/contenders/moblin.js'
import { obs } from '../../network/contenders/obs.js'

const variable = 'LIVE_PUSHER_BENCH_CONTROLLER'

export const foreignControllers: Readonly<Record<string, Contender>> = { obs, belacoder, moblin }

/** For a box's environment. */
export const withForeign = (name: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=${import.meta.url}`,
  [variable]: name,
})

/** The one that this process was started with. */
export const chosenForeign = (): Contender => {
  const found = foreignControllers[process.env[variable] ?? '']
  if (!found) throw new Error(`${variable} names no controller`)
  return found
}

if (process.env[variable] !== undefined) register('./hooks.js', import.meta.url)
