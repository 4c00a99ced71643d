/** What boards of one family have in common. */
import type { HardwareEncoder, Header, Thermal } from './board.js'

/** GPIO numbers of the 40-pin header, the same on every Pi: pins 11, 13, 15, 16 and 18, 22. */
export const piHeader = (chip: string): Header => ({
  chip,
  buttons: { mute: 17, switchCamera: 27, snapshot: 22, startStop: 23 },
  lights: { tally: 24, mute: 25 },
  pull: 'internal',
})

/** The firmware lowers the clock from 80 °C on, and more at 85 °C. */
export const piThermal: Thermal = { zone: /^cpu-thermal$/, hotC: 75, throttlesC: 80 }

/** The encoder of the bcm2835-codec driver, up to the Pi 4. */
export const piEncoder: HardwareEncoder = {
  element: 'v4l2h264enc',
  v4l2Name: /^bcm2835-codec-encode/,
  limit: { width: 1920, height: 1080, fps: 30 },
}

/** Green and red LED; older kernels call them led0 and led1. */
export const piLeds = ['ACT', 'PWR', 'led0', 'led1'] as const

/**
 * NVIDIA's encoder engine. Its node was renamed with JetPack 5. The kernel can't switch pull resistors of the
 * header: the pin multiplexer is set once, at boot.
 */
export const jetsonEncoder = (fps: number): HardwareEncoder => ({
  element: 'nvv4l2h264enc',
  nodes: ['/dev/v4l2-nvenc', '/dev/nvhost-msenc'],
  limit: { width: 3840, height: 2160, fps },
})

/** The same pins of the 40-pin header as on a Pi: 11, 13, 15, 16 and 18, 22. */
export const orinHeader: Header = {
  chip: 'tegra234-gpio',
  buttons: { mute: 'PR.04', switchCamera: 'PY.00', snapshot: 'PN.01', startStop: 'PY.04' },
  lights: { tally: 'PY.03', mute: 'PY.01' },
  pull: 'external',
}
export const orinThermal: Thermal = { zone: /^cpu-thermal$/i, hotC: 88, throttlesC: 99 }
