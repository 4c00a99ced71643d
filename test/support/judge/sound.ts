import { defaultTimeoutMs, inputArguments, runTool, type Span } from './ffmpeg.js'

/** All that is judged about sound is computed from these samples. */
export const judgedRate = 48_000

/** Quieter than this nobody hears anything: dB of full scale. */
const silenceDb = -80

/**
 * The sound as mono samples, -1 to 1, at {@link judgedRate}; the first sample is the start of the input, gaps
 * are filled with silence. Rejects when there is no sound that can be decoded.
 */
export const decodeSound = async (input: string, span: Span = {}): Promise<Float32Array> => {
  const { code, stdout, stderr } = await runTool(
    'ffmpeg',
    [
      ...inputArguments(input, span),
      ...['-map', '0:a:0', '-af', 'aresample=async=1:first_pts=0'],
      ...['-ac', '1', '-ar', String(judgedRate), '-f', 'f32le', 'pipe:1'],
    ],
    span.timeoutMs ?? defaultTimeoutMs,
  )
  if (stdout.length < 4) throw new Error(`no sound of ${input} can be decoded (exit ${code}): ${stderr}`)
  const samples = new Float32Array(Math.floor(stdout.length / 4))
  for (let index = 0; index < samples.length; index++) samples[index] = stdout.readFloatLE(index * 4)
  return samples
}

export interface Loudness {
  /** root mean square in dB of full scale; -Infinity when every sample is 0 */
  readonly rmsDb: number
  readonly peakDb: number
  /** nobody hears anything */
  readonly isSilent: boolean
  /** not even noise: every sample is 0 */
  readonly isDigitalSilence: boolean
  readonly seconds: number
}

const decibel = (amplitude: number): number => 20 * Math.log10(amplitude)

/** Loudness of samples of {@link decodeSound}. */
export const loudnessOf = (samples: Float32Array): Loudness => {
  let power = 0
  let peak = 0
  for (const sample of samples) {
    power += sample * sample
    peak = Math.max(peak, Math.abs(sample))
  }
  const rmsDb = decibel(Math.sqrt(power / samples.length))
  return {
    rmsDb,
    peakDb: decibel(peak),
    isSilent: rmsDb < silenceDb,
    isDigitalSilence: peak === 0,
    seconds: samples.length / judgedRate,
  }
}

/** Loudness of the input's sound. */
export const loudness = async (input: string, seconds?: number): Promise<Loudness> =>
  loudnessOf(await decodeSound(input, seconds === undefined ? {} : { seconds }))

/** RMS in dB of each window of so many milliseconds, in order: when sound starts, stops, is muted. */
export const loudnessOverTime = (samples: Float32Array, windowMs: number): number[] => {
  const length = Math.round((windowMs * judgedRate) / 1_000)
  return Array.from(
    { length: Math.floor(samples.length / length) },
    (_, index) => loudnessOf(samples.subarray(index * length, (index + 1) * length)).rmsDb,
  )
}

export interface Tone {
  readonly frequencyHz: number
  /** share of the sound's power at that frequency: above 0.9 for a tone, near 0 for noise */
  readonly purity: number
}

/** Power at one frequency (Goertzel), as a share of the whole: 1 for a sine of that frequency. */
const shareAt = (samples: Float32Array, frequencyHz: number): number => {
  const step = 2 * Math.cos((2 * Math.PI * frequencyHz) / judgedRate)
  let [before, last, power] = [0, 0, 0]
  for (const sample of samples) {
    ;[before, last] = [last, sample + step * last - before]
    power += sample * sample
  }
  if (power === 0) return 0
  const found = last * last + before * before - step * last * before
  return (2 * found) / (samples.length * power)
}

/** RMS in dB of full scale of a sine of that frequency in the samples, which must be a whole number of its periods. */
export const levelAt = (samples: Float32Array, frequencyHz: number): number => {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  return decibel(Math.sqrt(shareAt(samples, frequencyHz) * power))
}

/** A tenth of a second: long enough for 20 Hz, short enough that Goertzel forgives the error of the estimate. */
const toneSamples = judgedRate / 10

/**
 * The tone in the middle half of the samples (at most a second of it), by the distances of rising zero
 * crossings: the mean of those near their median, so that a cut in the sound doesn't count.
 */
export const toneOf = (samples: Float32Array): Tone => {
  const length = Math.min(judgedRate, Math.floor(samples.length / 2))
  const start = Math.floor((samples.length - length) / 2)
  const middle = samples.subarray(start, start + length)
  const periods: number[] = []
  let lastCrossing: number | undefined
  for (let index = 1; index < middle.length; index++) {
    const [before, now] = [middle[index - 1] ?? 0, middle[index] ?? 0]
    if (before >= 0 || now < 0) continue
    const crossing = index - 1 + before / (before - now)
    if (lastCrossing !== undefined) periods.push(crossing - lastCrossing)
    lastCrossing = crossing
  }
  const median = periods.toSorted((left, right) => left - right)[Math.floor(periods.length / 2)]
  if (median === undefined) return { frequencyHz: 0, purity: 0 }
  const near = periods.filter((period) => Math.abs(period / median - 1) < 0.1)
  const frequencyHz = (near.length * judgedRate) / near.reduce((sum, period) => sum + period, 0)
  return { frequencyHz, purity: shareAt(middle.subarray(0, toneSamples), frequencyHz) }
}

/** The tone that the input's sound carries. */
export const toneFrequency = async (input: string, seconds?: number): Promise<Tone> =>
  toneOf(await decodeSound(input, seconds === undefined ? {} : { seconds }))
