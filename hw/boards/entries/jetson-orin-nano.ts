import type { Board } from '../board.js'
import { orinHeader, orinThermal } from '../families.js'

/** Module p3767-0003, -0004 or -0005. */

export const board: Board = {
  id: 'jetson-orin-nano',
  title: 'NVIDIA Jetson Orin Nano',
  compatible: [/^nvidia,(?:.*\+)?p3767-000[345](?:-super)?$/],
  // nvv4l2h264enc may be installed with the plugins of L4T, and hangs when it is opened here.
  hardwareEncoders: [],
  x264Preset: 'superfast',
  softwareLimit: { width: 1280, height: 720, fps: 30 },
  thermal: orinThermal,
  leds: [],
  header: orinHeader,
  notes: 'Has no H.264 encoder in hardware; its CPU encodes.',
}
