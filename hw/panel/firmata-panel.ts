/** The connection to a Firmata panel, which buttons and lights share. */
import { statSync } from 'node:fs'
import type { Board } from 'johnny-five'

type JohnnyFive = typeof import('johnny-five')['default']

export interface PanelParts {
  readonly five: JohnnyFive
  readonly board: Board
}

export interface PanelOptions {
  /** device of the serial port */
  readonly port: string
  /** ms until the firmware must have said what it can */
  readonly answerMs?: number
}

/** A board resets when its port is opened, and tells its pins one by one. */
const usualAnswerMs = 8_000

export class FirmataPanel {
  readonly title: string
  readonly #options: PanelOptions
  #connection: Promise<PanelParts> | undefined
  #watching: NodeJS.Timeout | undefined
  #users = new Set<(error: unknown) => void>()

  constructor(options: PanelOptions) {
    this.#options = options
    this.title = `panel at ${options.port}`
  }

  /**
   * The panel's board, ready; the same for all who ask until it is lost.
   * @param onLost called once when it is gone
   * @throws when it does not answer
   */
  async connect(onLost: (error: unknown) => void): Promise<PanelParts> {
    this.#users.add(onLost)
    try {
      this.#connection ??= this.#open()
      return await this.#connection
    } catch (error) {
      this.#users.delete(onLost)
      throw error
    }
  }

  /** Whoever connected does not want it any more; the last one closes the port. */
  async release(onLost: (error: unknown) => void): Promise<void> {
    if (!this.#users.delete(onLost) || this.#users.size > 0) return
    const connection = this.#connection
    this.#connection = undefined
    clearInterval(this.#watching)
    const parts = await connection?.catch(() => undefined)
    if (parts) await close(parts.board)
  }

  /** The serial port does not always notice that its cable was pulled; the node of the device goes, or is another. */
  #watch(node: number | undefined, isGone: () => void): void {
    clearInterval(this.#watching)
    this.#watching = setInterval(() => {
      if (nodeOf(this.#options.port) !== node) isGone()
    }, watchMs)
  }

  async #open(): Promise<PanelParts> {
    const { port, answerMs = usualAnswerMs } = this.#options
    let board: Board | undefined
    try {
      const { default: five } = await import('johnny-five')
      board = new five.Board({ port, repl: false, debug: false, sigint: false, timeout: answerMs })
      const parts = { five, board }
      await ready(board, answerMs)
      const lost = (error: unknown): void => this.#lost(parts, asError(error))
      board.on('error', lost)
      board.io?.transport?.on('close', () => lost(gone(port)))
      this.#watch(nodeOf(port), () => lost(gone(port)))
      return parts
    } catch (error) {
      this.#connection = undefined
      if (board) await close(board)
      throw error
    }
  }

  #lost({ board }: PanelParts, error: unknown): void {
    const users = [...this.#users]
    if (!this.#connection || users.length === 0) return
    this.#connection = undefined
    clearInterval(this.#watching)
    this.#users.clear()
    void close(board)
    for (const tell of users) tell(error)
  }
}

const ready = (board: Board, answerMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer: is it a board with Firmata?')), answerMs)
    const end = (finish: () => void) => (): void => {
      clearTimeout(timer)
      finish()
    }
    board.once('ready', end(resolve))
    board.on('error', (error: unknown) => end(() => reject(asError(error)))())
    // The port may fail before johnny-five listens to it.
    board.io?.transport?.on('error', (error) => end(() => reject(asError(error)))())
  })

/** serialport tells what the system said in words only: its codes are put back. */
const asError = (error: unknown): Error => {
  // johnny-five's own reports are no errors, but objects with a message.
  const told = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
  const message = String(told)
  const code = /no such file/i.test(message)
    ? 'ENOENT'
    : /permission denied|not permitted/i.test(message)
      ? 'EACCES'
      : /lock|busy|temporarily unavailable/i.test(message)
        ? 'EBUSY'
        : undefined
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}

const gone = (port: string): Error => Object.assign(new Error(`${port} was unplugged`), { code: 'ENODEV' })

const watchMs = 1_000

/** Undefined where there is no such device. */
const nodeOf = (port: string): number | undefined => {
  try {
    return statSync(port).ino
  } catch {
    return undefined
  }
}

const closeMs = 2_000

const close = (board: Board): Promise<void> =>
  new Promise((resolve) => {
    const transport = board.io?.transport
    if (!transport?.isOpen) return resolve()
    const timer = setTimeout(resolve, closeMs)
    transport.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
