import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { askNode, query } from '../../../hw/cameras/v4l2.js'
import { tempDir } from '../../support/temp-dir.js'

// Structures as the C compiler lays them out with linux/videodev2.h on x86-64 (the same on ARM).
const capability = Buffer.from(
  '757663766964656f000000000000000057656263616d20433237303a2043616d657261000000000000000000000000007573622d303030303a30303a31342e302d310000000000000000000000000000000106000100a08401002004000000000000000000000000',
  'hex',
)
const motionJpeg = Buffer.from(
  '0000000001000000010000004d6f74696f6e2d4a5045470000000000000000000000000000000000000000004d4a504700000000000000000000000000000000',
  'hex',
)
const discreteSize = Buffer.from(
  '000000004d4a50470100000000050000d0020000000000000000000000000000000000000000000000000000',
  'hex',
)
const stepwiseSize = Buffer.from(
  '00000000000000000300000020000000200a0000020000002100000098070000030000000000000000000000',
  'hex',
)
const interval30 = Buffer.from(
  '000000004d4a504700050000d002000001000000010000001e000000000000000000000000000000000000000000000000000000',
  'hex',
)
const intervalRange = Buffer.from(
  '0000000000000000000000000000000002000000010000003c000000010000000100000000000000000000000000000000000000',
  'hex',
)

const requests = { querycap: 0x80685600, format: 0xc0405602, size: 0xc02c564a, interval: 0xc034564b }
type Answers = Readonly<Record<keyof typeof requests, readonly Buffer[]>>

/** A driver that answers each enumeration from a list; `seen` are the arguments it got. */
const driver = (answers: Answers) => {
  const seen: { name: string; argument: Buffer }[] = []
  const call = (_fd: number, request: number, argument: Buffer): number => {
    const name = (Object.keys(requests) as (keyof typeof requests)[]).find((key) => requests[key] === request)
    if (name === undefined) return -1
    seen.push({ name, argument: Buffer.from(argument) })
    const answer = answers[name][name === 'querycap' ? 0 : argument.readUInt32LE(0)]
    if (answer === undefined) return -1
    fill(argument, answer)
    return 0
  }
  return { call, seen }
}
const fill = (argument: Buffer, answer: Buffer): void => {
  if (answer.length !== argument.length)
    throw new Error(`${argument.length} bytes were given for ${answer.length}`)
  answer.copy(argument)
}

test('reads what a camera says of itself', (t) => {
  const { call, seen } = driver({
    querycap: [capability],
    format: [motionJpeg],
    size: [discreteSize],
    interval: [interval30],
  })
  t.deepEqual(query(7, call), {
    ok: true,
    facts: {
      driver: 'uvcvideo',
      card: 'Webcam C270: Camera',
      busInfo: 'usb-0000:00:14.0-1',
      // device_caps, not those of the whole device
      capabilities: 0x04200001,
      formats: [{ fourcc: 'MJPG', sizes: [{ width: 1280, height: 720, fps: [30] }] }],
    },
  })
  const asked = seen.find(({ name }) => name === 'interval')?.argument
  t.is(asked?.toString('latin1', 4, 8), 'MJPG')
  t.deepEqual([asked?.readUInt32LE(8), asked?.readUInt32LE(12)], [1280, 720])
  t.is(seen.find(({ name }) => name === 'format')?.argument.readUInt32LE(4), 1)
})

test('reads a range of sizes and a range of rates', (t) => {
  const ranged = driver({ querycap: [capability], format: [motionJpeg], size: [stepwiseSize], interval: [] })
  const answer = query(7, ranged.call)
  t.deepEqual(answer.ok && answer.facts.formats, [
    { fourcc: 'MJPG', sizes: [], range: { minWidth: 32, maxWidth: 2592, minHeight: 33, maxHeight: 1944 } },
  ])
  const rates = driver({
    querycap: [capability],
    format: [motionJpeg],
    size: [discreteSize],
    interval: [intervalRange],
  })
  const second = query(7, rates.call)
  t.deepEqual(second.ok && second.facts.formats[0]?.sizes[0]?.fps, [60])
})

test('stops asking a driver that never says "no more"', (t) => {
  const endless = (_fd: number, request: number, argument: Buffer): number => {
    const answer = {
      [requests.querycap]: capability,
      [requests.format]: motionJpeg,
      [requests.size]: discreteSize,
      [requests.interval]: interval30,
    }[request]
    answer?.copy(argument)
    return 0
  }
  const answer = query(7, endless)
  t.is(answer.ok && answer.facts.formats.length, 64)
})

test('a real ioctl on a file that is no video node is refused with its reason', async (t) => {
  const file = join(await tempDir(t), 'video0')
  await writeFile(file, '')
  t.deepEqual(await askNode(file), { ok: false, kind: 'other', code: 'ENOTTY' })
})

test('a node that is missing is absent', async (t) => {
  t.deepEqual(await askNode(join(await tempDir(t), 'video0')), { ok: false, kind: 'absent', code: 'ENOENT' })
})
