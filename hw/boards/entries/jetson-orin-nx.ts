import type { Board } from '../board.js'
import { jetsonEncoder, orinHeader, orinThermal } from '../families.js'

/** Module p3767-0000 or -0001; the carrier's number stands before the module's, a `-super` may follow. */

export const board: Board = {
  id: 'jetson-orin-nx',
  title: 'NVIDIA Jetson Orin NX',
  compatible: [/^nvidia,(?:.*\+)?p3767-000[01](?:-super)?$/],
  hardwareEncoders: [jetsonEncoder(60)],
  x264Preset: 'superfast',
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  thermal: orinThermal,
  leds: [],
  header: orinHeader,
  notes: 'H.264 encoder up to 3840x2160 at 60 frames/s; needs the plugins of NVIDIA L4T.',
}
