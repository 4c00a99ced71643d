import type { Span } from './ffmpeg.js'
import { decodeFrames } from './picture.js'
import { decodeSound, loudnessOverTime } from './sound.js'

const windowMs = 5
/** Louder than this is the beep: dB of full scale. */
const beepDb = -40
/** A beep and a flash further apart belong to others, one of which is outside of what is judged. */
const farthestMs = 500

/** Times (s) at which the level rises above the threshold, for levels at the given times. */
const rises = (levels: readonly { time: number; level: number }[], threshold: number): number[] =>
  levels
    .filter(({ level }, index) => level > threshold && (levels[index - 1]?.level ?? Infinity) <= threshold)
    .map(({ time }) => time)

/**
 * How much later than the flash the beep comes, ms, in a picture that flashes white on black together with
 * a beep (median over all beeps; each is matched with the nearest flash, at most half a second away). Resolution is one
 * frame. Rejects when no beep has a flash.
 */
export const avOffset = async (input: string, span: Span = {}): Promise<number> => {
  const [{ frames }, samples] = await Promise.all([decodeFrames(input, span), decodeSound(input, span)])
  const lumas = frames.map(({ luma }) => luma)
  const middle = (Math.min(...lumas) + Math.max(...lumas)) / 2
  const flashes = rises(
    frames.map(({ time, luma }) => ({ time, level: luma })),
    middle,
  )
  const beeps = rises(
    loudnessOverTime(samples, windowMs).map((level, index) => ({ time: (index * windowMs) / 1_000, level })),
    beepDb,
  )
  const offsets = beeps.flatMap((beep) => {
    const distances = flashes.map((flash) => (beep - flash) * 1_000)
    const [nearest] = distances.toSorted((left, right) => Math.abs(left) - Math.abs(right))
    return nearest !== undefined && Math.abs(nearest) < farthestMs ? [nearest] : []
  })
  const offset = offsets.toSorted((left, right) => left - right)[Math.floor(offsets.length / 2)]
  if (offset === undefined) {
    throw new Error(`${input} has flashes at ${flashes.join()} s and beeps at ${beeps.join()} s`)
  }
  return offset
}
