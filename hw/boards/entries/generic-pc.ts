import type { Board } from '../board.js'

/** Whatever is left. */

export const board: Board = {
  id: 'generic-pc',
  title: 'Generic computer',
  compatible: [],
  hardwareEncoders: [],
  x264Preset: 'superfast',
  softwareLimit: { width: 1920, height: 1080, fps: 30 },
  thermal: { hotC: 90, throttlesC: 100 },
  leds: [],
  notes: 'Any computer without an entry of its own; its CPU encodes.',
}
