/** Which torch the configuration means. */

import type { GpioLine } from '../gpio/line.js'
import { DummyTorch } from './dummy-torch.js'
import { GpioTorch } from './gpio-torch.js'
import { LedTorch } from './led-torch.js'
import type { Torch } from './torch.js'

export interface TorchAsked {
  /** name of an LED below /sys/class/leds */
  readonly led?: string | undefined
  readonly gpio?: number | undefined
  /** label of the chip that `gpio` counts on */
  readonly chip?: string | undefined
}

/** Undefined: there is none. The dummy board has one of its own. */
export const chooseTorch = (asked: TorchAsked, boardId: string): Torch | undefined => {
  if (asked.led !== undefined) return new LedTorch(asked.led)
  if (asked.gpio !== undefined) {
    const line: GpioLine = { line: asked.gpio, ...(asked.chip === undefined ? {} : { chip: asked.chip }) }
    return new GpioTorch(line)
  }
  return boardId === 'dummy' ? new DummyTorch() : undefined
}
