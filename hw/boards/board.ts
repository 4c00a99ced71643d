/** What the box needs to know of a computer. Entries are data; everything else is in recognise.ts and encoders.ts. */
import type { ButtonName } from '../../firmware/pusher/buttons.js'
import type { LightName } from '../../firmware/pusher/lights.js'

export interface Board {
  /** as in config.yaml, and the name of its file */
  readonly id: string
  readonly title: string
  /**
   * How it is recognised: entries of the device tree's `compatible`, most exact first. Empty: never recognised by
   * it.
   */
  readonly compatible: readonly RegExp[]
  /** for a computer without a device tree: its maker and name as DMI has them, with a blank between */
  readonly dmi?: RegExp
  /** its H.264 encoders in hardware, best first */
  readonly hardwareEncoders: readonly HardwareEncoder[]
  /** x264's preset: the slowest that holds `softwareLimit` */
  readonly x264Preset: 'ultrafast' | 'superfast'
  /**
   * What the CPU alone can be expected to encode with that preset while something else runs too. An estimate from
   * the CPU's class, not a measurement; `live-pusher doctor` measures.
   */
  readonly softwareLimit: PictureLimit
  /** how a camera at the CSI connector is opened; absent: not at all */
  readonly csi?: 'libcamera'
  readonly thermal: Thermal
  /** LEDs of its own below /sys/class/leds, which a light may use */
  readonly leds: readonly string[]
  /** where the documented buttons and lights are; absent: the board has no pins for them */
  readonly header?: Header
  /** for people: what is special */
  readonly notes: string
}

export interface PictureLimit {
  readonly width: number
  readonly height: number
  readonly fps: number
}

export interface HardwareEncoder {
  /** GStreamer's element */
  readonly element: string
  /**
   * What tells, without opening anything, that the hardware and its driver are there: one of these device nodes, or
   * the name of a node of /sys/class/video4linux. Opening an encoder that is not there may hang.
   */
  readonly nodes?: readonly string[]
  readonly v4l2Name?: RegExp
  readonly limit: PictureLimit
}

export interface Thermal {
  /** type of the CPU's zone in /sys/class/thermal; absent: whatever looks like it */
  readonly zone?: RegExp
  /** °C from which on the box makes less work, well below what makes the board slow itself down */
  readonly hotC: number
  /** °C at which the board slows itself down, as its maker says */
  readonly throttlesC: number
}

/** Pins for the buttons and lights that docs/boards.md shows. */
export interface Header {
  /** label of the GPIO chip */
  readonly chip: string
  /** lines of the buttons by their names, on that chip */
  readonly buttons: Readonly<Record<ButtonName, number | string>>
  readonly lights: Readonly<Record<LightName, number | string>>
  /** whether the chip has pull resistors that the kernel can switch on; without, each button needs one of its own */
  readonly pull: 'internal' | 'external'
}
