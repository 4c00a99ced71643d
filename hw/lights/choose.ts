/** Which lights the configuration means. */
import { existsSync } from 'node:fs'
import { type LightName, type LightSpec, lightNames } from '../../firmware/pusher/lights.js'
import type { Board } from '../boards/board.js'
import { askChip } from '../buttons/choose.js'
import type { FirmataPanel } from '../panel/firmata-panel.js'
import { GpioLamp, type TakeOutput, takeWithGpiod, takeWithOnoff } from './gpio-lamp.js'
import type { Lamp } from './lamp.js'
import { LedLamp } from './led-lamp.js'
import { LogLamp } from './log-lamp.js'
import { PanelLamp } from './panel-lamp.js'

export interface LightsAsked {
  readonly specs: Readonly<Record<LightName, LightSpec>>
  /** how GPIO lines are driven; otherwise what the kernel has */
  readonly driver?: 'gpiod' | 'onoff' | undefined
  /** label of the chip of GPIO lines */
  readonly chip?: string | undefined
}

export const chooseLights = (
  { specs, driver, chip }: LightsAsked,
  board: Pick<Board, 'header'>,
  panel: FirmataPanel | undefined,
  write: (line: string) => void,
): Partial<Record<LightName, Lamp>> => {
  const label = chip ?? board.header?.chip
  const gpio = (line: number | string): Lamp => new GpioLamp({ line, chip: label }, outputsOf(driver))
  const lampOf = (name: LightName): Lamp | undefined => {
    const spec = specs[name]
    switch (spec.kind) {
      case 'none':
        return undefined
      case 'log':
        return new LogLamp(name, write)
      case 'led':
        return new LedLamp(spec.name)
      case 'gpio':
        return gpio(spec.line)
      case 'panel':
        return panel && new PanelLamp(panel, spec.pin)
      case 'board':
        return board.header ? gpio(board.header.lights[name]) : undefined
    }
  }
  return Object.fromEntries(
    lightNames.flatMap((name) => {
      const lamp = lampOf(name)
      return lamp ? [[name, lamp]] : []
    }),
  )
}

const outputsOf = (driver: LightsAsked['driver']): TakeOutput =>
  driver === 'onoff' || (driver === undefined && !existsSync('/dev/gpiochip0'))
    ? takeWithOnoff(askChip)
    : takeWithGpiod()
