/** ALSA capture devices, from what the kernel lists under /proc/asound. */
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface FoundMicrophone {
  /** `alsa:hw:CARD=Webcam,DEV=0`: by the card's id, which outlives a change of its number */
  readonly spec: string
  /** short id of the card, e.g. `Webcam` */
  readonly card: string
  /** long name of the card, e.g. `C270 HD WEBCAM` */
  readonly title: string
  readonly driver: string
  readonly usable: boolean
  /** one sentence, for people */
  readonly why: string
}

/** @param root stands before /proc and /dev; a tree of files in tests. Never rejects. */
export async function discoverMicrophones(root = '/'): Promise<FoundMicrophone[]> {
  const [cards, pcm] = await Promise.all([text(root, 'cards'), text(root, 'pcm')])
  const byNumber = new Map(readCards(cards).map((card) => [card.number, card]))
  const captures = readCaptures(pcm).flatMap((capture) => {
    const card = byNumber.get(capture.card)
    return card ? [{ ...capture, ...card }] : []
  })
  return Promise.all(
    captures.map(async ({ number, id, driver, title, device, name }): Promise<FoundMicrophone> => {
      const spec = `alsa:hw:CARD=${id},DEV=${device}`
      const problem = await problemOf(root, number, device, driver)
      const why = problem ?? `captures ${name || 'sound'}`
      return { spec, card: id, title, driver, usable: problem === undefined, why }
    }),
  )
}

const text = (root: string, name: string): Promise<string> =>
  readFile(join(root, 'proc/asound', name), 'utf8').catch(() => '')

interface Card {
  readonly number: number
  readonly id: string
  readonly driver: string
  readonly title: string
}

/** ` 1 [Webcam         ]: USB-Audio - C270 HD WEBCAM`, and a second line that we don't need */
function readCards(cards: string): Card[] {
  return cards.split('\n').flatMap((line) => {
    const [, number, id, driver, title] = /^\s*(\d+) \[([^\]]+)\]: (.+?) - (.*)$/.exec(line) ?? []
    // Ids are made of these characters by the kernel; anything else would not be a legal spec.
    const name = id?.trim() ?? ''
    return /^[A-Za-z0-9_-]+$/.test(name) && driver !== undefined && title !== undefined
      ? [{ number: Number(number), id: name, driver, title }]
      : []
  })
}

/** `01-00: USB Audio : USB Audio : playback 1 : capture 1` */
function readCaptures(
  pcm: string,
): { readonly card: number; readonly device: number; readonly name: string }[] {
  return pcm.split('\n').flatMap((line) => {
    const match = /^(\d+)-(\d+): ([^:]*):/.exec(line)
    if (match === null || !/: capture \d+/.test(line)) return []
    return [{ card: Number(match[1]), device: Number(match[2]), name: (match[3] ?? '').trim() }]
  })
}

async function problemOf(
  root: string,
  card: number,
  device: number,
  driver: string,
): Promise<string | undefined> {
  if (driver === 'Loopback') return 'a loopback of what this machine plays, not a microphone'
  const node = join(root, 'dev/snd', `pcmC${card}D${device}c`)
  try {
    await access(node, constants.R_OK | constants.W_OK)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'the device node is missing or its device is gone'
      : 'no permission to open it: the user must be in the group audio'
  }
  const info = await text(root, `card${card}/pcm${device}c/info`)
  return /^subdevices_avail: 0$/m.test(info) ? 'in use by another program' : undefined
}
