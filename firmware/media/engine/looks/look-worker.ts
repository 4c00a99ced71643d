/** The thread in which the CPU computes looks: a picture comes in, the changed one goes back, in order. */
import { parentPort } from 'node:worker_threads'
import type { Look } from '../../graph/looks.js'
import type { Colorimetry } from './i420.js'
import { PixelLook } from './look-pixels.js'

export type ToLookWorker =
  | { readonly type: 'look'; readonly look: Look }
  | {
      readonly type: 'picture'
      readonly width: number
      readonly height: number
      readonly colorimetry: Colorimetry
      /** the picture lies behind that many bytes */
      readonly data: ArrayBuffer
      readonly offset: number
    }

let look: Look | undefined
let pixels: { readonly key: string; readonly look: PixelLook } | undefined

const obey = (message: ToLookWorker): void => {
  if (message.type === 'look') {
    look = message.look
    pixels?.look.set(look)
    return
  }
  const { width, height, colorimetry, data, offset } = message
  if (look) {
    const key = JSON.stringify([width, height, colorimetry])
    if (pixels?.key !== key) {
      pixels = { key, look: new PixelLook(width, height, colorimetry) }
      pixels.look.set(look)
    }
    pixels.look.apply(new Uint8Array(data, offset))
  }
  parentPort?.postMessage(data, [data])
}

parentPort?.on('message', obey)
