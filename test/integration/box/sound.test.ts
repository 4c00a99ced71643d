/** What becomes of the microphone's sound, judged by what the server received. */
import test from 'ava'
import { decodeSound, loudnessOf, toneOf } from '../../support/judge.js'
import { faultsOf, framesOf, longestGap, type MediaMessage } from '../../support/rtmp/recorded.js'
import { waitFor } from '../../support/wait-for.js'
import { fileOf, nextOf, soundDelayOf, startPushing } from './pushing.js'

test('voice, reverb, gain and noise suppression change within one session, without a gap', async (t) => {
  const { box, ingest, session } = await startPushing(t)
  const next = (): Promise<MediaMessage[]> => nextOf(session, 1_500)
  const heard = async (part: readonly MediaMessage[]): Promise<Float32Array> =>
    decodeSound(await fileOf(t, session, part, 'sound'))
  const dryPart = await next()
  const dry = toneOf(await heard(dryPart))
  t.true(Math.abs(dry.frequencyHz - 440) < 4, `${dry.frequencyHz} Hz`)

  const reply = await box.set({ 'voice-changer-type': 3, 'enable-ans': false })
  t.deepEqual(reply.result?.changed, { 'voice-changer-type': { value: 3, took: 'live' } })
  await nextOf(session, 700)
  const deep = toneOf(await heard(await next()))
  t.true(Math.abs(deep.frequencyHz - 440 * 0.78) < 12, `${deep.frequencyHz} Hz`)

  t.true((await box.set({ 'audio-reverb-type': 3, 'enable-agc': true, 'enable-ans': true })).ok)
  await nextOf(session, 1_000)
  t.true((await box.set({ 'voice-changer-type': 0, 'audio-reverb-type': 0 })).ok)
  t.true((await box.set({ 'enable-agc': false, 'enable-ans': false })).ok)
  await nextOf(session, 700)
  const backPart = await next()
  const back = toneOf(await heard(backPart))
  t.true(Math.abs(back.frequencyHz - 440) < 4, `${back.frequencyHz} Hz`)

  t.is(ingest.sessions.length, 1)
  t.deepEqual(faultsOf(session), [])
  const audio = framesOf(session, 'audio')
  t.true(longestGap(audio).timestampMs <= 60, `${longestGap(audio).timestampMs} ms`)
  // The picture went on all the while: what differs between the two ends is what the changes did to the sound.
  const [first, last] = [dryPart, backPart].map((messages) => soundDelayOf({ messages }))
  t.true(Math.abs(last! - first!) < 40, `sound is ${first} ms late before, ${last} ms after`)
  t.deepEqual(
    box.codes().filter(({ level }) => level !== 'event'),
    [],
  )
})

test('setMICVolume is heard at once, stays when the sound restarts, and the meter follows', async (t) => {
  const { box, session } = await startPushing(t)
  const volumes = (): number[] =>
    box.messages<{ volume: number }>('event/audiovolumenotify').map(({ volume }) => volume)
  const settles = (volume: number): Promise<true> =>
    waitFor(() => volumes().at(-1) === volume || undefined, {
      what: `a volume of ${volume}; told ${volumes().slice(-3)}`,
    })
  const level = async (): Promise<number> =>
    loudnessOf(await decodeSound(await fileOf(t, session, await nextOf(session, 800), 'sound'))).rmsDb
  // A sine at a fifth of full scale: -17 dB.
  await settles(72)
  const full = await level()
  const before = volumes().length
  await nextOf(session, 1_500)
  const told = volumes().length - before
  t.true(told >= 3 && told <= 8, `${told} in 1.5 s`)

  t.true((await box.request('setMICVolume', { volume: 0.1 })).ok)
  await settles(38)
  await nextOf(session, 300)
  const quiet = await level()
  t.true(Math.abs(full - quiet - 20) < 2, `${full} → ${quiet} dB`)
  t.true((await box.set({ 'audio-reverb-type': 7 })).ok)
  await nextOf(session, 700)
  t.true((await level()) < full - 10)

  t.true((await box.set({ muted: true })).ok)
  await settles(0)
  for (const volume of [-0.1, 1.1, '0.5', undefined]) {
    const refused = await box.request('setMICVolume', { volume })
    t.like(refused, {
      ok: false,
      errCode: -2,
      problems: [{ path: 'volume', message: 'must be a number from 0 to 1' }],
    })
  }
})
