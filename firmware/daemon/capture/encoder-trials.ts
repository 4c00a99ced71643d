/**
 * Which encoders are still worth asking. A hardware encoder has one chance and a software encoder a second one, so
 * that the search for one that works comes to an end.
 */
import { type VideoEncoder, videoEncoders } from '../../media/graph/encoders.js'
import type { Size } from '../../pusher/geometry.js'

export class EncoderTrials {
  readonly #retryMs: number
  /** encoders, and encoder@format where only that format does not work */
  #givenUp = new Set<string>()
  #failedAt = new Map<string, number>()

  /** @param retryMs a second failure within this time is final */
  constructor(retryMs: number) {
    this.#retryMs = retryMs
  }

  /** @param format of {@link sizeFormat} or {@link rateFormat} */
  isOpen(encoder: string, format?: string): boolean {
    return !this.#givenUp.has(encoder) && !this.#givenUp.has(`${encoder}@${format}`)
  }

  /** It does not take pictures of this size or sound of this rate. */
  refuses(encoder: string, format: string): void {
    this.#givenUp.add(`${encoder}@${format}`)
  }

  /**
   * It failed at `atMs`; `workedUntilMs` is when it last did what it should: the same moment, or when it was asked
   * for if nothing came out of it, so that one that hangs for longer than the time allowed is given up as well.
   * @returns whether it is worth asking again
   */
  failed(encoder: string, when: { atMs: number; workedUntilMs: number; hardware: boolean }): boolean {
    const last = this.#failedAt.get(encoder) ?? Number.NEGATIVE_INFINITY
    this.#failedAt.set(encoder, when.atMs)
    const final = when.hardware || when.workedUntilMs - last < this.#retryMs
    if (final) this.#givenUp.add(encoder)
    return !final
  }

  /** Everything is tried again. */
  forgive(): void {
    this.#givenUp.clear()
    this.#failedAt.clear()
  }
}

export const sizeFormat = ({ width, height }: Size): string => `${width}x${height}`

export const rateFormat = (sampleRate: number): string => `${sampleRate} Hz`

export const isHardware = (encoder: string): boolean =>
  encoder in videoEncoders && videoEncoders[encoder as VideoEncoder].hardware
