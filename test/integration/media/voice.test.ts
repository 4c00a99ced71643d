/** What each reverb and voice does to a sound, by the elements of this system. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { elementExists } from '../../../firmware/media/engine/binding.js'
import { type SoundAttributes, soundElements, voiceChain } from '../../../firmware/media/graph/sound.js'
import { defaultAttributes } from '../../../firmware/pusher/attributes.js'
import { decodeSound, judgedRate, loudnessOf, toneOf } from '../../support/judge.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'

const run = promisify(execFile)
const off: SoundAttributes = defaultAttributes
const all = new Set<string>(soundElements)
const reverbs = ([1, 2, 3, 4, 5, 6, 7] as const).map((type) => ({ 'audio-reverb-type': type }))
const voices = ([1, 2, 3, 4, 6, 7, 8, 9, 10, 11] as const).map((type) => ({ 'voice-changer-type': type }))

const complete = soundElements.every(elementExists) ? test : test.skip

/** Each second begins with 0.3 s of a tone with harmonics: cut off, it sounds like a vowel. */
const bursts = 'audiotestsrc wave=ticks freq=300 sine-periods-per-tick=90 volume=0.9'
const tone = 'audiotestsrc freq=440 volume=0.2'

/** Three seconds of that source after the chain. */
const heard = async (t: Teardown, source: string, wish: Partial<SoundAttributes>): Promise<Float32Array> => {
  const file = join(await tempDir(t), 'sound.wav')
  const chain = voiceChain({ ...off, ...wish }, all)
  const text = [
    `${source} samplesperbuffer=480 num-buffers=300 ! audio/x-raw,rate=48000,channels=1`,
    // what a vowel has and a sine has not
    ...(source === bursts ? ['audioconvert ! audioamplify amplification=3'] : []),
    ...(chain === '' ? [] : [chain]),
    `audioconvert ! audio/x-raw,format=S16LE,channels=1 ! wavenc ! filesink location=${file}`,
  ].join(' ! ')
  await run('gst-launch-1.0', ['-q', ...text.split(' ')], { timeout: 20_000, killSignal: 'SIGKILL' })
  return decodeSound(file)
}

/** The second of the sounds from `from` to `to`, s. */
const between = (samples: Float32Array, from: number, to: number): Float32Array =>
  samples.subarray(from * judgedRate, to * judgedRate)

/** Share of the power around that frequency, dB; the band is a third of an octave wide. */
const bandDb = (samples: Float32Array, frequencyHz: number): number => {
  let power = 0
  for (const factor of [0.92, 0.96, 1, 1.04, 1.08]) {
    const step = (2 * Math.PI * frequencyHz * factor) / judgedRate
    let [re, im] = [0, 0]
    for (const [index, sample] of samples.entries()) {
      re += sample * Math.cos(step * index)
      im += sample * Math.sin(step * index)
    }
    power += re * re + im * im
  }
  return Math.max(-60, 10 * Math.log10(power / samples.length ** 2 + 1e-12))
}

const frequencies = [150, 180, 234, 255, 300, 345, 405, 480, 660, 900, 1100, 1500, 2100, 3000]

/** What an ear could tell one preset from another by: the spectrum of a burst, and what is left after it, dB. */
const impression = (samples: Float32Array): number[] => {
  const burst = between(samples, 1.08, 1.25)
  return [
    ...frequencies.map((frequency) => bandDb(burst, frequency)),
    ...[1.4, 1.55, 1.7].map((at) => Math.max(-60, loudnessOf(between(samples, at, at + 0.1)).rmsDb)),
  ]
}

/** s at which the second second's burst begins: louder than what the first one left behind */
const onset = (samples: Float32Array): number => {
  const loud = between(samples, 1, 1.3).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  const start = 0.93 * judgedRate
  return (start + samples.subarray(start).findIndex((sample) => Math.abs(sample) > loud * 0.35)) / judgedRate
}

complete(
  'every reverb and voice is audibly its own, and none moves the sound away from its picture',
  async (t) => {
    const wishes = [{}, ...reverbs, ...voices]
    const known: { name: string; heard: number[] }[] = []
    const dryOnset = onset(await heard(t, bursts, {}))
    for (const wish of wishes) {
      const samples = await heard(t, bursts, wish)
      const name = JSON.stringify(wish)
      const late = (onset(samples) - dryOnset) * 1_000
      t.true(Math.abs(late) < 40, `${name}: ${late} ms`)
      const now = impression(samples)
      for (const other of known) {
        const most = Math.max(...now.map((value, index) => Math.abs(value - other.heard[index]!)))
        t.true(most > 6, `${name} and ${other.name} differ by ${most} dB`)
      }
      known.push({ name, heard: now })
    }
  },
)

for (const [type, factor] of [
  [1, 1.35],
  [2, 1.6],
  [3, 0.78],
  [6, 1.1],
  [7, 0.6],
  [8, 0.85],
] as const)
  complete(`voice ${type} speaks ${factor} times as high`, async (t) => {
    const { frequencyHz } = toneOf(await heard(t, tone, { 'voice-changer-type': type }))
    t.true(Math.abs(frequencyHz / (440 * factor) - 1) < 0.03, `${frequencyHz} Hz`)
  })

complete('rooms go on after a burst, a hall longer than a small room', async (t) => {
  const after = async (wish: Partial<SoundAttributes>): Promise<number> =>
    loudnessOf(between(await heard(t, bursts, wish), 1.5, 1.8)).rmsDb
  const [dry, small, hall] = [
    await after({}),
    await after({ 'audio-reverb-type': 2 }),
    await after({ 'audio-reverb-type': 3 }),
  ]
  t.true(dry < -80, `${dry} dB`)
  t.true(small > -75 && hall > small + 10, `${small} and ${hall} dB`)
})

complete('noise suppression takes noise away, automatic gain lifts what is quiet', async (t) => {
  const level = async (source: string, wish: Partial<SoundAttributes>): Promise<number> =>
    loudnessOf(between(await heard(t, source, wish), 1.5, 2.9)).rmsDb
  const noise = 'audiotestsrc wave=pink-noise volume=0.05'
  const [noisy, clean] = [await level(noise, {}), await level(noise, { 'enable-ans': true })]
  t.true(clean < noisy - 6, `${noisy} → ${clean} dB`)
  const quiet = 'audiotestsrc freq=440 volume=0.02'
  const [low, lifted] = [await level(quiet, {}), await level(quiet, { 'enable-agc': true })]
  t.true(lifted > low + 3, `${low} → ${lifted} dB`)
})
