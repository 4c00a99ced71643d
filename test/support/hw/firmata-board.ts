/**
 * A board with StandardFirmata at a pseudo terminal: johnny-five and its serial port are the real ones. socat makes
 * the terminal and carries its bytes to us.
 */
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Teardown } from '../teardown.js'
import { tempDir } from '../temp-dir.js'
import { waitFor } from '../wait-for.js'

export interface FirmataBoard {
  /** device to open */
  readonly port: string
  /** Puts a voltage on an input pin. */
  drive(pin: number, high: boolean): void
  /** what an output pin shows */
  output(pin: number): boolean
  /** modes that pins were set to: 0 input, 1 output, 11 input with pull-up */
  mode(pin: number): number | undefined
  /** Pulls the USB cable. */
  unplug(): Promise<void>
}

const pins = 20
const [digitalMessage, reportDigital, setPinMode, setDigitalPin, version] = [0x90, 0xd0, 0xf4, 0xf5, 0xf9]
const [sysexStart, sysexEnd, firmware, capabilities, analogMapping] = [0xf0, 0xf7, 0x79, 0x6b, 0x69]

export const startFirmataBoard = async (t: Teardown): Promise<FirmataBoard> => {
  const folder = await tempDir(t)
  const [port, path] = [join(folder, 'ttyPanel'), join(folder, 'bytes')]
  const levels = new Array<boolean>(pins).fill(true)
  const outputs = new Array<boolean>(pins).fill(false)
  const modes = new Map<number, number>()
  const reporting = new Set<number>()
  let host: Socket | undefined
  let greeting: NodeJS.Timeout | undefined

  const say = (...bytes: number[]): void => void host?.write(Buffer.from(bytes))
  /** Text and numbers in 7-bit halves, as sysex messages carry them. */
  const halves = (text: string): number[] => [...Buffer.from(text)].flatMap((byte) => [byte & 127, byte >> 7])
  const greet = (): void => {
    say(version, 2, 6)
    say(sysexStart, firmware, 2, 6, ...halves('StandardFirmata.ino'), sysexEnd)
  }
  const tell = (group: number): void => {
    if (!reporting.has(group)) return
    let bits = 0
    for (let pin = 0; pin < 8; pin++) if (levels[group * 8 + pin]) bits |= 1 << pin
    say(digitalMessage | group, bits & 127, bits >> 7)
  }

  const onSysex = (command: number): void => {
    if (command === firmware) greet()
    if (command === capabilities)
      say(
        sysexStart,
        0x6c,
        // input, output and pull-up, one bit each
        ...Array.from({ length: pins }, () => [0, 1, 1, 1, 11, 1, 127]).flat(),
        sysexEnd,
      )
    if (command === analogMapping) say(sysexStart, 0x6a, ...new Array<number>(pins).fill(127), sysexEnd)
  }

  let waiting: number[] = []
  const onByte = (byte: number): void => {
    if (waiting.length === 0 && byte < 128) return
    waiting.push(byte)
    const [command = 0, first = 0, second = 0] = waiting
    if (command === sysexStart) {
      if (byte !== sysexEnd) return
      onSysex(first)
    } else if (command === version) greet()
    else if ((command & 0xf0) === reportDigital) {
      if (waiting.length < 2) return
      if (first === 1) reporting.add(command & 15)
      tell(command & 15)
    } else if (waiting.length < 3) return
    else if (command === setPinMode) modes.set(first, second)
    else if (command === setDigitalPin) outputs[first] = second === 1
    else if ((command & 0xf0) === digitalMessage)
      for (let pin = 0; pin < 8; pin++)
        outputs[(command & 15) * 8 + pin] = (((first | (second << 7)) >> pin) & 1) === 1
    waiting = []
  }

  const server = createServer((socket) => {
    host = socket
    // A real board says so after the reset that opening its port causes; here nobody tells when that happens.
    greeting = setInterval(greet, 100)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      for (const byte of bytes) onByte(byte)
    })
  })
  server.listen(path)
  const socat = spawn('socat', [`PTY,link=${port},rawer`, `UNIX-CONNECT:${path}`], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => socat.once('exit', () => resolve()))
  t.teardown(async () => {
    clearInterval(greeting)
    socat.kill()
    await ended
    server.close()
  })
  await waitFor(() => existsSync(port) && host !== undefined, { what: 'the pseudo terminal (socat)' })
  return {
    port: realpathSync(port),
    drive: (pin, high) => {
      levels[pin] = high
      tell(pin >> 3)
    },
    output: (pin) => outputs[pin] ?? false,
    mode: (pin) => modes.get(pin),
    unplug: async () => {
      clearInterval(greeting)
      socat.kill()
      await ended
    },
  }
}
