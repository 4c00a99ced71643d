/** The calls that the character devices need. One object, so that a test can be the kernel. */
import { closeSync, constants, openSync, readdirSync, readSync } from 'node:fs'
import { errnoName, ioctl, libcFunction } from '../../firmware/libc.js'
import { eventBytes } from './uapi.js'

export interface GpioKernel {
  /** paths of the chips, in the kernel's order; empty where there is none */
  chips(): readonly string[]
  open(path: string): number
  /** Fills `value` in. @throws Error with the kernel's code */
  ioctl(fd: number, request: number, value: Buffer): void
  /** what waits to be read now; empty when nothing does */
  read(fd: number): Buffer
  /** Calls back whenever something can be read, until the returned function is called. */
  watch(fd: number, readable: () => void): () => void
  close(fd: number): void
}

const mostEventsAtOnce = 64

const fcntl = libcFunction<(fd: number, command: number, value: number) => number>('int fcntl(int, int, int)')

/** Loads epoll: native code that a box without such lines does not need. */
export const openKernel = async (): Promise<GpioKernel> => {
  const { default: epoll } = await import('epoll')
  const setStatusFlags = 4
  return {
    chips: () =>
      entries('/dev')
        .filter((name) => /^gpiochip\d+$/.test(name))
        .sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)))
        .map((name) => `/dev/${name}`),
    open: (path) => openSync(path, constants.O_RDWR),
    ioctl: (fd, request, value) => {
      if (ioctl(fd, request, value) < 0) throw systemError(errnoName())
    },
    read: (fd) => {
      const bytes = Buffer.alloc(eventBytes * mostEventsAtOnce)
      try {
        return bytes.subarray(0, readSync(fd, bytes))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return bytes.subarray(0, 0)
        throw error
      }
    },
    watch: (fd, readable) => {
      // The kernel hands the descriptor out as a blocking one.
      fcntl(fd, setStatusFlags, constants.O_NONBLOCK)
      const poller = new epoll.Epoll(() => readable())
      poller.add(fd, epoll.Epoll.EPOLLIN)
      return () => {
        poller.remove(fd)
        poller.close()
      }
    },
    close: closeSync,
  }
}

const entries = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code })
