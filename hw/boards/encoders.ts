/** Which H.264 encoder `auto` means on a board, and why. */
import type { Board } from './board.js'
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
  readonly answer: ElementAnswer
  readonly chosen: boolean
  /** one sentence, for people */
  readonly why: string
}

/** In order of preference: what the board has, then software. */
export const encoderOrder = (board: Board): readonly string[] => [
  ...board.hardwareEncoders,
  ...softwareEncoders,
]

/**
 * Every encoder of the board with what became of it; none is chosen when none is installed, and then there is
 * nothing to push with (-1303).
 * @param asked an element name, or `auto`
 */
export async function findEncoders(board: Board, asked: string, has: HasElement): Promise<EncoderFinding[]> {
  const order =
    asked === 'auto' ? encoderOrder(board) : [asked, ...encoderOrder(board).filter((name) => name !== asked)]
  const answers = await Promise.all(order.map(has))
  const first = answers.indexOf('present')
  return order.map((element, index) => {
    const answer = answers[index] ?? 'no-answer'
    const chosen = index === first
    const byName = chosen && element === asked
    return {
      element,
      hardware: board.hardwareEncoders.includes(element),
      answer,
      chosen,
      why: byName ? 'chosen: as configured' : reason(element, answer, chosen),
    }
  })
}

/** The one to encode with; undefined when none is installed. */
export const chooseEncoder = (findings: readonly EncoderFinding[]): EncoderFinding | undefined =>
  findings.find(({ chosen }) => chosen)

function reason(element: string, answer: ElementAnswer, chosen: boolean): string {
  switch (answer) {
    case 'present':
      return chosen ? 'chosen: the first that is installed' : 'installed, not chosen: one before it is'
    case 'absent':
      return `not installed (Debian: ${packages[element] ?? 'unknown package'})`
    case 'tool-missing':
      return 'unknown: gst-inspect-1.0 is missing (Debian: gstreamer1.0-tools)'
    case 'no-answer':
      return 'unknown: gst-inspect-1.0 did not answer in time'
  }
}
