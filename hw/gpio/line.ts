/** How a line of a GPIO chip is named, and what may be wrong with it. */

export interface GpioLine {
  /** offset on its chip (what the board's documentation calls GPIO 17 is 17), or the name that the kernel has for it */
  readonly line: number | string
  /** label of the chip, e.g. `pinctrl-bcm2711`; for an offset the first chip, for a name any chip when not given */
  readonly chip?: string | undefined
}

/** For people. */
export const lineTitle = ({ line, chip }: GpioLine): string =>
  `GPIO ${chip === undefined ? '' : `${chip} `}${typeof line === 'number' ? `line ${line}` : line}`

/** There is no such chip or line: what the kernel would answer with ENOENT. */
export const missing = (message: string): Error => Object.assign(new Error(message), { code: 'ENOENT' })

export type LineTrouble = 'missing' | 'denied' | 'busy' | 'failed'

/** What kind of trouble the kernel's answer is. */
export const troubleOf = (error: unknown): LineTrouble => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENOTDIR':
    case 'ENXIO':
      return 'missing'
    case 'EACCES':
    case 'EPERM':
      return 'denied'
    case 'EBUSY':
      return 'busy'
    default:
      return 'failed'
  }
}

export class LineError extends Error {
  readonly trouble: LineTrouble
  /** what it is about, for people */
  readonly title: string

  constructor(title: string, error: unknown) {
    super(`${title}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    this.title = title
    this.trouble = troubleOf(error)
  }
}
