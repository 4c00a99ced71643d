/** The sections `buttons` and `lights` of config.yaml. */
import { z } from 'zod'
import {
  asMethod,
  type ButtonName,
  buttonActionNames,
  buttonActions,
  defaultButtonActions,
  type gestureNames,
} from '../pusher/buttons.js'
import { type LightSpec, lightSpecForms, parseLightSpec } from '../pusher/lights.js'
import { key, section } from './key-docs.js'

const whole = (min: number, max: number) => z.int().min(min).max(max)

const printable = (text: string): boolean => !/\p{Cc}/u.test(text)

export const buttonDrivers = ['auto', 'none', 'gpiod', 'onoff', 'johnny-five', 'keyboard'] as const

/** A line is an offset, or a name as the kernel, a panel or a keyboard has it. */
/** A type of its own for each button: its documentation hangs on it. */
const line = () =>
  z
    .union([z.number(), z.string()])
    .superRefine((value, context) => {
      const isLine =
        typeof value === 'number'
          ? Number.isInteger(value) && value >= 0 && value <= 1023
          : /^[A-Za-z0-9][A-Za-z0-9_.+:-]{0,31}$/.test(value)
      if (!isLine)
        context.issues.push({
          code: 'custom',
          input: '***',
          message: 'must be a line from 0 to 1023, the name of a line, or none',
        })
    })
    .optional()

type ActionEnum = { [Name in (typeof buttonActionNames)[number]]: Name }

const button = (name: ButtonName) => {
  const standard = defaultButtonActions[name]
  const action = (gesture: (typeof gestureNames)[number], help: string) =>
    key(z.enum(buttonActionNames).default(standard[gesture]), { help, values: 'an action' })
  return section(`The button ${name}.`, {
    line: key(line(), {
      help: 'Where it is.',
      values: 'a line, see above',
      example: exampleLines[name],
      defaultText: "the board's own",
    }),
    press: action('press', 'When it is pressed.'),
    hold: action('hold', 'When it is held down for hold-ms.'),
    double: action('double', 'When it is pressed twice.'),
  } satisfies { line: z.ZodType } & Record<
    (typeof gestureNames)[number],
    z.ZodDefault<z.ZodEnum<ActionEnum>>
  >)
}

const exampleLines = { mute: '17', switchCamera: '27', snapshot: 'GPIO22', startStop: 'none' } as const

const actionsHelp = Object.entries(buttonActions)
  .filter(([, help]) => help !== asMethod)
  .map(([action, help]) => `${action}: ${help}`)
  .join('; ')
const methodActions = Object.entries(buttonActions).flatMap(([action, help]) =>
  help === asMethod ? [action] : [],
)

export const buttonsSection = section(
  `Buttons of the box. A line is the offset on its GPIO chip (0 to 1023), the line's name, a pin of the Firmata board, or a letter of the keyboard; none: there is no such button. An action is ${actionsHelp}; ${methodActions.join(', ')}: as the methods. A gesture with the action none does not exist: without hold a press is told at once and not at the release, without double nobody waits for a second press. Every gesture is an MQTT event, whatever becomes of its action.`,
  {
    driver: key(z.enum(buttonDrivers).default('auto'), {
      help: "gpiod: lines of /dev/gpiochip*, with the chip's pull resistors. onoff: lines of /sys/class/gpio, for older kernels. johnny-five: a Firmata board at a serial port. auto: gpiod on a board whose header has pull resistors, the keyboard on the dummy board, else none.",
    }),
    chip: key(
      z
        .string()
        .max(64)
        .refine((label) => label !== '' && printable(label), { error: 'must be the label of a GPIO chip' })
        .optional(),
      {
        help: 'Label of the GPIO chip whose lines are meant, as gpiodetect shows it in brackets.',
        values: 'text',
        example: 'pinctrl-bcm2711',
        defaultText: "the board's own",
      },
    ),
    port: key(
      z
        .string()
        .max(256)
        .refine((path) => path.startsWith('/dev/') && printable(path) && !path.includes('..'), {
          error: 'must be a serial port such as /dev/ttyACM0',
        })
        .optional(),
      {
        help: 'Serial port of the Firmata board.',
        values: 'a path below /dev',
        example: '/dev/serial/by-id/usb-Arduino_Uno-if00',
      },
    ),
    active: key(z.enum(['low', 'high']).default('low'), {
      help: 'Level of a pressed button: low when it connects its line to ground.',
    }),
    'debounce-ms': key(whole(1, 200).default(20), {
      help: 'A level that stays for less is contact bounce.',
      unit: 'ms',
    }),
    'hold-ms': key(whole(200, 10_000).default(700), { help: 'From here on it is a hold.', unit: 'ms' }),
    'double-ms': key(whole(100, 2_000).default(300), {
      help: 'Longest pause between the two presses of a double one.',
      unit: 'ms',
    }),
    mute: button('mute'),
    switchCamera: button('switchCamera'),
    snapshot: button('snapshot'),
    startStop: button('startStop'),
  },
)

const light = () =>
  z.string().transform((text, context): LightSpec => {
    const parsed = parseLightSpec(text)
    if (parsed !== undefined) return parsed
    context.issues.push({ code: 'custom', input: text, message: `must be ${lightSpecForms}` })
    return z.NEVER
  })

export const lightsSection = section(
  'Lights of the box, driven from its published state. A GPIO line is an output then: wire it as docs/boards.md shows. gpio lines go through the driver and the chip of buttons, panel pins through its port.',
  {
    tally: key(light().prefault('none'), {
      help: 'Off when idle, blinking while connecting, solid while pushing, a short flash while paused, a double blink after a failure.',
      values: lightSpecForms,
      example: 'led:ACT',
    }),
    mute: key(light().prefault('none'), {
      help: 'On while the sound is muted.',
      values: lightSpecForms,
      example: 'board',
    }),
  },
)
