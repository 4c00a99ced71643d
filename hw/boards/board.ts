/** What the box needs to know of a computer. Entries are data; everything else is in recognise.ts. */

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
  /** for people: what is special */
  readonly notes: string
}
