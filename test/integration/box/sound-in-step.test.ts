/** Sound and picture stay together at the server, whatever is done to the sound. */
import { join } from 'node:path'
import test from 'ava'
import { runTool } from '../../support/judge/ffmpeg.js'
import { avOffset } from '../../support/judge.js'
import { faultsOf, framesOf, type RecordedSession } from '../../support/rtmp/recorded.js'
import type { Teardown } from '../../support/teardown.js'
import { tempDir } from '../../support/temp-dir.js'
import { waitFor } from '../../support/wait-for.js'
import { fileOf, nextOf, startPushing } from './pushing.js'

/** Half a frame more is the resolution of the judge. */
const mostMs = 40
/** What changes the pitch holds sound back, by more or less from one start to the next, and does not say so. */
const mostWithPitchMs = 80
const fps = 30

/** Four seconds; each begins with black and silence, and has a tenth of a second of white and of a beep in its middle. */
const makeClip = async (folder: string): Promise<string> => {
  const file = join(folder, 'flashes.mp4')
  const during = 'between(mod(t,1),0.499,0.599)'
  const picture = `color=black:s=360x640:r=${fps},drawbox=color=white:t=fill:enable='${during}'`
  const sound = `aevalsrc='if(${during},0.5*sin(2*PI*1000*t),0)':s=48000`
  await ffmpeg(
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, '-t', '4'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', file],
  )
  // Quieter than what counts as a beep, so that it stays out of the judgement.
  await ffmpeg('-f', 'lavfi', '-i', 'aevalsrc=0.002*sin(2*PI*300*t)', '-t', '60', join(folder, 'hum.wav'))
  return file
}

const ffmpeg = async (...args: readonly string[]): Promise<void> => {
  const { code, stderr } = await runTool('ffmpeg', ['-nostdin', '-v', 'error', ...args], 20_000)
  if (code !== 0) throw new Error(stderr)
}

/** ms that the beep is later than its flash, in the next two and a half seconds */
const offsetNow = async (t: Teardown, session: RecordedSession): Promise<number> =>
  avOffset(await fileOf(t, session, await nextOf(session, 2_600)))

test('the beep comes with its flash after every change of the sound', async (t) => {
  const folder = await tempDir(t)
  const clip = await makeClip(folder)
  const { box, session, ingest } = await startPushing(t, {
    config: {
      cameras: { front: `clip:${clip}`, back: 'test' },
      microphone: 'clip',
      sound: { 'music-folder': folder },
    },
    attributes: { fps },
  })
  const set = async (attributes: object): Promise<void> => {
    t.true((await box.set(attributes)).ok)
    await nextOf(session, 700)
  }
  const ask = async (method: string, options?: object): Promise<void> => {
    t.true((await box.request(method, options)).ok, method)
  }
  await nextOf(session, 500)
  const offsets = new Map<string, number>()
  const judge = async (what: string): Promise<void> => {
    const offset = await offsetNow(t, session).catch((error: Error) => {
      throw new Error(`${what}: ${error.message}; before: ${JSON.stringify([...offsets])}`, { cause: error })
    })
    offsets.set(what, Math.round(offset))
  }
  await judge('as it is')
  await set({ 'enable-agc': true, 'enable-ans': true })
  await judge('gain and noise suppression')
  await set({ 'enable-agc': false, 'enable-ans': false, 'voice-changer-type': 1 })
  await judge('voice 1')
  await set({ 'voice-changer-type': 0, 'audio-reverb-type': 4 })
  await judge('reverb 4')
  await ask('playBGM', { url: 'hum.wav' })
  await set({ 'audio-reverb-type': 0 })
  await judge('with music')
  await ask('setMICVolume', { volume: 0.5 })
  await set({ muted: true })
  await set({ muted: false, 'enable-mic': false })
  await ask('stopBGM')
  await set({ 'enable-mic': true })
  await judge('muted, closed and open again')
  t.is(ingest.sessions.length, 1)
  t.deepEqual(faultsOf(session), [])
  t.true((await box.set({ 'audio-quality': 'low' })).ok)
  const second = await ingest.session(2, { messages: 30 })
  await waitFor(() => framesOf(second, 'audio').length > 8 || undefined, { what: 'sound at 16 kHz' })
  offsets.set('16 kHz', Math.round(await offsetNow(t, second)))
  t.log(Object.fromEntries(offsets))
  for (const [what, offset] of offsets) {
    const most = what === 'voice 1' || what === 'reverb 4' ? mostWithPitchMs : mostMs
    t.true(Math.abs(offset) <= most + 500 / fps, `${what}: ${offset} ms`)
  }
})
