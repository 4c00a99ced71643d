/** The loopback card's other side: what is played there is what the microphone hears. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The microphone, for the box's configuration. */
export const loopbackMicrophone = 'alsa:hw:CARD=Loopback,DEV=1'

const driver = '/sys/bus/platform/drivers/snd_aloop'

/** As if the card was pulled out. It lasts until nobody has it open any more. */
export const unplugCard = (): Promise<void> => writeFile(join(driver, 'unbind'), 'snd_aloop.0')

/** Plugs it in again, where it is unplugged. */
export const plugInCard = async (): Promise<void> => {
  if (!(await readdir(driver)).includes('snd_aloop.0')) await writeFile(join(driver, 'bind'), 'snd_aloop.0')
}
