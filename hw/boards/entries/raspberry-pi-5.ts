import type { Board } from '../board.js'
import { piHeader, piLeds, piThermal } from '../families.js'

export const board: Board = {
  id: 'raspberry-pi-5',
  title: 'Raspberry Pi 5',
  compatible: [/^raspberrypi,(?:5-model-b|500|5-compute-module(?:-lite)?)$/],
  hardwareEncoders: [],
  x264Preset: 'superfast',
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  csi: 'libcamera',
  thermal: piThermal,
  leds: piLeds,
  header: piHeader('pinctrl-rp1'),
  notes: 'Has no H.264 encoder in hardware; its CPU encodes.',
}
