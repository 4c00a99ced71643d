/** The buttons and lights of a box, from its configuration: compose.ts and the command lights-off build it. */
import type { Board } from '../hw/boards/board.js'
import { Buttons, type ButtonTrouble } from '../hw/buttons/buttons.js'
import { chooseButtons } from '../hw/buttons/choose.js'
import type { GestureRules } from '../hw/buttons/gestures.js'
import { chooseLights } from '../hw/lights/choose.js'
import { Lights, type LightTrouble } from '../hw/lights/lights.js'
import { FirmataPanel } from '../hw/panel/firmata-panel.js'
import type { Config } from './config/schema.js'
import { ButtonCommands } from './daemon/button-actions.js'
import { type ButtonName, buttonNames } from './pusher/buttons.js'
import type { Box, ButtonEvent, Cause } from './pusher/events.js'

export interface ControlsOptions {
  readonly config: Pick<Config, 'buttons' | 'lights'>
  readonly board: Board
  /** whether somebody sits at the terminal */
  readonly onTerminal: boolean
  /** where lights without a light write */
  readonly write: (line: string) => void
}

/** The box as buttons and lights need it. */
export interface ControlledBox extends Pick<Box, 'submit' | 'state' | 'attributes' | 'on'> {
  relay(name: 'button', event: ButtonEvent): void
  notice(kind: string, message: string, cause?: Cause): void
}

const stuckMs = 30_000
const stopMs = 1_000

export class Controls {
  readonly buttons: Buttons | undefined
  readonly #lights: Lights
  readonly #config: Pick<Config, 'buttons' | 'lights'>
  /** what went wrong before anybody listened */
  #troubles: (ButtonTrouble | LightTrouble)[] = []
  #box: ControlledBox | undefined
  #unfollow: () => void = () => undefined
  readonly #atExit = (): void => this.#lights.offNow()

  constructor({ config, board, onTerminal, write }: ControlsOptions) {
    this.#config = config
    const { driver, chip, port, active } = config.buttons
    const panel = port === undefined ? undefined : new FirmataPanel({ port })
    const onTrouble = (trouble: ButtonTrouble | LightTrouble): void => this.#tell(trouble)
    const chosen = chooseButtons(
      {
        ...{ driver, chip, active, holdMs: config.buttons['hold-ms'] },
        lines: byName((name) => config.buttons[name].line),
      },
      board,
      { onTerminal, panel },
    )
    this.buttons =
      chosen &&
      new Buttons({ driver: chosen, rules: byName((name) => rulesOf(config.buttons, name)), onTrouble })
    const asked = driver === 'gpiod' || driver === 'onoff' ? driver : undefined
    const lamps = chooseLights({ specs: config.lights, chip, driver: asked }, board, panel, write)
    this.#lights = new Lights(lamps, onTrouble)
  }

  /** Takes the buttons and the lights. What is pressed from now on counts, also before `obey`. Never rejects. */
  async start(): Promise<void> {
    process.on('exit', this.#atExit)
    await Promise.all([this.buttons?.start(), this.#lights.start()])
  }

  /** The lights show that box's state from now on. */
  follow(box: ControlledBox): void {
    this.#lights.show(box.state())
    this.#unfollow = box.on('state', (state) => this.#lights.show(state))
  }

  /** The buttons command that box from now on, and whoever listens to it hears what is wrong with them. */
  obey(box: ControlledBox): void {
    this.#box = box
    for (const trouble of this.#troubles.splice(0)) this.#tell(trouble)
    const commands = new ButtonCommands({
      box,
      actions: byName((name) => this.#config.buttons[name]),
      tell: (event) => box.relay('button', event),
      refused: ({ button, gesture }, { method, errCode, errMsg }) =>
        box.notice('button-refused', `The button ${button} (${gesture}): ${method} was refused: ${errMsg}`, {
          kind: 'button-refused',
          ...{ button, gesture, method, errCode },
        }),
    })
    this.buttons?.listen((gesture) => commands.on(gesture))
  }

  /** Only that: takes the lights, which switches them off, and lets go of them. Gives what went wrong, in words. */
  async lightsOff(): Promise<string[]> {
    await this.#lights.start()
    await this.stop()
    return this.#troubles.map(({ message }) => message)
  }

  /** Lets go of everything; all lights are off. Idempotent. */
  async stop(): Promise<void> {
    this.#unfollow()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, stopMs)
    })
    // A panel that is just being opened answers late or never.
    await Promise.race([Promise.all([this.buttons?.stop(), this.#lights.stop()]), late])
    clearTimeout(timer)
    process.off('exit', this.#atExit)
  }

  #tell(trouble: ButtonTrouble | LightTrouble): void {
    const { kind, message, cause } = trouble
    if (this.#box) this.#box.notice(kind, message, cause)
    else this.#troubles.push(trouble)
  }
}

const byName = <Value>(value: (name: ButtonName) => Value): Record<ButtonName, Value> =>
  Object.fromEntries(buttonNames.map((name) => [name, value(name)])) as Record<ButtonName, Value>

const rulesOf = (buttons: Config['buttons'], name: ButtonName): GestureRules => ({
  debounceMs: buttons['debounce-ms'],
  holdMs: buttons['hold-ms'],
  doubleMs: buttons['double-ms'],
  stuckMs,
  hold: buttons[name].hold !== 'none',
  double: buttons[name].double !== 'none',
})
