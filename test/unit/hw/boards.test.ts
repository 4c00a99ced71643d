import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  chooseEncoder,
  encoderOrder,
  encodersWithoutDevice,
  findEncoders,
} from '../../../hw/boards/encoders.js'
import { type ElementAnswer, gstElements } from '../../../hw/boards/gst-elements.js'
import { boardById, boards, recogniseBoard } from '../../../hw/boards/recognise.js'
import { tempDir } from '../../support/temp-dir.js'
import { fixtureTree } from './fixture-tree.js'

for (const [model, compatible, id] of [
  ['Raspberry Pi 3 Model B Rev 1.2', 'raspberrypi,3-model-b\0brcm,bcm2837\0', 'raspberry-pi-3'],
  ['Raspberry Pi 3 Model B Plus Rev 1.3', 'raspberrypi,3-model-b-plus\0brcm,bcm2837\0', 'raspberry-pi-3'],
  ['Raspberry Pi Zero 2 W Rev 1.0', 'raspberrypi,model-zero-2-w\0brcm,bcm2837\0', 'raspberry-pi-zero-2-w'],
  ['Raspberry Pi 4 Model B Rev 1.4', 'raspberrypi,4-model-b\0brcm,bcm2711\0', 'raspberry-pi-4'],
  ['Raspberry Pi 5 Model B Rev 1.0', 'raspberrypi,5-model-b\0brcm,bcm2712\0', 'raspberry-pi-5'],
  ['NVIDIA Jetson Nano Developer Kit', 'nvidia,p3450-0000\0nvidia,tegra210\0', 'jetson-nano'],
  [
    'NVIDIA Jetson Nano Developer Kit',
    'nvidia,p3449-0000-b00+p3448-0000-b00\0nvidia,jetson-nano\0nvidia,tegra210\0',
    'jetson-nano',
  ],
  [
    'NVIDIA Jetson Orin Nano Developer Kit',
    'nvidia,p3768-0000+p3767-0005\0nvidia,p3767-0005\0nvidia,tegra234\0',
    'jetson-orin-nano',
  ],
  ['Jetson Orin Nano Super', 'nvidia,p3768-0000+p3767-0005-super\0nvidia,tegra234\0', 'jetson-orin-nano'],
  ['NVIDIA Jetson Orin NX', 'nvidia,p3509-0000+p3767-0000\0nvidia,tegra234\0', 'jetson-orin-nx'],
  ['Radxa ZERO 3W', 'radxa,zero3w\0rockchip,rk3566\0', 'generic-pc'],
] as const) {
  test(`recognises ${model} (${compatible.split('\0')[0]}) as ${id}`, async (t) => {
    const root = await fixtureTree(t, {
      'proc/device-tree/model': `${model}\0`,
      'proc/device-tree/compatible': compatible,
    })
    const { board, model: name, why } = await recogniseBoard('auto', root)
    t.is(board.id, id)
    t.is(name, model)
    t.regex(why, /^the device tree says /)
  })
}

const realModels = {
  'Raspberry Pi 3 Model A Plus Rev 1.0': ['raspberrypi,3-model-a-plus\0brcm,bcm2837\0', 'raspberry-pi-3'],
  'Raspberry Pi 400 Rev 1.0': ['raspberrypi,400\0brcm,bcm2711\0', 'raspberry-pi-4'],
  'Raspberry Pi Compute Module 4 Rev 1.1': ['raspberrypi,4-compute-module\0brcm,bcm2711\0', 'raspberry-pi-4'],
  'Raspberry Pi 500 Rev 1.0': ['raspberrypi,500\0brcm,bcm2712\0', 'raspberry-pi-5'],
  'NVIDIA Jetson Orin NX Engineering Reference Developer Kit': [
    'nvidia,p3768-0000+p3767-0000\0nvidia,p3767-0000\0nvidia,tegra234\0',
    'jetson-orin-nx',
  ],
  'Raspberry Pi 2 Model B Rev 1.1': ['raspberrypi,2-model-b\0brcm,bcm2836\0', 'generic-pc'],
  'NVIDIA Jetson AGX Orin Developer Kit': [
    'nvidia,p3737-0000+p3701-0000\0nvidia,p3701-0000\0nvidia,tegra234\0',
    'generic-pc',
  ],
} as const

test('real device trees are what they are, and strangers are not taken for a board', async (t) => {
  for (const [model, [compatible, id]] of Object.entries(realModels)) {
    const root = await fixtureTree(t, {
      'proc/device-tree/model': `${model}\0`,
      'proc/device-tree/compatible': compatible,
    })
    t.is((await recogniseBoard('auto', root)).board.id, id, model)
  }
})

test('an encoder whose device is not there is told without opening anything', async (t) => {
  const having = async (files: Record<string, string>, id: string): Promise<string[]> => [
    ...(await encodersWithoutDevice(boardById(id)!, await fixtureTree(t, files))),
  ]
  t.deepEqual(await having({}, 'raspberry-pi-4'), ['v4l2h264enc'])
  const codec = { 'sys/class/video4linux/video11/name': 'bcm2835-codec-encode\n', 'dev/video11': '' }
  t.deepEqual(await having(codec, 'raspberry-pi-4'), [])
  // The driver's decoder alone, or a name without its node, is no encoder.
  t.deepEqual(
    await having(
      {
        'sys/class/video4linux/video10/name': 'bcm2835-codec-decode\n',
        'dev/video10': '',
        'sys/class/video4linux/video11/name': 'bcm2835-codec-encode\n',
      },
      'raspberry-pi-4',
    ),
    ['v4l2h264enc'],
  )
  t.deepEqual(await having({}, 'jetson-nano'), ['nvv4l2h264enc'])
  t.deepEqual(await having({ 'dev/nvhost-msenc': '' }, 'jetson-nano'), [])
  t.deepEqual(await having({ 'dev/v4l2-nvenc': '' }, 'jetson-orin-nx'), [])
  t.deepEqual(await having({}, 'jetson-orin-nano'), [])
})

test('no encoder is asked for that has no device', async (t) => {
  const asked: string[] = []
  const has = async (name: string) => {
    asked.push(name)
    return 'present' as const
  }
  const findings = await findEncoders(boardById('jetson-nano')!, 'auto', has, new Set(['nvv4l2h264enc']))
  t.is(chooseEncoder(findings)?.element, 'x264enc')
  t.false(asked.includes('nvv4l2h264enc'))
  t.regex(findings[0]?.why ?? '', /device is not there/)
})

test('a PC is the generic one, with the name of its maker', async (t) => {
  const root = await fixtureTree(t, {
    'sys/class/dmi/id/sys_vendor': 'LENOVO\n',
    'sys/class/dmi/id/product_name': '20ABCDEF\n',
  })
  t.like(await recogniseBoard('auto', root), { board: { id: 'generic-pc' }, model: 'LENOVO 20ABCDEF' })
  t.like(await recogniseBoard('auto', await fixtureTree(t, {})), { board: { id: 'generic-pc' }, model: '' })
})

test('a board that is asked for is taken, whatever the machine is', async (t) => {
  const root = await fixtureTree(t, { 'proc/device-tree/compatible': 'raspberrypi,4-model-b\0' })
  t.like(await recogniseBoard('dummy', root), { board: { id: 'dummy' }, why: 'as configured' })
})

test('every board has an id of its own, a title and a limit', (t) => {
  t.is(new Set(boards.map(({ id }) => id)).size, boards.length)
  for (const board of boards) {
    t.regex(board.id, /^[a-z0-9-]+$/)
    t.true(board.softwareLimit.width * board.softwareLimit.height * board.softwareLimit.fps > 0)
    t.true(board.thermal.hotC < board.thermal.throttlesC)
    const lines = board.header
      ? [...Object.values(board.header.buttons), ...Object.values(board.header.lights)]
      : []
    t.is(new Set(lines).size, lines.length, 'a line has one use')
    t.true(board.title.length > 0 && board.notes.length > 0)
    t.is(boardById(board.id), board)
  }
})

const pi = boardById('raspberry-pi-4')!
const having =
  (present: readonly string[], otherwise: ElementAnswer = 'absent') =>
  async (name: string) =>
    present.includes(name) ? 'present' : otherwise

test('the hardware encoder of the board goes before software', async (t) => {
  t.deepEqual(encoderOrder(pi), ['v4l2h264enc', 'x264enc', 'openh264enc'])
  const findings = await findEncoders(pi, 'auto', having(['v4l2h264enc', 'x264enc']))
  t.deepEqual(
    findings.map(({ element, chosen, why }) => [element, chosen, why]),
    [
      ['v4l2h264enc', true, 'chosen: the first that is installed'],
      ['x264enc', false, 'installed, not chosen: one before it is'],
      ['openh264enc', false, 'not installed (Debian: gstreamer1.0-plugins-bad)'],
    ],
  )
})

test('the encoder that is asked for goes first, and the others follow where it is missing', async (t) => {
  const asked = await findEncoders(pi, 'openh264enc', having(['v4l2h264enc', 'openh264enc']))
  t.like(chooseEncoder(asked), { element: 'openh264enc', why: 'chosen: as configured' })
  const missing = await findEncoders(pi, 'nvv4l2h264enc', having(['x264enc']))
  t.is(chooseEncoder(missing)?.element, 'x264enc')
  t.is(missing[0]?.element, 'nvv4l2h264enc')
})

test('where nothing is installed or known, none is chosen and the reason is said', async (t) => {
  t.is(chooseEncoder(await findEncoders(pi, 'auto', having([]))), undefined)
  const unknown = await findEncoders(pi, 'auto', having([], 'tool-missing'))
  t.is(chooseEncoder(unknown), undefined)
  t.regex(unknown[0]?.why ?? '', /gst-inspect-1.0 is missing/)
  t.regex((await findEncoders(pi, 'auto', having([], 'no-answer')))[0]?.why ?? '', /did not answer/)
})

/** A command in place of gst-inspect-1.0. */
const tool = async (t: ExecutionContext, script: string): Promise<string> => {
  const file = join(await tempDir(t), 'inspect')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

test("asks GStreamer's tool for one element by name", async (t) => {
  const has = gstElements({ command: await tool(t, 'test "$*" = "--exists x264enc"') })
  t.is(await has('x264enc'), 'present')
  t.is(await has('v4l2h264enc'), 'absent')
})

test('never hands an option or a shell word to the tool', async (t) => {
  const has = gstElements({ command: await tool(t, 'exit 0') })
  for (const name of ['--version', '', 'a b', 'a;b', '$(x)']) t.is(await has(name), 'absent')
})

test('a tool that is missing, hangs or is cut short is not an absent element', async (t) => {
  t.is(await gstElements({ command: '/nowhere/gst-inspect-1.0' })('x264enc'), 'tool-missing')
  const hanging = await tool(t, 'exec sleep 60')
  t.is(await gstElements({ command: hanging, deadlineMs: 100 })('x264enc'), 'no-answer')
  const ending = new AbortController()
  const answer = gstElements({ command: hanging, signal: ending.signal })('x264enc')
  ending.abort()
  t.is(await answer, 'no-answer')
})
