/** The loopback card's other side: what is played there is what the microphone hears. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Teardown } from '../../support/teardown.js'
import { waitFor } from '../../support/wait-for.js'

/** The microphone, for the box's configuration. */
export const loopbackMicrophone = 'alsa:hw:CARD=Loopback,DEV=1'

const driver = '/sys/bus/platform/drivers/snd_aloop'

/** Plays a sine of that frequency, at half of the full level, until the test ends. */
export const playTone = async (t: Teardown, frequencyHz: number): Promise<void> => {
  const player = spawn(
    'gst-launch-1.0',
    [
      ...['-q', 'audiotestsrc', 'is-live=true', `freq=${frequencyHz}`, 'volume=0.5', '!'],
      ...['audio/x-raw,rate=48000,channels=2,format=S16LE', '!'],
      ...['alsasink', 'device=plughw:CARD=Loopback,DEV=0', 'buffer-time=400000'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(player, 'exit')
  t.teardown(async () => {
    player.kill('SIGKILL')
    await ended
  })
  await waitFor(async () => (await isPlaying()) || player.exitCode !== null, {
    what: 'the tone to play',
    timeoutMs: 20_000,
  })
}

const isPlaying = async (): Promise<boolean> => {
  const status = await readFile('/proc/asound/Loopback/pcm0p/sub0/status', 'utf8').catch(() => '')
  return status.includes('RUNNING')
}

/** As if the card was pulled out. It lasts until nobody has it open any more. */
export const unplugCard = (): Promise<void> => writeFile(join(driver, 'unbind'), 'snd_aloop.0')

/** Plugs it in again, where it is unplugged. */
export const plugInCard = async (): Promise<void> => {
  if (!(await readdir(driver)).includes('snd_aloop.0')) await writeFile(join(driver, 'bind'), 'snd_aloop.0')
}
