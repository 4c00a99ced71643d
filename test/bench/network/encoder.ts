/**
 * A model of x264 with a constant rate and a buffer of half a second: keyframes are four times a picture, a forced
 * one is paid back by the pictures after it, a new rate takes a fraction of a second, an easy scene needs less than
 * it may have, and below some size a picture can't be made smaller.
 */
import type { Random } from './random.js'

export interface EncoderWish {
  readonly targetKbps: number
  readonly width: number
  readonly height: number
  readonly fps: number
}

export interface EncoderOptions {
  readonly gopSeconds: number
  /** bits per pixel above which the picture does not get better, by time; Infinity: a hard scene */
  readonly enough: (atMs: number) => number
  /** an encoder that ignores new rates keeps the first one */
  readonly obeys: boolean
  readonly random: Random
}

const keyframeWeight = 4
const bufferSeconds = 0.5
const settleMs = 250
/** bits per pixel of the smallest picture */
const coarsest = 0.01

export class ModelEncoder {
  #options: EncoderOptions
  #kbps = 0
  #debtBits = 0
  #sinceKeyframe = Number.POSITIVE_INFINITY
  #size = ''
  #forced = false

  constructor(options: EncoderOptions) {
    this.#options = options
  }

  forceKeyframe(): void {
    this.#forced = true
  }

  /** The next picture's size in bytes. */
  encode(atMs: number, wish: EncoderWish): { bytes: number; keyframe: boolean } {
    const { gopSeconds, enough, obeys, random } = this.#options
    if (this.#kbps === 0) this.#kbps = wish.targetKbps
    if (obeys) this.#kbps += (wish.targetKbps - this.#kbps) * Math.min(1, 1000 / wish.fps / settleMs)
    const pixels = wish.width * wish.height
    const usefulKbps = Math.min(this.#kbps, (enough(atMs) * pixels * wish.fps) / 1000)
    const gopFrames = Math.max(1, Math.round(gopSeconds * wish.fps))
    const size = `${wish.width}x${wish.height}`
    const keyframe = this.#forced || this.#sinceKeyframe >= gopFrames || size !== this.#size
    this.#forced = false
    this.#size = size
    this.#sinceKeyframe = keyframe ? 1 : this.#sinceKeyframe + 1
    const shareBits = (usefulKbps * 1000) / wish.fps
    const pictureBits = (shareBits * gopFrames) / (gopFrames - 1 + keyframeWeight)
    const restraint = Math.min(1.2, Math.max(0.4, 1 - this.#debtBits / (bufferSeconds * usefulKbps * 1000)))
    const wobble = Math.min(1.8, Math.max(0.5, 1 + random.normal() * 0.2))
    const least = coarsest * pixels * (keyframe ? keyframeWeight : 1)
    const bits = Math.max(least, pictureBits * (keyframe ? keyframeWeight : 1) * restraint * wobble)
    this.#debtBits = Math.max(-shareBits * 2, this.#debtBits + bits - shareBits)
    return { bytes: Math.ceil(bits / 8), keyframe }
  }
}
