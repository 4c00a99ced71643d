/** Whether a video node is a camera that the box can use, and why (not). Pure. */
import { encodingOf, isBayer, type PixelFormat } from './formats.js'
import type { UdevFacts } from './udev.js'
import { capability, has, type NodeAnswer, type NodeFacts } from './v4l2.js'

export interface Verdict {
  /** the node delivers pictures of some kind */
  readonly capture: boolean
  readonly usable: boolean
  /** the receiver of a camera on the CSI connector, which only libcamera can drive */
  readonly csi: boolean
  /** one sentence, for people */
  readonly why: string
}

const no = (why: string): Verdict => ({ capture: false, usable: false, csi: false, why })
const unusable = (why: string): Verdict => ({ capture: true, usable: false, csi: false, why })
const csi = (why: string): Verdict => ({ capture: true, usable: false, csi: true, why })

/** Image signal processors and decoders whose nodes look like cameras but are fed from memory. */
const processors: ReadonlySet<string> = new Set([
  ...['bcm2835-codec', 'bcm2835-isp', 'pispbe', 'rpivid', 'rpi-hevc-dec', 'hantro-vpu', 'rkvdec', 'coda'],
])

/** Receivers that hand out what the sensor sends, unprocessed. */
const receivers: ReadonlySet<string> = new Set([
  ...[
    'unicam',
    'rp1-cfe',
    'tegra-video',
    'tegra-vi',
    'rkisp1',
    'ipu3-cio2',
    'ipu6',
    'intel-ipu6',
    'imx7-csi',
  ],
  ...['mxc-isi', 'sun6i-csi', 'qcom-camss', 'j721e-csi2rx'],
])

/** From what the driver said. */
export function judge(facts: NodeFacts): Verdict {
  const is = (bit: number) => has(facts.capabilities, bit)
  const captures = is(capability.videoCapture) || is(capability.videoCaptureMplane)
  const puts = is(capability.videoOutput) || is(capability.videoOutputMplane)
  if (processors.has(facts.driver)) return no(`a node of the processor ${facts.driver}, not a camera`)
  // v4l2loopback shows both directions unless it was told not to.
  const both = captures && puts && facts.driver !== 'v4l2 loopback'
  if (is(capability.m2m) || is(capability.m2mMplane) || both) {
    return no('a codec or converter (memory to memory), not a camera')
  }
  if (!captures) {
    if (is(capability.metaCapture) || is(capability.metaOutput)) return no('a metadata node, no pictures')
    return puts ? no('an output node, it takes pictures') : no('no video capture')
  }
  if (is(capability.touch)) return no('a touch sensor')
  if (receivers.has(facts.driver))
    return csi(`raw data of a CSI camera (${facts.driver}); libcamera makes pictures of it`)
  if (is(capability.mediaController)) {
    return csi(`needs its media controller to be set up (${facts.driver}); libcamera does that`)
  }
  if (!is(capability.streaming)) return unusable('the driver can not stream')
  if (facts.formats.length === 0) return unusable('offers no picture format')
  if (facts.formats.every(({ fourcc }) => isBayer(fourcc))) {
    return csi('offers raw sensor data only; libcamera makes pictures of it')
  }
  const known = facts.formats.filter(({ fourcc }) => encodingOf(fourcc) !== undefined)
  if (known.length === 0) {
    return unusable(
      `offers formats only that are not supported: ${facts.formats.map(({ fourcc }) => fourcc).join(', ')}`,
    )
  }
  return { capture: true, usable: true, csi: false, why: `captures ${known.map(summary).join(', ')}` }
}

/** From what udev wrote down when the node appeared, for a node that doesn't answer now. */
export function judgeUnanswered(
  answer: Extract<NodeAnswer, { ok: false }>,
  udev: UdevFacts | undefined,
): Verdict {
  const why = unanswered[answer.kind](answer.code)
  return udev?.capabilities.includes('capture') ? unusable(why) : no(why)
}

const unanswered: Readonly<Record<Extract<NodeAnswer, { ok: false }>['kind'], (code: string) => string>> = {
  absent: () => 'the device node is missing or its device is gone',
  denied: () => 'no permission to open it: the user must be in the group video',
  busy: () => 'in use by another program',
  silent: () => 'the driver does not answer: unplug the camera and plug it in again',
  other: (code) => (code === 'ENOTTY' ? 'not a video device' : `can not be opened (${code})`),
}

function summary({ fourcc, sizes, range }: PixelFormat): string {
  if (range) return `${fourcc} up to ${range.maxWidth}x${range.maxHeight}`
  const largest = [...sizes].sort((a, b) => b.width * b.height - a.width * a.height)[0]
  if (largest === undefined) return fourcc
  const rate = largest.fps[0] === undefined ? '' : ` at ${largest.fps[0]} fps`
  return `${fourcc} up to ${largest.width}x${largest.height}${rate}`
}
