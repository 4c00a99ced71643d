import type { Board } from '../board.js'
import { piEncoder, piHeader, piLeds, piThermal } from '../families.js'

export const board: Board = {
  id: 'raspberry-pi-4',
  title: 'Raspberry Pi 4',
  compatible: [/^raspberrypi,(?:4-model-b|400|4-compute-module(?:-s)?)$/],
  hardwareEncoders: [piEncoder],
  x264Preset: 'ultrafast',
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  csi: 'libcamera',
  thermal: piThermal,
  leds: piLeds,
  header: piHeader('pinctrl-bcm2711'),
  notes: 'H.264 encoder up to 1920x1080 at 30 frames/s.',
}
