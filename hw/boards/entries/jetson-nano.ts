import type { Board } from '../board.js'
import { jetsonEncoder } from '../families.js'

/** Module p3448 in carrier p3450, or p3449. */

export const board: Board = {
  id: 'jetson-nano',
  title: 'NVIDIA Jetson Nano',
  compatible: [/^nvidia,p3450-000\d$/, /^nvidia,jetson-nano$/],
  hardwareEncoders: [jetsonEncoder(30)],
  x264Preset: 'ultrafast',
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  thermal: { zone: /^CPU-therm$/, hotC: 85, throttlesC: 97 },
  leds: [],
  header: {
    chip: 'tegra-gpio',
    buttons: { mute: 50, switchCamera: 14, snapshot: 194, startStop: 232 },
    lights: { tally: 15, mute: 13 },
    pull: 'external',
  },
  notes: 'H.264 encoder up to 3840x2160 at 30 frames/s; needs the plugins of NVIDIA L4T.',
}
