/** Who has a device open: it can't be used by two, and a person must know which program to end. */
import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * The first process that has it open, e.g. `ffmpeg (812)`. Undefined where that is nobody, or somebody whom this user
 * may not look at. Never rejects.
 * @param device a node below /dev, or an ALSA device that names a card, e.g. `hw:CARD=Webcam,DEV=0`
 * @param root stands before /proc and /dev; a tree of files in tests
 */
export const holderOf = async (device: string, root = '/'): Promise<string | undefined> => {
  const node = device.startsWith('/dev/') ? await real(join(root, device)) : await captureNode(device, root)
  if (node === undefined) return undefined
  const pids = (await readdir(join(root, 'proc')).catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const folder = join(root, 'proc', pid, 'fd')
    for (const fd of await readdir(folder).catch(() => []))
      if ((await readlink(join(folder, fd)).catch(() => '')) === node) {
        const name = await readFile(join(root, 'proc', pid, 'comm'), 'utf8').catch(() => '')
        return `${name.trim() || 'a process'} (${pid})`
      }
  }
  return undefined
}

const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)

/** `hw:CARD=Webcam,DEV=0` and `hw:Webcam,0` → `/dev/snd/pcmC1D0c` */
const captureNode = async (device: string, root: string): Promise<string | undefined> => {
  const [, card = '', number = '0'] =
    /^(?:plug)?hw:(?:CARD=)?([A-Za-z0-9_-]+)(?:,(?:DEV=)?(\d+))?/.exec(device) ?? []
  if (card === '') return undefined
  // The folder of an id is a link to card1.
  const folder = /^\d+$/.test(card)
    ? `card${card}`
    : await readlink(join(root, 'proc/asound', card)).catch(() => '')
  const index = /^card(\d+)$/.exec(basename(folder))?.[1]
  return index === undefined ? undefined : real(join(root, 'dev/snd', `pcmC${index}D${number}c`))
}
