/**
 * The kernel's GPIO character device as a test can be it: the structures of linux/gpio.h are read and written here by
 * their offsets, apart from the code that is tested.
 */
import type { constants } from 'node:os'
import type { GpioKernel } from '../../../hw/gpio/kernel.js'

export interface SimulatedChip {
  readonly label: string
  /** names of its lines, by offset; an empty one has none */
  readonly lines: readonly string[]
}

interface Taken {
  readonly chip: number
  readonly offsets: number[]
  readonly flags: number
  readonly events: Buffer[]
  readable?: () => void
}

const [input, output, activeLow] = [4, 8, 2]

export class SimulatedKernel implements GpioKernel {
  readonly #chips: readonly SimulatedChip[]
  /** electrical levels by `chip:offset` */
  readonly #levels = new Map<string, boolean>()
  readonly #open = new Map<number, number | Taken>()
  #next = 100
  /** every descriptor that was opened and not closed */
  get descriptors(): number {
    return this.#open.size
  }
  /** flags with which each line is held, by offset */
  readonly held = new Map<number, number>()

  constructor(chips: readonly SimulatedChip[]) {
    this.#chips = chips
  }

  /** Somebody changes the voltage at a line; `silently` as if the interrupt had been lost. */
  drive(chip: number, offset: number, high: boolean, { silently = false } = {}): void {
    if ((this.#levels.get(`${chip}:${offset}`) ?? true) === high) return
    this.#levels.set(`${chip}:${offset}`, high)
    if (silently) return
    for (const taken of this.#open.values()) {
      if (typeof taken === 'number' || taken.chip !== chip || !taken.offsets.includes(offset)) continue
      const event = Buffer.alloc(48)
      event.writeBigUInt64LE(process.hrtime.bigint(), 0)
      event.writeUInt32LE(high !== ((taken.flags & activeLow) !== 0) ? 1 : 2, 8)
      event.writeUInt32LE(offset, 12)
      taken.events.push(event)
      setImmediate(() => taken.readable?.())
    }
  }

  level(chip: number, offset: number): boolean {
    return this.#levels.get(`${chip}:${offset}`) ?? true
  }

  chips(): readonly string[] {
    return this.#chips.map((_, index) => `/dev/gpiochip${index}`)
  }

  open(path: string): number {
    const chip = Number(path.replace('/dev/gpiochip', ''))
    if (!this.#chips[chip]) throw systemError('ENOENT')
    return this.#give(chip)
  }

  ioctl(fd: number, request: number, value: Buffer): void {
    const about = this.#open.get(fd)
    if (about === undefined) throw systemError('EBADF')
    switch (request) {
      case 0x8044b401:
        if (typeof about !== 'number' || value.length !== 68) throw systemError('EINVAL')
        value.write(this.#chips[about]!.label, 32)
        value.writeUInt32LE(this.#chips[about]!.lines.length, 64)
        return
      case 0xc100b405: {
        if (typeof about !== 'number' || value.length !== 256) throw systemError('EINVAL')
        const name = this.#chips[about]!.lines[value.readUInt32LE(64)]
        if (name === undefined) throw systemError('EINVAL')
        value.write(name, 0)
        return
      }
      case 0xc250b407:
        if (typeof about !== 'number' || value.length !== 592) throw systemError('EINVAL')
        value.writeInt32LE(this.#take(about, value), 588)
        return
      case 0xc010b40e:
      case 0xc010b40f: {
        if (typeof about === 'number' || value.length !== 16) throw systemError('EINVAL')
        return this.#values(about, value, request === 0xc010b40f)
      }
      default:
        throw systemError('ENOTTY')
    }
  }

  read(fd: number): Buffer {
    const taken = this.#open.get(fd)
    if (taken === undefined || typeof taken === 'number') throw systemError('EBADF')
    return Buffer.concat(taken.events.splice(0))
  }

  watch(fd: number, readable: () => void): () => void {
    const taken = this.#open.get(fd)
    if (taken === undefined || typeof taken === 'number') throw systemError('EBADF')
    taken.readable = readable
    return () => {
      delete taken.readable
    }
  }

  close(fd: number): void {
    const taken = this.#open.get(fd)
    if (taken === undefined) throw systemError('EBADF')
    if (typeof taken !== 'number') for (const offset of taken.offsets) this.held.delete(offset)
    this.#open.delete(fd)
  }

  #take(chip: number, value: Buffer): number {
    const offsets = Array.from({ length: value.readUInt32LE(560) }, (_, index) =>
      value.readUInt32LE(index * 4),
    )
    const flags = Number(value.readBigUInt64LE(288))
    if (((flags & input) !== 0) === ((flags & output) !== 0)) throw systemError('EINVAL')
    if (offsets.some((offset) => this.held.has(offset))) throw systemError('EBUSY')
    for (const offset of offsets) {
      this.held.set(offset, flags)
      if ((flags & output) !== 0) this.#levels.set(`${chip}:${offset}`, (flags & activeLow) !== 0)
    }
    return this.#give({ chip, offsets, flags, events: [] })
  }

  #values({ chip, offsets, flags }: Taken, value: Buffer, set: boolean): void {
    const [bits, mask] = [value.readBigUInt64LE(0), value.readBigUInt64LE(8)]
    const inverted = (flags & activeLow) !== 0
    let read = 0n
    for (const [index, offset] of offsets.entries()) {
      const bit = 1n << BigInt(index)
      if ((mask & bit) === 0n) continue
      if (set) this.#levels.set(`${chip}:${offset}`, ((bits & bit) !== 0n) !== inverted)
      else if (this.level(chip, offset) !== inverted) read |= bit
    }
    if (!set) value.writeBigUInt64LE(read, 0)
  }

  #give(what: number | Taken): number {
    this.#next += 1
    this.#open.set(this.#next, what)
    return this.#next
  }
}

const systemError = (code: keyof typeof constants.errno): Error => Object.assign(new Error(code), { code })
