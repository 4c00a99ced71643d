import type { Board } from '../board.js'
import { piEncoder, piHeader, piLeds } from '../families.js'

export const board: Board = {
  id: 'raspberry-pi-3',
  title: 'Raspberry Pi 3',
  compatible: [/^raspberrypi,3-(?:model-[ab](?:-plus)?|compute-module(?:-lite)?)$/],
  hardwareEncoders: [piEncoder],
  x264Preset: 'ultrafast',
  softwareLimit: { width: 640, height: 360, fps: 25 },
  csi: 'libcamera',
  // The 3B+ has a soft limit of 60 °C, which costs it 200 MHz of 1400 and is told as soft-temperature-limit.
  thermal: { zone: /^cpu-thermal$/, hotC: 72, throttlesC: 80 },
  leds: piLeds,
  header: piHeader('pinctrl-bcm2835'),
  notes: 'H.264 encoder up to 1920x1080 at 30 frames/s; Ethernet and USB share one 480 Mbit/s port.',
}
