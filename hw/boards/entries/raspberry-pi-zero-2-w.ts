import type { Board } from '../board.js'
import { piEncoder, piHeader, piLeds, piThermal } from '../families.js'

export const board: Board = {
  id: 'raspberry-pi-zero-2-w',
  title: 'Raspberry Pi Zero 2 W',
  compatible: [/^raspberrypi,model-zero-2(?:-w)?$/],
  hardwareEncoders: [piEncoder],
  x264Preset: 'ultrafast',
  softwareLimit: { width: 640, height: 360, fps: 15 },
  csi: 'libcamera',
  thermal: piThermal,
  leds: piLeds,
  header: piHeader('pinctrl-bcm2835'),
  notes: 'H.264 encoder up to 1920x1080 at 30 frames/s; 512 MB of memory; USB shares one 480 Mbit/s port.',
}
