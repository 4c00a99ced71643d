import type { Board } from './board.js'

export const genericPc: Board = {
  id: 'generic-pc',
  title: 'Generic computer',
  compatible: [],
  hardwareEncoders: [],
  softwareLimit: { width: 1920, height: 1080, fps: 30 },
  notes: 'Any computer without an entry of its own; its CPU encodes.',
}

export const dummy: Board = {
  id: 'dummy',
  title: 'No board: test picture and test tone',
  compatible: [],
  hardwareEncoders: [],
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  notes: 'For trying out and for tests; asked for by name only.',
}
