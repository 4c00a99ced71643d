/** `wx` as far as a controller of a box needs it: real sockets, real downloads, a storage, toasts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { Wx } from '../../../services/client/sockets.js'
import type { Teardown } from '../teardown.js'

export interface FakePhone {
  readonly wx: Wx & Record<string, unknown>
  readonly toasts: readonly string[]
  /** cuts every socket, as a phone that loses its network does */
  cut(): void
}

export const fakePhone = (
  t: Teardown,
  storage: Readonly<Record<string, unknown>>,
  navigate: (path: string | undefined) => void,
): FakePhone => {
  const folder = mkdtempSync(join(tmpdir(), 'phone-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const stored = new Map(Object.entries(structuredClone(storage)))
  const toasts: string[] = []
  const sockets = new Set<WebSocket>()
  t.teardown(() => {
    for (const socket of sockets) socket.terminate()
  })
  let files = 0
  return {
    toasts,
    cut: () => {
      for (const socket of sockets) socket.terminate()
    },
    wx: {
      connectSocket: ({ url, protocols, fail }) => {
        const socket = new WebSocket(url, [...protocols])
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        return {
          onOpen: (listener) => void socket.on('open', () => listener()),
          onMessage: (listener) =>
            void socket.on('message', (data: Buffer) => listener({ data: Uint8Array.from(data).buffer })),
          onClose: (listener) =>
            void socket.on('close', (_code, reason) => listener({ reason: String(reason) })),
          onError: (listener) => {
            socket.on('error', ({ message }) => {
              fail?.({ errMsg: `connectSocket:fail ${message}` })
              listener({ errMsg: message })
            })
          },
          // A phone sends the whole buffer, whatever view of it there is.
          send: ({ data, fail: failed }) => {
            if (Object.prototype.toString.call(data) !== '[object ArrayBuffer]')
              throw new TypeError('sendSocketMessage:fail data must be a String or an ArrayBuffer')
            socket.send(Buffer.from(new Uint8Array(data)), (error) => {
              if (error) failed?.({ errMsg: `sendSocketMessage:fail ${error.message}` })
            })
          },
          close: () => socket.close(),
        }
      },
      downloadFile: ({ url, header, success, fail }) => {
        const load = async (): Promise<void> => {
          const response = await fetch(url, { ...(header ? { headers: header } : {}) })
          files += 1
          const tempFilePath = join(folder, `${files}.jpg`)
          await writeFile(tempFilePath, Buffer.from(await response.arrayBuffer()))
          success({ tempFilePath, statusCode: response.status })
        }
        load().catch((error: Error) => fail({ errMsg: `downloadFile:fail ${error.message}` }))
      },
      showToast: ({ title }: { readonly title: string }) => void toasts.push(title),
      getStorageSync: (key: string) => stored.get(key) ?? '',
      setStorageSync: (key: string, value: unknown) => void stored.set(key, structuredClone(value)),
      navigateTo: ({ url }: { readonly url: string }) => navigate(url),
      navigateBack: () => navigate(undefined),
    },
  }
}
