import type { Board } from './board.js'

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
    notes: 'H.264 encoder up to 3840x2160 at 30 frames/s; needs the plugins of NVIDIA L4T.',
  },
  {
    id: 'jetson-orin-nx',
    title: 'NVIDIA Jetson Orin NX',
    compatible: [/^nvidia,(?:.*\+)?p3767-000[01](?:-super)?$/],
    hardwareEncoders: ['nvv4l2h264enc'],
    softwareLimit: { width: 1920, height: 1080, fps: 30 },
    notes: 'H.264 encoder up to 3840x2160 at 60 frames/s; needs the plugins of NVIDIA L4T.',
  },
  {
    id: 'jetson-orin-nano',
    title: 'NVIDIA Jetson Orin Nano',
    compatible: [/^nvidia,(?:.*\+)?p3767-000[345](?:-super)?$/],
    hardwareEncoders: [],
    softwareLimit: { width: 1920, height: 1080, fps: 30 },
    notes: 'Has no H.264 encoder in hardware; its CPU encodes.',
  },
]
