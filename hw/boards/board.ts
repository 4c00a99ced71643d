/** What the box needs to know of a computer. Entries are data; everything else is in recognise.ts. */

import type { ButtonName } from '../../firmware/pusher/buttons.js'
import type { LightName } from '../../firmware/pusher/lights.js'

export interface Board {
  /** as in config.yaml */
  readonly id: string
  readonly title: string
  /**
   * How it is recognised: entries of the device tree's `compatible`, most exact first. Empty: never recognised,
   * only asked for by id, or the one that is left.
   */
  readonly compatible: readonly RegExp[]
  /** GStreamer's H.264 encoders in hardware, best first */
  readonly hardwareEncoders: readonly string[]
  /**
   * What the CPU alone can be expected to encode with x264's fastest presets while something else runs too.
   * An estimate from the CPU's class, not a measurement.
   */
  readonly softwareLimit: { readonly width: number; readonly height: number; readonly fps: number }
  /** where the documented buttons and lights are; absent: the board has no pins for them */
  readonly header?: Header
  /** for people: what is special */
  readonly notes: string
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
