import type { Board, Header } from './board.js'

/**
 * The same pins of the 40-pin header as on a Pi: 11, 13, 15, 16 and 18, 22. The kernel can't switch their pull
 * resistors: the pin multiplexer is set once, at boot.
 */
const nanoHeader: Header = {
  chip: 'tegra-gpio',
  buttons: { mute: 50, switchCamera: 14, snapshot: 194, startStop: 232 },
  lights: { tally: 15, mute: 13 },
  pull: 'external',
}
const orinHeader: Header = {
  chip: 'tegra234-gpio',
  buttons: { mute: 'PR.04', switchCamera: 'PY.00', snapshot: 'PN.01', startStop: 'PY.04' },
  lights: { tally: 'PY.03', mute: 'PY.01' },
  pull: 'external',
}

/**
 * NVIDIA's module numbers: p3448 in carrier p3450 (or p3449) is the Nano; p3767 is Orin, its last digits tell NX
 * (0000, 0001) from Nano (0003, 0004, 0005). The carrier's number stands before the module's, a `-super` may follow.
 */
export const jetsons: readonly Board[] = [
  {
    id: 'jetson-nano',
    title: 'NVIDIA Jetson Nano',
    compatible: [/^nvidia,p3450-000\d$/, /^nvidia,jetson-nano$/],
    hardwareEncoders: ['nvv4l2h264enc'],
    softwareLimit: { width: 1280, height: 720, fps: 30 },
    header: nanoHeader,
    notes: 'H.264 encoder up to 3840x2160 at 30 frames/s; needs the plugins of NVIDIA L4T.',
  },
  {
    id: 'jetson-orin-nx',
    title: 'NVIDIA Jetson Orin NX',
    compatible: [/^nvidia,(?:.*\+)?p3767-000[01](?:-super)?$/],
    hardwareEncoders: ['nvv4l2h264enc'],
    softwareLimit: { width: 1920, height: 1080, fps: 30 },
    header: orinHeader,
    notes: 'H.264 encoder up to 3840x2160 at 60 frames/s; needs the plugins of NVIDIA L4T.',
  },
  {
    id: 'jetson-orin-nano',
    title: 'NVIDIA Jetson Orin Nano',
    compatible: [/^nvidia,(?:.*\+)?p3767-000[345](?:-super)?$/],
    hardwareEncoders: [],
    softwareLimit: { width: 1920, height: 1080, fps: 30 },
    header: orinHeader,
    notes: 'Has no H.264 encoder in hardware; its CPU encodes.',
  },
]
