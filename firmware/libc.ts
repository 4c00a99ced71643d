/** The C library's own functions, for what Node.js has no call for. Loaded at first use: few commands need any. */
import { constants } from 'node:os'
import koffi from 'koffi'

let library: ReturnType<typeof koffi.load> | undefined

/** @param prototype in C; `Call` must be what it says */
export const libcFunction = <Call extends (...values: never[]) => number>(prototype: string): Call => {
  let call: ((...values: unknown[]) => number) | undefined
  const atFirstUse = (...values: unknown[]): number => {
    library ??= koffi.load('libc.so.6')
    call ??= library.func(prototype) as (...values: unknown[]) => number
    return call(...values)
  }
  return atFirstUse as unknown as Call
}

/** ioctl(2); -1 on failure. */
export type Ioctl = (fd: number, request: number, argument: Buffer) => number

// Variadic in C; on Linux a pointer is passed alike either way.
export const ioctl: Ioctl = libcFunction('int ioctl(int, unsigned long, void *)')

/** setsockopt(2); 0 when the kernel took it. */
export const setsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Buffer,
  length: number,
) => number = libcFunction('int setsockopt(int, int, int, void *, uint32_t)')

/** The name of what the last call of this thread failed with, such as ENOTTY; empty when it has none. */
export const errnoName = (): string =>
  Object.entries(constants.errno).find(([, number]) => number === koffi.errno())?.[0] ?? ''
