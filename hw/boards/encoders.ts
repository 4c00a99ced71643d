/** Which H.264 encoder `auto` means on a board, and why. */
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Board, HardwareEncoder } from './board.js'
import type { ElementAnswer, HasElement } from './gst-elements.js'

/** Best first; the same everywhere. */
export const softwareEncoders = ['x264enc', 'openh264enc'] as const

/** Where Debian has the elements, for people. */
const packages: Readonly<Record<string, string>> = {
  x264enc: 'gstreamer1.0-plugins-ugly',
  openh264enc: 'gstreamer1.0-plugins-bad',
  v4l2h264enc: 'gstreamer1.0-plugins-good',
  nvv4l2h264enc: "NVIDIA's L4T packages",
}

export interface EncoderFinding {
  readonly element: string
  readonly hardware: boolean
  readonly answer: ElementAnswer | 'no-device'
  readonly chosen: boolean
  /** one sentence, for people */
  readonly why: string
}

/** In order of preference: what the board has, then software. */
export const encoderOrder = (board: Board): readonly string[] => [
  ...board.hardwareEncoders.map(({ element }) => element),
  ...softwareEncoders,
]

/**
 * Hardware encoders of the board whose device is not there: nobody should open one, which may hang. Looks at names
 * and nodes only. Never rejects.
 * @param root stands before /sys and /dev; a tree of files in tests
 */
export async function encodersWithoutDevice(board: Board, root = '/'): Promise<ReadonlySet<string>> {
  const there = await Promise.all(board.hardwareEncoders.map((encoder) => hasDevice(encoder, root)))
  return new Set(board.hardwareEncoders.filter((_, index) => !there[index]).map(({ element }) => element))
}

async function hasDevice({ nodes, v4l2Name }: HardwareEncoder, root: string): Promise<boolean> {
  for (const node of nodes ?? []) if (await exists(join(root, node))) return true
  if (!v4l2Name) return nodes === undefined
  const folder = join(root, 'sys/class/video4linux')
  for (const name of await readdir(folder).catch(() => [])) {
    const title = await readFile(join(folder, name, 'name'), 'utf8').catch(() => '')
    if (v4l2Name.test(title.trim()) && (await exists(join(root, 'dev', name)))) return true
  }
  return false
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * Every encoder of the board with what became of it; none is chosen when none is installed, and then there is
 * nothing to push with (-1303).
 * @param asked an element name, or `auto`
 */
export async function findEncoders(
  board: Board,
  asked: string,
  has: HasElement,
  withoutDevice: ReadonlySet<string> = new Set(),
): Promise<EncoderFinding[]> {
  const order =
    asked === 'auto' ? encoderOrder(board) : [asked, ...encoderOrder(board).filter((name) => name !== asked)]
  const answers = await Promise.all(
    order.map((element) => (withoutDevice.has(element) ? ('no-device' as const) : has(element))),
  )
  const first = answers.indexOf('present')
  return order.map((element, index) => {
    const answer = answers[index] ?? 'no-answer'
    const chosen = index === first
    const byName = chosen && element === asked
    return {
      element,
      hardware: board.hardwareEncoders.some((encoder) => encoder.element === element),
      answer,
      chosen,
      why: byName ? 'chosen: as configured' : reason(element, answer, chosen),
    }
  })
}

/** The one to encode with; undefined when none is installed. */
export const chooseEncoder = (findings: readonly EncoderFinding[]): EncoderFinding | undefined =>
  findings.find(({ chosen }) => chosen)

function reason(element: string, answer: EncoderFinding['answer'], chosen: boolean): string {
  switch (answer) {
    case 'present':
      return chosen ? 'chosen: the first that is installed' : 'installed, not chosen: one before it is'
    case 'absent':
      return `not installed (Debian: ${packages[element] ?? 'unknown package'})`
    case 'no-device':
      return 'its device is not there: the driver is not loaded, or this model has none'
    case 'tool-missing':
      return 'unknown: gst-inspect-1.0 is missing (Debian: gstreamer1.0-tools)'
    case 'no-answer':
      return 'unknown: gst-inspect-1.0 did not answer in time'
  }
}
