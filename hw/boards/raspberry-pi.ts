import type { Board, Header } from './board.js'

/** GPIO numbers of the 40-pin header, the same on every Pi: pins 11, 13, 15, 16 and 18, 22. */
const header = (chip: string): Header => ({
  chip,
  buttons: { mute: 17, switchCamera: 27, snapshot: 22, startStop: 23 },
  lights: { tally: 24, mute: 25 },
  pull: 'internal',
})

/** `compatible` as in the kernel's bcm2837, bcm2711 and bcm2712 device trees. */
export const raspberryPis: readonly Board[] = [
  {
    id: 'raspberry-pi-zero-2-w',
    title: 'Raspberry Pi Zero 2 W',
    compatible: [/^raspberrypi,model-zero-2(?:-w)?$/],
    hardwareEncoders: ['v4l2h264enc'],
    softwareLimit: { width: 640, height: 360, fps: 15 },
    header: header('pinctrl-bcm2835'),
    notes: 'H.264 encoder up to 1920x1080 at 30 frames/s; 512 MB of memory; USB shares one 480 Mbit/s port.',
  },
  {
    id: 'raspberry-pi-3',
    title: 'Raspberry Pi 3',
    compatible: [/^raspberrypi,3-(?:model-[ab](?:-plus)?|compute-module(?:-lite)?)$/],
    hardwareEncoders: ['v4l2h264enc'],
    softwareLimit: { width: 640, height: 360, fps: 25 },
    header: header('pinctrl-bcm2835'),
    notes: 'H.264 encoder up to 1920x1080 at 30 frames/s; Ethernet and USB share one 480 Mbit/s port.',
  },
  {
    id: 'raspberry-pi-4',
    title: 'Raspberry Pi 4',
    compatible: [/^raspberrypi,(?:4-model-b|400|4-compute-module(?:-s)?)$/],
    hardwareEncoders: ['v4l2h264enc'],
    softwareLimit: { width: 1280, height: 720, fps: 30 },
    header: header('pinctrl-bcm2711'),
    notes: 'H.264 encoder up to 1920x1080 at 30 frames/s.',
  },
  {
    id: 'raspberry-pi-5',
    title: 'Raspberry Pi 5',
    compatible: [/^raspberrypi,(?:5-model-b|500|5-compute-module(?:-lite)?)$/],
    hardwareEncoders: [],
    softwareLimit: { width: 1920, height: 1080, fps: 30 },
    header: header('pinctrl-rp1'),
    notes: 'Has no H.264 encoder in hardware; its CPU encodes.',
  },
]
