import type { Contender } from '../contender.js'

/** No control: the maximum always; pictures that wait for 900 ms go, as in OBS with dynamic bitrate off. */
export const fixed: Contender = {
  name: 'fixed',
  tickMs: 100,
  dropAfterMs: () => 900,
  start:
    ({ maxKbps, width, height, fps }) =>
    () => ({ targetKbps: maxKbps, width, height, fps, drop: false }),
}
