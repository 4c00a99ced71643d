import type { Board } from '../board.js'

/** Asked for by name only. */

export const board: Board = {
  id: 'dummy',
  title: 'No board: test picture and test tone',
  compatible: [],
  hardwareEncoders: [],
  x264Preset: 'ultrafast',
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  thermal: { hotC: 90, throttlesC: 100 },
  leds: [],
  notes: 'For trying out and for tests; asked for by name only.',
}
