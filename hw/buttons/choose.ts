/** Which driver the configuration means, with which buttons where. */
import { type ButtonName, buttonNames } from '../../firmware/pusher/buttons.js'
import type { Board } from '../boards/board.js'
import { findLine } from '../gpio/chips.js'
import { openKernel } from '../gpio/kernel.js'
import type { GpioLine } from '../gpio/line.js'
import type { FindByName } from '../gpio/sysfs-line.js'
import type { FirmataPanel } from '../panel/firmata-panel.js'
import type { ButtonAt, ButtonDriver } from './driver.js'
import { GpiodButtons } from './gpiod-buttons.js'
import { KeyboardButtons } from './keyboard-buttons.js'
import { OnoffButtons } from './onoff-buttons.js'
import { PanelButtons } from './panel-buttons.js'

export type ButtonDriverName = 'none' | 'gpiod' | 'onoff' | 'johnny-five' | 'keyboard'

export interface ButtonsAsked {
  readonly driver: 'auto' | ButtonDriverName
  readonly chip?: string | undefined
  readonly active: 'low' | 'high'
  /** `line` as configured; undefined: the board's own */
  readonly lines: Readonly<Record<ButtonName, number | string | undefined>>
  readonly holdMs: number
}

/** Pins of the documented Firmata panel, and keys. */
const panelPins = { mute: 2, switchCamera: 3, snapshot: 4, startStop: 5 } as const
const keys = { mute: 'm', switchCamera: 'c', snapshot: 's', startStop: 'p' } as const

/**
 * What `auto` means. Reading lines with pull-ups disturbs nothing, so a board that has them gets its buttons unasked;
 * without pull-ups unconnected lines would make up presses.
 */
export const resolveDriver = (
  asked: ButtonsAsked['driver'],
  board: Pick<Board, 'id' | 'header'>,
  onTerminal: boolean,
): ButtonDriverName => {
  if (asked === 'keyboard') return onTerminal ? 'keyboard' : 'none'
  if (asked !== 'auto') return asked
  if (board.id === 'dummy') return onTerminal ? 'keyboard' : 'none'
  return board.header?.pull === 'internal' ? 'gpiod' : 'none'
}

/** Where each button is; those that are nowhere are left out. */
export const placeButtons = (
  driver: ButtonDriverName,
  asked: ButtonsAsked,
  board: Pick<Board, 'header'>,
): ButtonAt<number | string>[] => {
  const own =
    driver === 'johnny-five'
      ? panelPins
      : driver === 'keyboard'
        ? keys
        : // Another chip than the board's has other lines.
          asked.chip === undefined || asked.chip === board.header?.chip
          ? board.header?.buttons
          : undefined
  return buttonNames.flatMap((button) => {
    const at = asked.lines[button] ?? own?.[button]
    return at === undefined || at === 'none' ? [] : [{ button, at }]
  })
}

/** Undefined: there are no buttons. */
export const chooseButtons = (
  asked: ButtonsAsked,
  board: Pick<Board, 'id' | 'header'>,
  {
    onTerminal,
    panel,
  }: {
    readonly onTerminal: boolean
    /** the Firmata board, if one is configured */
    readonly panel: FirmataPanel | undefined
  },
): ButtonDriver | undefined => {
  const driver = resolveDriver(asked.driver, board, onTerminal)
  const buttons = placeButtons(driver, asked, board)
  if (buttons.length === 0) return undefined
  const activeLow = asked.active === 'low'
  const lines = (): ButtonAt<GpioLine>[] =>
    buttons.map(({ button, at }) => ({ button, at: { line: at, chip: asked.chip ?? board.header?.chip } }))
  switch (driver) {
    case 'none':
      return undefined
    case 'gpiod':
      return new GpiodButtons({ buttons: lines(), activeLow })
    case 'onoff':
      return new OnoffButtons({ buttons: lines(), activeLow, findByName: askChip })
    case 'johnny-five':
      return panel && new PanelButtons({ panel, buttons, activeLow })
    case 'keyboard':
      return new KeyboardButtons({
        buttons: buttons.map(({ button, at }) => ({ button, at: String(at) })),
        holdMs: asked.holdMs,
      })
  }
}

/** Names that are not in the device tree: the chip's own device knows them. */
export const askChip: FindByName = async (line) => {
  const { chip, offset } = findLine(await openKernel(), line)
  return { chip, line: offset }
}
